import { prepare } from './prepare.mjs';

prepare();
const { stackCommand } = await import('../dist/commands/stack-command.js');
process.exitCode = await stackCommand(process.argv.slice(2));

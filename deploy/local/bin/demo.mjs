import { prepare } from './prepare.mjs';

prepare();
const { demoCommand } = await import('../dist/commands/demo-command.js');
process.exitCode = await demoCommand(process.argv.slice(2));

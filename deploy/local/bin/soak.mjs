import { prepare } from './prepare.mjs';

prepare();
const { soakCommand } = await import('../../../test/dist/faults/run-soak.js');
process.exitCode = await soakCommand(process.argv.slice(2));

import { prepare } from './prepare.mjs';

prepare();
const { testCommand } = await import('../../../test/dist/run/run-tests.js');
process.exitCode = await testCommand(process.argv.slice(2));

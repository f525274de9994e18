import { prepare } from './prepare.mjs';

prepare();
const { benchCommand } = await import('../../../test/dist/bench/run-bench.js');
process.exitCode = await benchCommand(process.argv.slice(2));

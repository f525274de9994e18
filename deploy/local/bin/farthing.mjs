// The command line with the clone's own stack as its default: what the shell already sets, or an
// option says, holds.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
const { commandEnvironment } = await import('../dist/stack/command-environment.js');
const { defaultStackFolder, stackFolder } = await import('../dist/stack/stack-folder.js');

const environment = { ...commandEnvironment(stackFolder(defaultStackFolder)), ...process.env };
const cli = join(root, 'libs/cli/dist/main.js');
const done = spawnSync(process.execPath, [cli, ...process.argv.slice(2)], {
  env: environment,
  stdio: 'inherit',
});
process.exitCode = done.status ?? 130;

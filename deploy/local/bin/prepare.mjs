// What every command of a clone does first: the right Node, the dependencies of the lock file, an
// up-to-date build. Node built-ins only, because nothing else is installed yet; and stderr only,
// because stdout is the command's.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Installs what is missing and builds what changed. On a fault: one sentence, and exit 1. */
export function prepare() {
  requireNode();
  if (!installed()) install();
  build();
}

function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = /\d+\.\d+\.\d+/.exec(engines.node)[0];
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    fail(`Farthing needs Node ${wanted} or newer and this is Node ${process.versions.node}.`);
  }
}

/**
 * npm writes down what it installed: every package of the lock file must be there, in the same
 * version.
 */
function installed() {
  const written = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(written)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(written, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const there = found[path];
    // The build of another platform is optional, and rightly not here.
    return there
      ? there.version === entry.version && there.integrity === entry.integrity
      : entry.optional === true;
  });
}

function install() {
  process.stderr.write('installing dependencies (npm ci)\n');
  // Inside `npm run`, npm says where it lives; beside that it is a command on the PATH.
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const words = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = run(command, words, { shell: !npm && process.platform === 'win32' });
  if (done.error?.code === 'ENOENT')
    fail('Farthing needs npm 10 or newer and there is no `npm` here.');
  if (done.status !== 0) fail('The dependencies could not be installed: see what npm says above.');
}

function build() {
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
  const done = run(process.execPath, [compiler, '-b']);
  if (done.status !== 0) fail('Farthing could not be built: see what the compiler says above.');
}

function run(command, words, options = {}) {
  return spawnSync(command, words, {
    cwd: root,
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
    ...options,
  });
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

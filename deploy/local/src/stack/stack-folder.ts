import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { repositoryRoot } from '../repository.js';
import { reachableFolder, unprivilegedUser } from '../servers/postgres-place.js';

/** Where everything of one stack lies. */
export type StackFolder = {
  readonly path: string;
  readonly state: string;
  readonly secrets: string;
  readonly lock: string;
  readonly kafka: string;
  readonly postgres: string;
  readonly keys: string;
  readonly log: (name: string) => string;
};

/** The folder of the stack that `npm run stack` and the demo use. */
export const defaultStackFolder = join(repositoryRoot, '.farthing');

export function stackFolder(path: string): StackFolder {
  const home = resolve(path);
  return {
    path: home,
    state: join(home, 'state.json'),
    secrets: join(home, 'secrets.json'),
    lock: join(home, 'lock'),
    kafka: join(home, 'kafka'),
    postgres: join(home, 'postgres'),
    keys: join(home, 'keys'),
    log: (name) => join(home, 'logs', `${name}.log`),
  };
}

/** Downloads cost minutes and hold nothing of anyone's: a reset leaves them. */
const keptByReset = 'cache';

/** Deletes what a stopped stack left: data, state, secrets, logs. */
export function emptyStackFolder({ path, postgres }: StackFolder): void {
  if (!existsSync(path)) return;
  const user = unprivilegedUser();
  rmSync(join(reachableFolder(postgres, user), 'data'), { recursive: true, force: true });
  for (const name of readdirSync(path)) {
    if (name !== keptByReset) rmSync(join(path, name), { recursive: true, force: true });
  }
}

import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export type UnprivilegedUser = { readonly uid: number; readonly gid: number };

const overflowId = 65_534;

/** PostgreSQL refuses to run as root: who runs it instead. `undefined` when we are not root. */
export function unprivilegedUser(): UnprivilegedUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  let users = '';
  try {
    users = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // A system without that file still has the conventional number.
  }
  return nobodyIn(users);
}

export function nobodyIn(users: string): UnprivilegedUser {
  const fields = /^nobody:[^:]*:(\d+):(\d+):/m.exec(users);
  return fields
    ? { uid: Number(fields[1]), gid: Number(fields[2]) }
    : { uid: overflowId, gid: overflowId };
}

/** Whether any user can get to this path: every folder on the way lets others through. */
export function reachableByOthers(path: string, modeOf = modeOfPath): boolean {
  const mode = modeOf(path);
  if (mode !== undefined && (mode & 0o001) === 0) return false;
  const parent = dirname(path);
  return parent === path || reachableByOthers(parent, modeOf);
}

function modeOfPath(path: string): number | undefined {
  try {
    return statSync(path).mode;
  } catch {
    return undefined;
  }
}

/**
 * The folder itself, or when the unprivileged user could not reach it (a clone under /root), a
 * folder of the system's temporary directory that belongs to it alone.
 */
export function reachableFolder(folder: string, user: UnprivilegedUser | undefined): string {
  const wanted = resolve(folder);
  if (!user || reachableByOthers(wanted)) {
    mkdirSync(wanted, { recursive: true });
    if (user) chmodSync(wanted, 0o755);
    return wanted;
  }
  const key = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const instead = join(tmpdir(), `farthing-${key}`);
  mkdirSync(instead, { recursive: true, mode: 0o755 });
  const found = lstatSync(instead);
  // Anyone may make a folder there: one that is not ours could be swapped under us.
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${instead} belongs to someone else; remove it or set TMPDIR`);
  }
  chmodSync(instead, 0o755);
  return instead;
}

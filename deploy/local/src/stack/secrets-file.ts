import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export type StackSecrets = {
  /** What every database role's password is derived from (`rolePassword`). */
  readonly roles: string;
  /** Guards `/v1/tenants`: FARTHING_OPERATOR_KEY of catalog. */
  readonly operatorKey: string;
};

/** The secrets of a folder's stack, made the first time. Only the file's owner reads it. */
export function stackSecrets(file: string): StackSecrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as StackSecrets;
  const made = { roles: random(), operatorKey: `fo_${random()}` };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 });
  return made;
}

function random(): string {
  return randomBytes(32).toString('base64url');
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';

/** What every service is built from besides itself. */
const sharedParts = [
  'libs/domain/dist',
  'libs/contracts/dist',
  'libs/adapters/dist',
  'package-lock.json',
];

/**
 * A hash over the built code of these parts of the clone and over the environment: equal means
 * nothing to restart.
 */
export function fingerprint(
  parts: readonly string[],
  environment: Readonly<Record<string, string>>,
): string {
  const hash = createHash('sha256');
  for (const part of [...sharedParts, ...parts]) addPath(hash, join(repositoryRoot, part));
  for (const key of Object.keys(environment).toSorted())
    hash.update(`${key}=${environment[key]}\0`);
  return hash.digest('hex').slice(0, 16);
}

function addPath(hash: ReturnType<typeof createHash>, path: string): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    hash.update(readFileSync(path));
    return;
  }
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter(isCode).toSorted()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(path, file)));
  }
}

function isCode(file: string): boolean {
  return file.endsWith('.js') || file.endsWith('.sql');
}

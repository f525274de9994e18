import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  makeKeyPem,
  signingKeyFrom,
  type SigningKey,
} from '@farthing/adapters/signing/ed25519-key';

const FILE = 'statement-signing-key.pem';

/**
 * The Ed25519 key that seals runs and receipts, from its folder; made there when absent, readable by its owner alone.
 * Processes that start together agree on one: the file appears whole or not at all, and the first one stays.
 */
export async function loadSigningKey(folder: string): Promise<SigningKey> {
  const file = join(folder, FILE);
  const pem = (await readPem(file)) ?? (await makePem(folder, file));
  return signingKeyFrom(pem);
}

async function readPem(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makePem(folder: string, file: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, makeKeyPem(), { mode: 0o600, flag: 'wx' });
  try {
    // Unlike a rename, a link does not replace the key that another process made meanwhile.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

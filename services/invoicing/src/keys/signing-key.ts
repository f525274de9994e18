import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@farthing/domain/proof/merkle-tree';

/** The private half stays in this object and in its file. */
export interface SigningKey {
  readonly keyId: string;
  /** 32 raw bytes in base64url. */
  readonly publicKey: string;
  /** Ed25519 (RFC 8032), base64url; the same bytes give the same signature. */
  sign(bytes: Uint8Array): string;
}

const FILE = 'statement-signing-key.pem';

/**
 * The Ed25519 key that seals runs and receipts, from its folder; made there when absent, readable by its owner alone.
 * Processes that start together agree on one: the file appears whole or not at all, and the first one stays.
 */
export async function loadSigningKey(folder: string): Promise<SigningKey> {
  const file = join(folder, FILE);
  const pem = (await readPem(file)) ?? (await makePem(folder, file));
  return signingKeyFrom(createPrivateKey(pem));
}

function signingKeyFrom(privateKey: KeyObject): SigningKey {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`${FILE} is no Ed25519 key`);
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = x!;
  const fingerprint = Buffer.from(sha256(Buffer.from(publicKey, 'base64url'))).toString('hex');
  return {
    keyId: `key_${fingerprint.slice(0, 32)}`,
    publicKey,
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64url'),
  };
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
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${file}.${process.pid}`;
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  await writeFile(draft, pem, { mode: 0o600, flag: 'wx' });
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

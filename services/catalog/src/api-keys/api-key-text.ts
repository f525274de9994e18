import { createHash, randomBytes } from 'node:crypto';

export type KeyMode = 'live' | 'test';

export interface FreshApiKey {
  readonly id: string;
  /** Shown once and stored nowhere. */
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly sha256: string;
}

/** RFC 4648, in lower case: a key can be chosen with a double click and read over a telephone. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const KEY = /^(fk_(?:live|test)_[a-z2-7]{12}_[a-z2-7]{32})([a-z2-7]{6})$/;

/** `fk_<mode>_<id, 60 bits>_<160 random bits><checksum, 30 bits>`. */
export function freshApiKey(mode: KeyMode): FreshApiKey {
  const id = base32(randomBytes(8)).slice(0, 12);
  const unchecked = `fk_${mode}_${id}_${base32(randomBytes(20))}`;
  const text = unchecked + checksumOf(unchecked);
  return { id: `key_${id}`, text, sha256: sha256Of(text) };
}

/** False for what cannot be a key of ours, so that a typing error never reaches the database. */
export function isApiKeyText(text: string): boolean {
  const match = KEY.exec(text);
  return match !== null && checksumOf(match[1]!) === match[2];
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function checksumOf(unchecked: string): string {
  return base32(createHash('sha256').update(unchecked).digest()).slice(0, 6);
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(pending >>> bits) & 31];
    }
    pending &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(pending << (5 - bits)) & 31];
}

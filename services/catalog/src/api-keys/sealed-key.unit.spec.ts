import { expect, test } from 'vitest';
import { KeySeal } from './sealed-key.js';

const seal = new KeySeal('operator-key-0123456789');

test('what is sealed is opened, and does not show', () => {
  const sealed = seal.seal('fk_live_secret');
  expect(sealed).not.toContain('secret');
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret');
  expect(seal.open(sealed)).toBe('fk_live_secret');
  expect(seal.seal('fk_live_secret')).not.toBe(sealed);
});

test('another operator key and a changed byte open nothing', () => {
  const sealed = seal.seal('fk_live_secret');
  expect(new KeySeal('operator-key-9876543210').open(sealed)).toBeUndefined();
  const bytes = Buffer.from(sealed, 'base64url');
  bytes[bytes.length - 1]! ^= 1;
  expect(seal.open(bytes.toString('base64url'))).toBeUndefined();
});

import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Quote } from './quote.js';
import {
  isSignedBy,
  publicKeyOf,
  readQuoteToken,
  writeQuoteToken,
  type QuoteSigner,
} from './quote-token.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const KEY = publicKeyOf(publicKey.export({ format: 'jwk' }).x!);
const SIGNER: QuoteSigner = {
  keyId: 'key_1',
  sign: (bytes) => sign(null, bytes, privateKey).toString('base64url'),
};
const QUOTE: Quote = {
  id: 'quo_1',
  tenant: 'acme',
  customer: 'ann',
  type: 'article.read',
  currency: 'USD',
  readings: [
    { meter: 'articles', quantity: 1_000_000_000n },
    { meter: 'bytes', quantity: 1_500_000_000n },
  ],
  charges: [
    { meter: 'articles', price: 'articles', version: 2, cell: '', amount: 1_250_000n },
    { meter: 'bytes', price: 'traffic', version: 1, cell: '{"format":"video"}', amount: -3n },
  ],
  issuedAt: 1_700_000_000_000_000,
  expiresAt: 1_700_000_600_000_000,
};
const TOKEN = writeQuoteToken(QUOTE, SIGNER);

/** The token as a verifier takes it: undefined when it is refused or not signed by the key. */
function accepted(text: string): Quote | undefined {
  const read = readQuoteToken(text);
  if (read.outcome === 'refused') return undefined;
  return isSignedBy(read.token, KEY) ? read.token.quote : undefined;
}

test('a token says what was quoted, and who signed it', () => {
  const read = readQuoteToken(TOKEN);
  expect(read).toMatchObject({ outcome: 'read', token: { keyId: 'key_1', quote: QUOTE } });
  expect(accepted(TOKEN)).toEqual(QUOTE);
});

test('the same quote has the same token', () => {
  expect(writeQuoteToken({ ...QUOTE }, SIGNER)).toBe(TOKEN);
});

test('altered by one bit, wherever, it is not accepted', () => {
  for (let at = 0; at < TOKEN.length; at++) {
    for (let bit = 0; bit < 7; bit++) {
      const changed = String.fromCharCode(TOKEN.charCodeAt(at) ^ (1 << bit));
      const text = TOKEN.slice(0, at) + changed + TOKEN.slice(at + 1);
      expect([at, bit, accepted(text)]).toEqual([at, bit, undefined]);
    }
  }
});

test('signed by another key, it is not accepted', () => {
  const other = generateKeyPairSync('ed25519').privateKey;
  const signer = {
    keyId: 'key_1',
    sign: (bytes: Uint8Array) => sign(null, bytes, other).toString('base64url'),
  };
  expect(accepted(writeQuoteToken(QUOTE, signer))).toBeUndefined();
});

const signed = (payload: unknown): string => {
  const bytes = Buffer.from(JSON.stringify(payload));
  return `${bytes.toString('base64url')}.${SIGNER.sign(bytes)}`;
};
const PAYLOAD = JSON.parse(Buffer.from(TOKEN.split('.')[0]!, 'base64url').toString()) as Record<
  string,
  unknown
>;

test('a payload that is whole is read', () => {
  expect(readQuoteToken(signed(PAYLOAD)).outcome).toBe('read');
});

test.each<[string, unknown]>([
  ['null', null],
  ['a list', []],
  ['another version', { ...PAYLOAD, v: 2 }],
  ['no tenant', { ...PAYLOAD, tenant: undefined }],
  ['no list of readings', { ...PAYLOAD, readings: {} }],
  ['a reading without a quantity', { ...PAYLOAD, readings: [['articles']] }],
  ['a reading that is no pair', { ...PAYLOAD, readings: ['articles'] }],
  ['a charge without a price', { ...PAYLOAD, charges: [{ amount: '1' }] }],
  [
    'an amount that is no decimal',
    { ...PAYLOAD, charges: [{ meter: 'm', price: 'p', version: 1, amount: '1e3' }] },
  ],
  [
    'a version that is no number',
    { ...PAYLOAD, charges: [{ meter: 'm', price: 'p', version: '1', amount: '1' }] },
  ],
  ['no expiry', { ...PAYLOAD, expiresAt: 5 }],
])('signed, and yet no quote: %s', (_, payload) => {
  expect(readQuoteToken(signed(payload)).outcome).toBe('refused');
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '.', TOKEN), (text, before) => {
      expect(readQuoteToken(`${before}${text}x`).outcome).toBe('refused');
    }),
  );
});

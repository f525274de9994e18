import { generateKeyPairSync, sign } from 'node:crypto';
import type { Quote } from '@farthing/domain/quote/quote';
import {
  isSignedBy,
  publicKeyOf,
  readQuoteToken,
  writeQuoteToken,
} from '@farthing/domain/quote/quote-token';

/**
 * Prints the microseconds of CPU that reading and verifying the token of a quote takes, and nothing else. Rating spends most of it
 * in the threads of libuv.
 */
const TOKENS = 500;
const WARM_UPS = 2;
const REPEATS = 10;
const METERS = ['articles', 'bytes'];

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = publicKeyOf(publicKey.export({ format: 'jwk' }).x!);
const tokens = Array.from({ length: TOKENS }, (_, at) =>
  writeQuoteToken(quoteOf(at), {
    keyId: 'key_1',
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64url'),
  }),
);
for (let i = 0; i < WARM_UPS; i += 1) verifyAll();
const before = process.cpuUsage();
for (let i = 0; i < REPEATS; i += 1) verifyAll();
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / (REPEATS * TOKENS)));

function verifyAll(): void {
  for (const text of tokens) {
    const read = readQuoteToken(text);
    if (read.outcome === 'refused' || !isSignedBy(read.token, key)) {
      throw new Error('a token does not verify');
    }
  }
}

/** Two charges, as the events of the other benchmarks have. */
function quoteOf(at: number): Quote {
  return {
    id: `quo_${at}`,
    tenant: 'bench',
    customer: `reader-${at}`,
    type: 'article.read',
    currency: 'USD',
    readings: METERS.map((meter) => ({ meter, quantity: 1_000_000_000n })),
    charges: METERS.map((meter) => ({ meter, price: meter, version: 1, cell: '', amount: 1n })),
    issuedAt: 1_700_000_000_000_000 + at,
    expiresAt: 1_700_000_600_000_000 + at,
  };
}

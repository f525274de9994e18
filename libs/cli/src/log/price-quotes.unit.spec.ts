import { expect, it } from 'vitest';
import { makeKeyPem, signingKeyFrom } from '@farthing/adapters/signing/ed25519-key';
import { decodeUsageRecord, encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import type { Quote } from '@farthing/domain/quote/quote';
import { writeQuoteToken } from '@farthing/domain/quote/quote-token';
import { catalogOf, envelopeOf, NOVEMBER, refundOf, things } from './logged-articles.spec.js';
import { LogPricer } from './price-log.js';

/** An article at 0.009, which costs 0.002. */
const QUOTE: Quote = {
  id: 'quo_1',
  tenant: 'acme',
  customer: 'alice',
  type: 'article.read',
  currency: 'USD',
  readings: [{ meter: 'articles', quantity: 1_000_000_000n }],
  charges: [{ meter: 'articles', price: 'articles', version: 1, cell: '', amount: 9_000_000n }],
  issuedAt: NOVEMBER - 1,
  expiresAt: NOVEMBER + 1,
};

it('charges what a token quotes, once, and moves what the use costs', () => {
  const key = signingKeyFrom(makeKeyPem());
  const { keyId: id, publicKey } = key;
  const published = { id, version: 1, service: 'wallets', publicKey, validFrom: 0 };
  const pricer = new LogPricer(
    'acme',
    catalogOf([...things, { kind: 'signingKey', signingKey: published }]),
  );
  const carrying = (ids: readonly string[], changes: Partial<Quote>) =>
    envelopeOf(ids, 'acme', { quoteToken: writeQuoteToken({ ...QUOTE, ...changes }, key) });
  const otherCell = QUOTE.charges.map((charge) => ({ ...charge, cell: '{}' }));
  const records = [
    // The second event finds the token used; sent again without it, it is charged.
    carrying(['1', '2'], {}),
    envelopeOf(['2', '3']),
    refundOf('chg_1-0-0-0-0'),
    carrying(['4'], { id: 'quo_4', expiresAt: NOVEMBER }),
    carrying(['5'], { id: 'quo_5', customer: 'bob' }),
    carrying(['6'], { id: 'quo_6', charges: otherCell }),
    envelopeOf(['7'], 'acme', { quoteToken: 'no.token' }),
  ];
  const sums = records.map((record, offset) => {
    pricer.take({ partition: 0, offset: BigInt(offset), appendedAtMs: 0, record });
    return pricer.totals.sums.get('USD');
  });
  // 0.009 as quoted; then the second and the third unit at 0.002 and 0.001; then the quoted amount back.
  const [quoted, rest] = [9_000_000n, 3_000_000n];
  expect(sums).toEqual([quoted, quoted + rest, rest, rest, rest, rest, rest]);
  expect(pricer.totals).toMatchObject({ events: 8, duplicates: 0, charges: 4 });
});

it('gives back of a voided use what it was charged, with what the quote made of it', () => {
  const key = signingKeyFrom(makeKeyPem());
  const { keyId: id, publicKey } = key;
  const published = { id, version: 1, service: 'wallets', publicKey, validFrom: 0 };
  const pricer = new LogPricer(
    'acme',
    catalogOf([...things, { kind: 'signingKey', signingKey: published }]),
  );
  const quoteToken = writeQuoteToken(QUOTE, key);
  const value = { tenant: 'acme', customer: 'alice', source: 'web', eventId: '1' };
  const sums = [
    envelopeOf(['1'], 'acme', { quoteToken }),
    envelopeOf(['2']),
    decodeUsageRecord(
      encodeControlRecord({ case: 'void', value: { ...value, commandId: 'void:1' } }),
    ),
  ].map((record, offset) => {
    pricer.take({ partition: 0, offset: BigInt(offset), appendedAtMs: 0, record });
    return pricer.totals.sums.get('USD');
  });
  expect(sums).toEqual([9_000_000n, 11_000_000n, 2_000_000n]);
});

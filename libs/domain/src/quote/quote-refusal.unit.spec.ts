import { expect, test } from 'vitest';
import type { Quote } from './quote.js';
import { quoteRefusal, type QuotedEvent, type QuoteKey } from './quote-refusal.js';

const QUOTE: Quote = {
  id: 'quo_1',
  tenant: 'acme',
  customer: 'ann',
  type: 'article.read',
  currency: 'USD',
  readings: [
    { meter: 'articles', quantity: 1n },
    { meter: 'bytes', quantity: 5n },
  ],
  charges: [],
  issuedAt: 100,
  expiresAt: 200,
};
const EVENT: QuotedEvent = { ...QUOTE, occurredAt: 199, readings: QUOTE.readings.toReversed() };
const KEY: QuoteKey = { service: 'wallets', validFrom: 100, validTo: 200 };

test('the event that was quoted is charged so, in whatever order its meters come, until the quote expires', () => {
  expect(quoteRefusal(QUOTE, EVENT, KEY)).toBeUndefined();
  expect(
    quoteRefusal(QUOTE, { ...EVENT, occurredAt: 50 }, { ...KEY, validTo: 51 }),
  ).toBeUndefined();
});

test.each([
  ['foreign_quote_token', 'of another service', EVENT, { ...KEY, service: 'invoicing' }],
  ['foreign_quote_token', 'signed before the key counts', EVENT, { ...KEY, validFrom: 101 }],
  ['foreign_quote_token', 'used when the key counts no longer', EVENT, { ...KEY, validTo: 199 }],
  ['foreign_quote_token', 'of another tenant', { ...EVENT, tenant: 'other', customer: 'x' }, KEY],
  ['quote_mismatch', 'of another customer', { ...EVENT, customer: 'bob' }, KEY],
  ['quote_mismatch', 'of another type', { ...EVENT, type: 'clip.seen' }, KEY],
  ['quote_mismatch', 'with a meter less', { ...EVENT, readings: EVENT.readings.slice(1) }, KEY],
  [
    'quote_mismatch',
    'with another meter',
    { ...EVENT, readings: [EVENT.readings[0]!, { meter: 'reads', quantity: 1n }] },
    KEY,
  ],
  [
    'quote_mismatch',
    'with another quantity, though expired',
    {
      ...EVENT,
      occurredAt: 300,
      readings: [EVENT.readings[0]!, { meter: 'articles', quantity: 2n }],
    },
    { ...KEY, validTo: 301 },
  ],
  ['quote_expired', 'when it expires', { ...EVENT, occurredAt: 200 }, { ...KEY, validTo: 201 }],
] as const)('%s: an event %s', (reason, _, event, key) => {
  expect(quoteRefusal(QUOTE, event, key)).toBe(reason);
});

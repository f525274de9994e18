import { expect, test } from 'vitest';
import type { Price } from '../pricing/price.js';
import { explainMinimum } from './explain-minimum.js';

const UNIT = 1_000_000_000n;
const price: Price = {
  tenant: 'acme',
  key: 'articles',
  version: 1,
  meterKey: 'articles',
  currency: 'USD',
  model: { kind: 'graduated', tiers: [{ unitPrice: '0.5', flatFee: '3' }] },
  minimum: '10',
  effectiveFrom: 0,
  taxCategory: 'standard',
  split: [],
  description: 'An article',
};

test('a minimum charge says what was missing to what', () => {
  expect(explainMinimum(price, { quantity: 1_000n * UNIT, amount: 2n * UNIT })).toEqual({
    parts: [{ minimum: '10.000000000', charged: '8.000000000', amount: '2.000000000' }],
    sentence:
      'An article: the close of the period adds what is missing to the minimum of 10.000000000; ' +
      '1,000 used came to 8.000000000 = 2.000000000 USD',
  });
});

test('the fee of who used nothing is named, where it is more than the minimum', () => {
  const { minimum: _, ...rest } = price;
  const fee = { ...rest, chargeFirstTierWhenUnused: true } as const;
  const explained = explainMinimum(fee, { quantity: 0n, amount: 3n * UNIT });
  expect(explained.parts).toEqual([
    { unusedFee: '3.000000000', charged: '0.000000000', amount: '3.000000000' },
  ]);
  expect(explained.sentence).toContain('the first fee of a period without use, of 3.000000000');
});

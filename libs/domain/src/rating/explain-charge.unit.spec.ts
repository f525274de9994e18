import { expect, test } from 'vitest';
import { explainCharge } from './explain-charge.js';
import { compilePrice } from './rate-reading.js';

const UNIT = 1_000_000_000n;

test('a charge explains itself from its stored inputs', () => {
  const price = compilePrice({
    tenant: 'acme',
    key: 'articles',
    version: 1,
    meterKey: 'articles',
    currency: 'USD',
    model: {
      kind: 'graduated',
      tiers: [{ upTo: '20', unitPrice: '0.002' }, { unitPrice: '0.0015' }],
    },
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7000 }],
    description: 'An article',
  });
  const charge = {
    quantityBefore: 19n * UNIT,
    quantityAfter: 21n * UNIT,
    amount: 3_500_000n,
    creators: ['ann'],
  };
  expect(explainCharge(charge, price)).toEqual({
    parts: [
      { from: '19', to: '20', quantity: '1', unitPrice: '0.002', amount: '0.002' },
      { from: '20', to: '21', quantity: '1', unitPrice: '0.0015', amount: '0.0015' },
    ],
    shares: [{ creator: 'ann', amount: '0.002450000' }],
    tenantAmount: '0.001050000',
    sentence: 'An article: units 19 to 21: 1 at 0.002, 1 at 0.0015 = 0.003500000 USD',
  });
});

test('a charge for what an event carried is explained by the arithmetic of that event', () => {
  const fee = compilePrice({
    tenant: 'acme',
    key: 'fees',
    version: 1,
    meterKey: 'sales',
    currency: 'USD',
    model: { kind: 'percentage', rate: '2.9', fixed: '0.30', minimum: '1', freeAmount: '5' },
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [],
    description: 'A sale',
  });
  const charge = { quantityBefore: 0n, quantityAfter: 25n * UNIT, amount: UNIT, creators: [] };
  expect(explainCharge(charge, fee)).toEqual({
    parts: [
      { kind: 'free', of: '5', amount: '0' },
      { kind: 'rated', of: '20', rate: '2.9', amount: '0.58' },
      { kind: 'fixed', amount: '0.3' },
      { kind: 'minimum', amount: '0.12' },
    ],
    shares: [],
    tenantAmount: '1.000000000',
    sentence:
      'A sale: amount 25: 5 free, 20 at 2.9 %, 0.30 fixed, raised to the minimum of 1 = 1.000000000 USD',
  });
});

test('where events before decide, a charge is explained by what it says of them', () => {
  const fee = compilePrice({
    tenant: 'acme',
    key: 'fees',
    version: 1,
    meterKey: 'sales',
    currency: 'USD',
    model: { kind: 'percentage', rate: '10', freeEvents: 2 },
    maximum: '3',
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [],
    description: 'A sale',
  });
  const span = { quantityBefore: 30n * UNIT, quantityAfter: 50n * UNIT, creators: [] };
  const sentenceAfter = (events: number, before: bigint, amount: bigint) =>
    explainCharge({ ...span, amount, pricedBefore: { events, amount: before } }, fee).sentence;
  expect(sentenceAfter(1, 0n, 0n)).toBe('A sale: amount 20: free = 0.000000000 USD');
  expect(sentenceAfter(2, 0n, 2n * UNIT)).toBe('A sale: amount 20: 20 at 10 % = 2.000000000 USD');
  expect(sentenceAfter(3, 2n * UNIT, UNIT)).toBe(
    'A sale: amount 20: 20 at 10 %, less 1 above the maximum of 3 = 1.000000000 USD',
  );
});

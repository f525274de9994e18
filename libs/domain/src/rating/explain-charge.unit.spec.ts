import { expect, test } from 'vitest';
import { formatNanos } from '../money/nanos.js';
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

test.each([
  [1_000_000n, -1_000_000n, '= 0.002000000 USD, charged as quoted: 0.001000000 USD'],
  [2_000_000n, 0n, '= 0.002000000 USD, as quoted'],
])('charged %d by a quote, it says what the use costs, too', (amount, quoteDifference, words) => {
  const price = compilePrice({
    tenant: 'acme',
    key: 'articles',
    version: 2,
    meterKey: 'articles',
    currency: 'USD',
    model: { kind: 'per_unit', unitPrice: '0.002' },
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [{ creator: { kind: 'fixed', id: 'ann' }, shareBps: 5000 }],
    description: 'An article',
  });
  const quantities = { quantityBefore: UNIT, quantityAfter: 2n * UNIT };
  const charge = { ...quantities, amount, quoteDifference, creators: ['ann'] };
  const explained = explainCharge(charge, price);
  expect(explained.sentence).toBe(`An article: units 1 to 2: 1 at 0.002 ${words}`);
  expect(explained.parts).toMatchObject([{ amount: '0.002' }]);
  expect(explained.shares).toEqual([{ creator: 'ann', amount: formatNanos(amount / 2n) }]);
});

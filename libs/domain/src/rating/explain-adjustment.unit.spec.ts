import { expect, test } from 'vitest';
import { explainAdjustment } from './explain-adjustment.js';
import { compilePrice } from './rate-reading.js';

const UNIT = 1_000_000_000n;
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
const corrects = 'chg_1-3-10-0-0';

test('a refund gives back an amount and no quantity', () => {
  const charge = {
    quantityBefore: 21n * UNIT,
    quantityAfter: 21n * UNIT,
    amount: -3_500_000n,
    creators: ['ann'],
    corrects,
  };
  expect(explainAdjustment(charge, price)).toEqual({
    parts: [],
    shares: [{ creator: 'ann', amount: '-0.002450000' }],
    tenantAmount: '-0.001050000',
    sentence: 'An article: corrects chg_1-3-10-0-0, the quantity stays = -0.003500000 USD',
  });
});

test('quantity that is taken back has its arithmetic', () => {
  const charge = {
    quantityBefore: 21n * UNIT,
    quantityAfter: 19n * UNIT,
    amount: -3_500_000n,
    creators: ['ann'],
    corrects,
  };
  const { parts, sentence } = explainAdjustment(charge, price);
  expect(parts.map(({ amount }) => amount)).toEqual(['-0.002', '-0.0015']);
  expect(sentence).toBe(
    'An article: corrects chg_1-3-10-0-0, units 21 to 19: given back 1 at 0.002, 1 at 0.0015 = -0.003500000 USD',
  );
});

test('of a price per event, what is taken back is what the event came to', () => {
  const { price: articles } = price;
  const perEvent = compilePrice({ ...articles, model: { kind: 'percentage', rate: '10' } });
  const charge = {
    quantityBefore: 80n * UNIT,
    quantityAfter: 50n * UNIT,
    amount: -3_000_000_000n,
    creators: ['ann'],
    corrects,
  };
  expect(explainAdjustment(charge, perEvent)).toMatchObject({
    parts: [],
    sentence:
      'An article: corrects chg_1-3-10-0-0, what it came to is given back = -3.000000000 USD',
  });
});

import { expect, test } from 'vitest';
import { compileModel } from './cost.js';
import { explainPrice } from './explain-price.js';

const UNIT = 1_000_000_000n;
const MODEL = compileModel({
  kind: 'graduated',
  tiers: [
    { upTo: '10000', unitPrice: '0.0020' },
    { unitPrice: '0.0015', flatFee: '0.50' },
  ],
});

test.each([
  [9_998n, 10_003n, 'units 9,998 to 10,003: 2 at 0.0020, 3 at 0.0015 plus 0.50 once'],
  [10_001n, 10_002n, 'units 10,001 to 10,002: 1 at 0.0015'],
  [10_000n, 10_001n, 'units 10,000 to 10,001: 1 at 0.0015 plus 0.50 once'],
  [3n, 3n, 'units 3 to 3: nothing used'],
  [10_001n, 9_999n, 'units 10,001 to 9,999: given back 1 at 0.0020, 1 at 0.0015 plus 0.50 once'],
  [1_234_567n, 1_234_568n, 'units 1,234,567 to 1,234,568: 1 at 0.0015'],
])('%s to %s: %s', (before, after, sentence) => {
  const bounds = { quantityBefore: before * UNIT, quantityAfter: after * UNIT };
  expect(explainPrice(MODEL, bounds).sentence).toBe(sentence);
});

test('the parts hold the arithmetic, exact', () => {
  const bounds = { quantityBefore: 9_998n * UNIT, quantityAfter: 10_003n * UNIT };
  expect(explainPrice(MODEL, bounds).parts).toEqual([
    { from: '9998', to: '10000', quantity: '2', unitPrice: '0.0020', amount: '0.004' },
    {
      from: '10000',
      to: '10003',
      quantity: '3',
      unitPrice: '0.0015',
      flatFee: '0.50',
      amount: '0.5045',
    },
  ]);
  const tokens = compileModel({ kind: 'per_unit', unitPrice: '0.000000000000000001' });
  expect(explainPrice(tokens, { quantityBefore: 0n, quantityAfter: 1n }).parts).toEqual([
    {
      from: '0',
      to: '0.000000001',
      quantity: '0.000000001',
      unitPrice: '0.000000000000000001',
      amount: '0.000000000000000000000000001',
    },
  ]);
});

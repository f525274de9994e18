import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyQuantity, anyRule, KINDS } from './any-rule.spec.js';
import { explainPrice } from './explain-price.js';
import { compileModel } from './price-model.js';
import { compileRule, type PriceRule } from './price-rule.js';

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

const volume: PriceRule = {
  model: {
    kind: 'volume',
    tiers: [
      { upTo: '100', unitPrice: '0.002' },
      { unitPrice: '0.001', flatFee: '0.01' },
    ],
  },
};
const packages: PriceRule = { model: { kind: 'package', size: '100', packagePrice: '0.5' } };
const blocks: PriceRule = {
  model: {
    kind: 'graduated',
    tiers: [
      { upTo: '10', unitPrice: '0.1' },
      { unitPrice: '0.7', blockSize: '8', flatFee: '2' },
    ],
  },
};
const limited: PriceRule = { model: { kind: 'per_unit', unitPrice: '3' }, maximum: '10' };
const kilobytes: PriceRule = {
  model: { kind: 'per_unit', unitPrice: '0.01' },
  transform: { divideBy: '1024', round: 'half_up' },
};

test.each<[PriceRule, bigint, bigint, string]>([
  [volume, 0n, 2n, '2 at 0.002'],
  [volume, 98n, 100n, '2 at 0.002'],
  [volume, 101n, 102n, '1 at 0.001'],
  [volume, 100n, 101n, '101 at 0.001 plus 0.01 once, given back 100 at 0.002: a volume rebate'],
  [volume, 10n, 1_010n, '1,010 at 0.001 plus 0.01 once, given back 10 at 0.002'],
  [
    volume,
    101n,
    100n,
    '100 at 0.002, given back 101 at 0.001 plus 0.01 once: a volume rebate taken back',
  ],
  [packages, 0n, 1n, '1 package of 100 at 0.5'],
  [packages, 1n, 100n, 'no more packages of 100'],
  [packages, 99n, 1_101n, '11 packages of 100 at 0.5'],
  [packages, 101n, 100n, 'given back 1 package of 100 at 0.5'],
  [blocks, 9n, 19n, '1 at 0.1, 2 blocks of 8 at 0.7 plus 2 once'],
  [blocks, 11n, 12n, 'no more blocks of 8'],
  [{ ...packages, freeQuantity: '10' }, 8n, 11n, '2 free, 1 package of 100 at 0.5'],
  [{ ...packages, freeQuantity: '10' }, 8n, 9n, '1 free'],
  [{ ...packages, freeQuantity: '10' }, 11n, 8n, 'given back 2 free, 1 package of 100 at 0.5'],
  [limited, 2n, 3n, '1 at 3'],
  [limited, 3n, 4n, '1 at 3, less 2 above the maximum of 10'],
  [limited, 4n, 5n, '1 at 3, less 3 above the maximum of 10'],
  [limited, 4n, 3n, 'given back 1 at 3, of which 2 was above the maximum of 10'],
])('%j from %s to %s: %s', (rule, before, after, words) => {
  const bounds = { quantityBefore: before * UNIT, quantityAfter: after * UNIT };
  const { sentence } = explainPrice(compileRule(rule), bounds);
  expect(sentence.slice(sentence.indexOf(': ') + 2)).toBe(words);
});

test.each([
  [1_000n, 2_000n, 'units 1,000 to 2,000, divided by 1,024, rounded half up: 1 to 2: 1 at 0.01'],
  [
    1_000n,
    1_001n,
    'units 1,000 to 1,001, divided by 1,024, rounded half up: 1 to 1: nothing changes',
  ],
])('a transform says what became of %s to %s', (before, after, sentence) => {
  const bounds = { quantityBefore: before * UNIT, quantityAfter: after * UNIT };
  expect(explainPrice(compileRule(kilobytes), bounds).sentence).toBe(sentence);
});

test('parts that are free, by the package, given back and above the maximum', () => {
  const bounds = { quantityBefore: 8n * UNIT, quantityAfter: 11n * UNIT };
  const rule = { ...packages, freeQuantity: '10', maximum: '0.3' };
  expect(explainPrice(compileRule(rule), bounds).parts).toEqual([
    { from: '8', to: '10', quantity: '2', unitPrice: '0', amount: '0' },
    {
      from: '10',
      to: '11',
      quantity: '1',
      unitPrice: '0.5',
      blockSize: '100',
      blocks: '1',
      amount: '0.5',
    },
    { maximum: '0.3', amount: '-0.2' },
  ]);
  const crossing = { quantityBefore: 100n * UNIT, quantityAfter: 101n * UNIT };
  expect(explainPrice(compileRule(volume), crossing).parts).toEqual([
    {
      from: '0',
      to: '101',
      quantity: '101',
      unitPrice: '0.001',
      flatFee: '0.01',
      amount: '0.111',
    },
    { from: '0', to: '100', quantity: '100', unitPrice: '0.002', amount: '-0.2' },
  ]);
});

/** Amounts have up to 27 decimals, which is more than a price may have. */
function exact(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(27, '0'));
}

describe.each(KINDS)('%s in any composition', { timeout: 60_000 }, (kind) => {
  test('the amounts of the parts sum to the difference of the exact cost, up and down', () => {
    fc.assert(
      fc.property(
        anyRule(kind),
        anyQuantity,
        anyQuantity,
        (rule, quantityBefore, quantityAfter) => {
          const model = compileRule(rule);
          const { parts } = explainPrice(model, { quantityBefore, quantityAfter });
          const sum = parts.reduce((total, { amount }) => total + exact(amount), 0n);
          const difference = model.numeratorAt(quantityAfter) - model.numeratorAt(quantityBefore);
          expect(sum).toBe(difference * 10n ** BigInt(18 - model.scale));
        },
      ),
      { numRuns: 10_000 },
    );
  });
});

test.each<[bigint, string, string | undefined]>([
  [8n, '4 at 2', undefined],
  [0n, '4 at 2, less 8 that the settled minimum covers', '-8'],
  [9n, '4 at 2, of which 1 stays due under the settled minimum', '1'],
])('late use charged %s under a settled minimum: %s', (amount, words, part) => {
  const charge = { quantityBefore: 0n, quantityAfter: 4n * UNIT, amount: amount * UNIT };
  const rule: PriceRule = { model: { kind: 'per_unit', unitPrice: '2' } };
  const explained = explainPrice(compileRule(rule), charge);
  expect(explained.sentence).toBe(`units 0 to 4: ${words}`);
  expect(explained.parts.slice(1)).toEqual(
    part === undefined ? [] : [{ settled: 'minimum', amount: part }],
  );
});

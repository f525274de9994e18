import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNanos } from '../money/nanos.js';
import { ruleOf } from './any-price-rule.js';
import { anyQuantity, anyRule, KINDS } from './any-rule.spec.js';
import { costOf } from './cost.js';
import { checkPriceRule, compileRule, type PriceRule } from './price-rule.js';
import { compileSettlement, lateAmount, leastCost, minimumDue, sealedCost } from './settlement.js';

const UNIT = 1_000_000_000n;
const perUnit: PriceRule = { model: { kind: 'per_unit', unitPrice: '0.5' }, minimum: '10' };
const tiered: PriceRule = {
  model: { kind: 'graduated', tiers: [{ unitPrice: '0.5', flatFee: '3' }] },
  chargeFirstTierWhenUnused: true,
};

function nanosOf(text: string): bigint {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') throw new Error(parsed.reason);
  return parsed.nanos;
}

test.each<[string, PriceRule, bigint, string, string]>([
  ['nothing used', perUnit, 0n, '0', '10'],
  ['below the minimum', perUnit, 19n, '9.5', '0.5'],
  ['a nano below', perUnit, 19n, '9.999999999', '0.000000001'],
  ['at the minimum', perUnit, 20n, '10', '0'],
  ['above the minimum', perUnit, 21n, '10.5', '0'],
  ['rebates below nothing', perUnit, 0n, '-1', '11'],
  ['no minimum', { model: perUnit.model }, 0n, '0', '0'],
  ['the first fee of who uses nothing', tiered, 0n, '0', '3'],
  ['the first fee was charged by use', tiered, 1n, '3.5', '0'],
  ['a fee below the minimum', { ...tiered, minimum: '5' }, 0n, '0', '5'],
  ['a fee above the minimum', { ...tiered, minimum: '2' }, 0n, '0', '3'],
  ['a charged fee counts', { ...tiered, minimum: '5' }, 1n, '3.5', '1.5'],
  ['free units enter no tier', { ...tiered, freeQuantity: '10' }, 10n, '0', '3'],
  ['use after the free units', { ...tiered, freeQuantity: '10' }, 11n, '3.5', '0'],
  [
    'a quotient rounded to nothing enters no tier',
    { ...tiered, transform: { divideBy: '10', round: 'down' } },
    9n,
    '0',
    '3',
  ],
  [
    'a quotient of one enters it',
    { ...tiered, transform: { divideBy: '10', round: 'down' } },
    10n,
    '3.5',
    '0',
  ],
  ['a fee above the maximum', { ...tiered, maximum: '1' }, 0n, '0', '1'],
  [
    'half a nano to even',
    {
      ...tiered,
      model: { kind: 'volume', tiers: [{ unitPrice: '0', flatFee: '0.0000000025' }] },
    },
    0n,
    '0',
    '0.000000002',
  ],
  ['a fee without being asked for', { model: tiered.model }, 0n, '0', '0'],
])('%s', (_, rule, units, charged, due) => {
  const settlement = compileSettlement(rule);
  const totals = { quantity: units * UNIT, amountSoFar: nanosOf(charged) };
  expect(minimumDue(settlement, totals)).toBe(nanosOf(due));
  expect(sealedCost(settlement, totals)).toBe(nanosOf(charged) + nanosOf(due));
});

test.each<[string, string, PriceRule]>([
  ['negative_amount', '/minimum', { ...perUnit, minimum: '-1' }],
  ['too_many_decimals', '/minimum', { ...perUnit, minimum: '0.0000000001' }],
  ['minimum_above_maximum', '/minimum', { ...perUnit, maximum: '9.999999999' }],
  [
    'no_first_tier_fee',
    '/chargeFirstTierWhenUnused',
    { ...perUnit, chargeFirstTierWhenUnused: true },
  ],
  [
    'no_first_tier_fee',
    '/chargeFirstTierWhenUnused',
    { ...tiered, model: { kind: 'graduated', tiers: [{ unitPrice: '1' }] } },
  ],
])('%s at %s is found, and is a bug by the time that it is compiled', (reason, pointer, rule) => {
  expect(checkPriceRule(rule)).toEqual([{ reason, pointer }]);
  expect(() => compileSettlement(rule)).toThrow(`${reason} at ${pointer}`);
});

test('the rule of a price keeps what is settled', () => {
  expect(ruleOf({ ...tiered, minimum: '5' })).toEqual({ ...tiered, minimum: '5' });
});

describe.each(KINDS)('%s with a minimum', { timeout: 60_000 }, (kind) => {
  test('late charges and what was settled sum to max(cost, minimum)', () => {
    const most = fc.bigInt(0n, 500n).map(String);
    fc.assert(
      fc.property(anyRule(kind), most, anyQuantity, anyQuantity, (any, minimum, sealed, late) => {
        const { maximum: _, ...rule } = any;
        const settlement = compileSettlement({ ...rule, minimum });
        const model = compileRule({ ...rule, minimum });
        const totals = (quantity: bigint) => ({ quantity, amountSoFar: costOf(model, quantity) });
        const atClose = costOf(model, sealed) + minimumDue(settlement, totals(sealed));
        const soFar = costOf(model, sealed);
        const own = costOf(model, sealed + late) - soFar;
        const lateCharge = lateAmount(leastCost(settlement, sealed), soFar, own);
        const cost = costOf(model, sealed + late);
        const least = BigInt(minimum) * UNIT;
        expect(atClose + lateCharge).toBe(cost > least ? cost : least);
      }),
      { numRuns: 10_000 },
    );
  });
});

test('the minimum of a matrix is one of all cells', () => {
  const settlement = compileSettlement({
    model: {
      kind: 'matrix',
      dimensions: ['format'],
      cells: [{ values: { format: 'video' }, model: perUnit.model }],
    },
    minimum: '10',
  });
  expect(minimumDue(settlement, { quantity: 3n * UNIT, amountSoFar: 4n * UNIT })).toBe(6n * UNIT);
});

test.each<[string, string, string, string, string]>([
  ['under the minimum', '10', '3', '4', '0'],
  ['over it', '10', '3', '9', '2'],
  ['above it', '10', '12', '4', '4'],
  ['a rebate down to it', '10', '12', '-4', '-2'],
  ['a rebate under it', '10', '9', '-4', '0'],
])('late use %s', (_, settled, soFar, amount, charged) => {
  expect(lateAmount(nanosOf(settled), nanosOf(soFar), nanosOf(amount))).toBe(nanosOf(charged));
});

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { formatNanos } from '../money/nanos.js';
import type { AnyPriceModel } from '../pricing/any-price-rule.js';
import { EMPTY_ACCUMULATOR, type Accumulator } from './accumulator.js';
import { compilePrice, rateReading, type CompiledPrice } from './rate-reading.js';
import { takeBack } from './take-back.js';

const UNIT = 1_000_000_000n;
const TIERS = [{ upTo: '10', unitPrice: '3' }, { upTo: '20', unitPrice: '2' }, { unitPrice: '1' }];
const GRADUATED: AnyPriceModel = {
  kind: 'graduated',
  tiers: [
    { upTo: '10', unitPrice: '3' },
    { upTo: '20', unitPrice: '2', flatFee: '5' },
    { unitPrice: '1' },
  ],
};
const VOLUME: AnyPriceModel = { kind: 'volume', tiers: TIERS };
const PACKAGE: AnyPriceModel = { kind: 'package', size: '10', packagePrice: '7' };

function priceOf(model: AnyPriceModel): CompiledPrice {
  return compilePrice({
    tenant: 'acme',
    key: 'articles',
    version: 1,
    meterKey: 'articles',
    currency: 'USD',
    model,
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [],
    description: 'An article',
  });
}

function add(price: CompiledPrice, accumulator: Accumulator, quantity: bigint): Accumulator {
  const rated = rateReading(price, accumulator, { aggregation: 'sum', quantity, creators: [] });
  if (rated.outcome === 'refused') throw new Error(rated.reason);
  return rated.accumulator;
}

function takenBack(price: CompiledPrice, accumulator: Accumulator, rest: bigint, charged = 0n) {
  const taken = takeBack(price, accumulator, { rest, aggregation: 'sum', charged });
  if (taken.outcome === 'refused') throw new Error(taken.reason);
  return taken;
}

describe('what is taken back of a quantity, and what a correction puts in its place', () => {
  // Price, quantity by now, what the event read, what it gives back, what it should have read, what that costs.
  it.each<[string, AnyPriceModel, bigint, bigint, string, bigint, string]>([
    ['graduated, within a tier', GRADUATED, 8n, 3n, '-9.000000000', 2n, '6.000000000'],
    // Down through two thresholds: 4 at 1, 10 at 2 with the fee of their tier, 2 at 3.
    ['graduated, down two tiers', GRADUATED, 24n, 16n, '-35.000000000', 1n, '3.000000000'],
    // 8 to 21: 2 at 3, 10 at 2 with the fee, 1 at 1.
    ['graduated, down and up', GRADUATED, 12n, 4n, '-15.000000000', 13n, '32.000000000'],
    ['volume, within a tier', VOLUME, 18n, 2n, '-4.000000000', 1n, '2.000000000'],
    // 12 cost 24 and 9 cost 27: less use is dearer by 3.
    ['volume, down a tier', VOLUME, 12n, 3n, '3.000000000', 1n, '3.000000000'],
    // 21 cost 21, 15 cost 30, 25 cost 25.
    ['volume, down and up', VOLUME, 21n, 6n, '9.000000000', 10n, '-5.000000000'],
    ['package, within one that was begun', PACKAGE, 25n, 3n, '0.000000000', 2n, '0.000000000'],
    ['package, back over its beginning', PACKAGE, 21n, 1n, '-7.000000000', 11n, '14.000000000'],
    ['all of it', PACKAGE, 10n, 10n, '-7.000000000', 0n, '0.000000000'],
  ])('%s', (_, model, quantity, old, back, fresh, charge) => {
    const price = priceOf(model);
    const accumulator = add(price, EMPTY_ACCUMULATOR, quantity * UNIT);
    const taken = takenBack(price, accumulator, (quantity - old) * UNIT);
    expect(formatNanos(taken.amount)).toBe(back);
    const after = add(price, taken.accumulator, fresh * UNIT);
    expect(formatNanos(after.amount - taken.accumulator.amount)).toBe(charge);
  });
});

test('whatever is taken back, what stays costs what it would have cost alone', () => {
  const models = fc.constantFrom(GRADUATED, VOLUME, PACKAGE);
  const quantities = fc.array(fc.bigInt({ min: 0n, max: 30n * UNIT }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(models, quantities, fc.nat(), (model, read, which) => {
      const price = priceOf(model);
      const gone = which % read.length;
      const all = read.reduce((sum, quantity) => add(price, sum, quantity), EMPTY_ACCUMULATOR);
      const rest = all.quantity - read[gone]!;
      const alone = add(price, EMPTY_ACCUMULATOR, rest);
      expect(takenBack(price, all, rest).accumulator).toEqual(alone);
    }),
  );
});

test('of a price per event what the event came to comes back, and its place among the free ones is free again', () => {
  const price = priceOf({ kind: 'percentage', rate: '10', freeEvents: 1 });
  const one = add(price, EMPTY_ACCUMULATOR, 30n * UNIT);
  const two = add(price, one, 50n * UNIT);
  const taken = takenBack(price, two, 50n * UNIT, one.amount);
  expect(taken).toMatchObject({ amount: 0n, quantityBefore: 80n * UNIT });
  expect(taken.accumulator).toEqual({ quantity: 50n * UNIT, amount: 5n * UNIT, events: 1 });
  const none = takenBack(price, taken.accumulator, 0n, two.amount - one.amount);
  expect(none.amount).toBe(-5n * UNIT);
  expect(add(price, none.accumulator, 40n * UNIT).amount).toBe(0n);
});

test('an amount outside of what is kept is refused', () => {
  const price = priceOf({ kind: 'per_unit', unitPrice: '1' });
  const accumulator = { quantity: 2n * UNIT, amount: -(2n ** 63n) + 1n, events: 0 };
  expect(takeBack(price, accumulator, { rest: 0n, aggregation: 'sum', charged: 0n })).toEqual({
    outcome: 'refused',
    reason: 'amount_out_of_range',
  });
});

test('more than there is cannot be taken back', () => {
  const price = priceOf({ kind: 'per_unit', unitPrice: '1' });
  expect(() =>
    takeBack(price, EMPTY_ACCUMULATOR, { rest: -1n, aggregation: 'latest', charged: 0n }),
  ).toThrow('more is taken back');
});

test.each([
  ['lower', 3n, '-15.000000000'],
  ['higher', 24n, '35.000000000'],
  ['the same', 8n, '0.000000000'],
] as const)('of a latest reading one that is %s may stand again', (_, rest, amount) => {
  const price = priceOf(GRADUATED);
  const standing = add(price, EMPTY_ACCUMULATOR, 8n * UNIT);
  const again = { rest: rest * UNIT, aggregation: 'latest', charged: 0n } as const;
  const taken = takeBack(price, standing, again);
  expect(taken).toMatchObject({ quantityBefore: 8n * UNIT, quantityAfter: rest * UNIT });
  expect(taken.outcome === 'taken_back' && formatNanos(taken.amount)).toBe(amount);
  expect(taken).toMatchObject({ accumulator: add(price, EMPTY_ACCUMULATOR, rest * UNIT) });
});

test('of no other meter more may stand than before', () => {
  const price = priceOf(GRADUATED);
  const standing = add(price, EMPTY_ACCUMULATOR, 8n * UNIT);
  expect(() =>
    takeBack(price, standing, { rest: 9n * UNIT, aggregation: 'max', charged: 0n }),
  ).toThrow('more is taken back');
});

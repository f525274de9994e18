import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf } from '../pricing/cost.js';
import type { Price, SplitRule } from '../pricing/price.js';
import type { PriceModel } from '../pricing/price-model.js';
import { EMPTY_ACCUMULATOR, type Accumulator } from './accumulator.js';
import {
  compilePrice,
  rateReading,
  type CompiledPrice,
  type CumulativePrice,
  type RatedReading,
} from './rate-reading.js';

const UNIT = 1_000_000_000n;
const GRADUATED: PriceModel = {
  kind: 'graduated',
  tiers: [
    { upTo: '20', unitPrice: '0.002' },
    { upTo: '100', unitPrice: '0.0015', flatFee: '0.05' },
    { unitPrice: '0.000000000333333333' },
  ],
};
const SPLIT: SplitRule = [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7000 }];

function priceOf(model: PriceModel, version = 1): CumulativePrice {
  const compiled = compiledOf(model, version);
  if (compiled.perEvent) throw new Error('priced per event');
  return compiled;
}

function compiledOf(model: Price['model'], version = 1): CompiledPrice {
  const price: Price = {
    tenant: 'acme',
    key: 'articles',
    version,
    meterKey: 'articles',
    currency: 'USD',
    model,
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: SPLIT,
    description: 'An article',
  };
  return compilePrice(price);
}

function rated(price: CompiledPrice, accumulator: Accumulator, quantity: bigint): RatedReading {
  const outcome = rateReading(price, accumulator, {
    aggregation: 'sum',
    quantity,
    creators: ['ann'],
  });
  if (outcome.outcome === 'refused') throw new Error(outcome.reason);
  return outcome;
}

test('a reading moves its accumulator, and the charge is the difference', () => {
  const before = { quantity: 19n * UNIT, amount: 38_000_000n, events: 0 };
  const price = priceOf(GRADUATED);
  expect(rated(price, before, 2n * UNIT)).toEqual({
    outcome: 'rated',
    amount: 53_500_000n,
    quantityBefore: 19n * UNIT,
    quantityAfter: 21n * UNIT,
    shares: [{ creator: 'ann', amountNanos: 37_450_000n }],
    tenantAmount: 16_050_000n,
    accumulator: {
      quantity: 21n * UNIT,
      amount: 91_500_000n,
      events: 0,
      cost: { model: price.model, nanos: 91_500_000n },
    },
  });
});

test('a reading of nothing is a charge of nothing', () => {
  const charge = rated(priceOf(GRADUATED), EMPTY_ACCUMULATOR, 0n);
  expect(charge.amount).toBe(0n);
  expect(charge.shares).toEqual([{ creator: 'ann', amountNanos: 0n }]);
});

test('a lowered quantity gives back what it cost, shares and all', () => {
  const price = priceOf(GRADUATED);
  const up = rated(price, EMPTY_ACCUMULATOR, 30n * UNIT);
  const down = rated(price, up.accumulator, -30n * UNIT);
  expect(down.amount).toBe(-up.amount);
  expect(down.shares).toEqual([
    { creator: 'ann', amountNanos: -(up.shares[0]?.amountNanos ?? 0n) },
  ]);
  expect(down.accumulator).toMatchObject(EMPTY_ACCUMULATOR);
});

test.each<[string, string, Accumulator, bigint]>([
  ['a charge above 64 bits', 'amount_out_of_range', EMPTY_ACCUMULATOR, 10n ** 28n],
  [
    'an accumulator above 64 bits',
    'amount_out_of_range',
    { quantity: 0n, amount: 2n ** 63n - 1n, events: 0 },
    UNIT,
  ],
  ['a quantity below zero', 'quantity_out_of_range', EMPTY_ACCUMULATOR, -1n],
  ['a quantity that no column holds', 'quantity_out_of_range', EMPTY_ACCUMULATOR, 10n ** 38n],
])('%s is refused as %s', (_, reason, accumulator, quantity) => {
  const price = priceOf({ kind: 'per_unit', unitPrice: '1' });
  const outcome = rateReading(price, accumulator, { aggregation: 'sum', quantity, creators: [''] });
  expect(outcome).toEqual({ outcome: 'refused', reason });
});

const quantities = fc.array(fc.bigInt(0n, 60n * UNIT), { maxLength: 40 });

test('telescoping: the charges sum to the cost of the total, whatever the order', () => {
  const price = priceOf(GRADUATED);
  fc.assert(
    fc.property(quantities, (readings) => {
      const total = readings.reduce((sum, quantity) => sum + quantity, 0n);
      for (const order of [readings, readings.toReversed()]) {
        let accumulator: Accumulator = EMPTY_ACCUMULATOR;
        let charges = 0n;
        for (const quantity of order) {
          const charge = rated(price, accumulator, quantity);
          const shared = charge.shares.reduce((sum, share) => sum + share.amountNanos, 0n);
          expect(shared + charge.tenantAmount).toBe(charge.amount);
          accumulator = charge.accumulator;
          charges += charge.amount;
        }
        expect(charges).toBe(costOf(price.model, total));
        expect(accumulator).toMatchObject({ quantity: total, amount: charges });
      }
    }),
  );
});

test('batching is invisible: splitting a sequence anywhere leaves every charge as it was', () => {
  const price = priceOf(GRADUATED);
  const run = (start: Accumulator, readings: readonly bigint[]): RatedReading[] => {
    let accumulator = start;
    return readings.map((quantity) => {
      const charge = rated(price, accumulator, quantity);
      accumulator = charge.accumulator;
      return charge;
    });
  };
  fc.assert(
    fc.property(quantities, fc.nat(40), (readings, cut) => {
      const first = run(EMPTY_ACCUMULATOR, readings.slice(0, cut));
      const resumed = run(first.at(-1)?.accumulator ?? EMPTY_ACCUMULATOR, readings.slice(cut));
      expect([...first, ...resumed]).toEqual(run(EMPTY_ACCUMULATOR, readings));
    }),
  );
});

test('across versions the charges sum to the spans that each version priced', () => {
  const versions = [priceOf(GRADUATED), priceOf({ kind: 'per_unit', unitPrice: '0.004' }, 2)];
  const steps = fc.array(fc.tuple(fc.bigInt(0n, 60n * UNIT), fc.nat(1)), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (readings) => {
      let accumulator: Accumulator = EMPTY_ACCUMULATOR;
      let spans = 0n;
      for (const [quantity, chosen] of readings) {
        const price = versions[chosen] ?? priceOf(GRADUATED);
        const charge = rated(price, accumulator, quantity);
        spans += costOf(price.model, charge.quantityAfter);
        spans -= costOf(price.model, charge.quantityBefore);
        accumulator = charge.accumulator;
      }
      expect(accumulator.amount).toBe(spans);
    }),
  );
});

test('of a maximum only what goes beyond the greatest so far is charged', () => {
  const price = priceOf(GRADUATED);
  const read = (accumulator: Accumulator, units: bigint) => {
    const reading = { aggregation: 'max', quantity: units * UNIT, creators: ['ann'] } as const;
    const outcome = rateReading(price, accumulator, reading);
    if (outcome.outcome === 'refused') throw new Error(outcome.reason);
    return outcome;
  };
  const first = read(EMPTY_ACCUMULATOR, 19n);
  const lower = read(first.accumulator, 7n);
  const higher = read(lower.accumulator, 21n);
  expect([lower.quantityBefore, lower.quantityAfter, lower.amount]).toEqual([
    19n * UNIT,
    19n * UNIT,
    0n,
  ]);
  expect([higher.quantityBefore, higher.quantityAfter]).toEqual([19n * UNIT, 21n * UNIT]);
  expect(first.amount + lower.amount + higher.amount).toBe(costOf(price.model, 21n * UNIT));
});

test('an amount on the event is charged for itself, and its accumulator is the sum', () => {
  const fee = compiledOf({ kind: 'percentage', rate: '2.9', fixed: '0.3', minimum: '1' });
  const before = { quantity: 100n * UNIT, amount: 3_200_000_000n, events: 1 };
  expect(rated(fee, before, 50n * UNIT)).toEqual({
    outcome: 'rated',
    amount: 1_750_000_000n,
    quantityBefore: 100n * UNIT,
    quantityAfter: 150n * UNIT,
    shares: [{ creator: 'ann', amountNanos: 1_225_000_000n }],
    tenantAmount: 525_000_000n,
    accumulator: { quantity: 150n * UNIT, amount: 4_950_000_000n, events: 2 },
  });
  expect(rated(fee, before, UNIT).amount).toBe(UNIT);
});

test('what came before is said where the price asks for it', () => {
  const counted = compiledOf({ kind: 'percentage', rate: '10', freeEvents: 2 });
  const before = { quantity: 100n * UNIT, amount: 5n, events: 1 };
  const free = rated(counted, before, UNIT);
  expect(free).toMatchObject({ amount: 0n, pricedBefore: { events: 1, amount: 5n } });
  expect(rated(counted, free.accumulator, UNIT)).toMatchObject({
    amount: UNIT / 10n,
    pricedBefore: { events: 2, amount: 5n },
  });
  const uncounted = compiledOf({ kind: 'percentage', rate: '10' });
  expect(rated(uncounted, before, UNIT).pricedBefore).toBe(undefined);
});

test.each<[string, bigint]>([
  ['negative_event_amount', -1n],
  ['amount_below_minimum', UNIT - 1n],
  ['amount_above_maximum', 100n * UNIT + 1n],
])('an amount on the event is refused as %s', (reason, quantity) => {
  const tip = compiledOf({ kind: 'amount_on_event', minimum: '1', maximum: '100' });
  const reading = { aggregation: 'sum', quantity, creators: ['ann'] } as const;
  expect(rateReading(tip, EMPTY_ACCUMULATOR, reading)).toEqual({ outcome: 'refused', reason });
});

test('a quantity carries over to a price per event and back, each charging its own span', () => {
  const metered = priceOf({ kind: 'per_unit', unitPrice: '0.5' });
  const share = compiledOf({ kind: 'percentage', rate: '10' }, 2);
  const first = rated(metered, EMPTY_ACCUMULATOR, 4n * UNIT);
  const second = rated(share, first.accumulator, 6n * UNIT);
  const third = rated(metered, second.accumulator, UNIT);
  expect([first.amount, second.amount, third.amount]).toEqual([2n * UNIT, 600_000_000n, UNIT / 2n]);
  expect(third.quantityBefore).toBe(10n * UNIT);
  expect(third.accumulator).toMatchObject({ amount: 3_100_000_000n, events: 1 });
});

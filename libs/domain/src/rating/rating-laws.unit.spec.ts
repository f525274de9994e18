import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyQuantity, anyRule, KINDS } from '../pricing/any-rule.spec.js';
import { costOf } from '../pricing/cost.js';
import type { PriceRule } from '../pricing/price-rule.js';
import { EMPTY_ACCUMULATOR, type Accumulator } from './accumulator.js';
import {
  compilePrice,
  rateReading,
  type CumulativePrice,
  type RatedReading,
} from './rate-reading.js';

/** What the design promises of every price that is a function of the cumulative quantity. */
const RUNS = { numRuns: 10_000 };
const readings = fc.array(anyQuantity, { maxLength: 6 });

function priceOf(rule: PriceRule): CumulativePrice {
  const compiled = compilePrice({
    ...rule,
    tenant: 'acme',
    key: 'articles',
    version: 1,
    meterKey: 'articles',
    currency: 'USD',
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [{ creator: { kind: 'fixed', id: 'ann' }, shareBps: 3333 }],
    description: 'An article',
  });
  if (compiled.perEvent) throw new Error('priced per event');
  return compiled;
}

function rate(
  price: CumulativePrice,
  quantities: readonly bigint[],
  start: Accumulator = EMPTY_ACCUMULATOR,
): RatedReading[] {
  let accumulator = start;
  return quantities.map((quantity) => {
    const outcome = rateReading(price, accumulator, {
      aggregation: 'sum',
      quantity,
      creators: ['ann'],
    });
    if (outcome.outcome === 'refused') throw new Error(outcome.reason);
    accumulator = outcome.accumulator;
    return outcome;
  });
}

const sumOf = (charges: readonly RatedReading[]) =>
  charges.reduce((sum, { amount }) => sum + amount, 0n);

describe.each(KINDS)('%s, bare and wrapped', { timeout: 60_000 }, (kind) => {
  test('telescopes: charges sum to the cost of where the quantity ends, up and down', () => {
    fc.assert(
      fc.property(anyRule(kind), readings, (rule, cumulative) => {
        const price = priceOf(rule);
        const steps = cumulative.map((quantity, at) => quantity - (cumulative[at - 1] ?? 0n));
        const charges = rate(price, steps);
        const shared = charges.every(
          ({ shares, tenantAmount, amount }) =>
            (shares[0]?.amountNanos ?? 0n) + tenantAmount === amount,
        );
        expect(shared).toBe(true);
        expect(sumOf(charges)).toBe(costOf(price.model, cumulative.at(-1) ?? 0n));
      }),
      RUNS,
    );
  });

  test('does not see batches: from the accumulator that was stored it goes on as it would have', () => {
    fc.assert(
      fc.property(anyRule(kind), readings, fc.nat(6), (rule, quantities, cut) => {
        const price = priceOf(rule);
        const whole = rate(price, quantities);
        const first = rate(price, quantities.slice(0, cut));
        const { quantity, amount, events } = first.at(-1)?.accumulator ?? EMPTY_ACCUMULATOR;
        const stored = { quantity, amount, events };
        const rest = rate(priceOf(rule), quantities.slice(cut), stored);
        expect(bytesOf([...first, ...rest])).toBe(bytesOf(whole));
      }),
      RUNS,
    );
  });

  test('comes to the same total in any order', () => {
    const shuffled = readings.chain((quantities) =>
      fc.tuple(
        fc.constant(quantities),
        fc.shuffledSubarray(quantities, { minLength: quantities.length }),
      ),
    );
    fc.assert(
      fc.property(anyRule(kind), shuffled, (rule, [quantities, otherwise]) => {
        const price = priceOf(rule);
        expect(sumOf(rate(price, quantities))).toBe(sumOf(rate(price, otherwise)));
      }),
      RUNS,
    );
  });

  test('replays to the same bytes', () => {
    fc.assert(
      fc.property(anyRule(kind), readings, (rule, quantities) => {
        const again = JSON.parse(JSON.stringify(rule)) as PriceRule;
        const first = bytesOf(rate(priceOf(rule), quantities));
        expect(bytesOf(rate(priceOf(again), quantities))).toBe(first);
      }),
      RUNS,
    );
  });
});

const MOST = '9223372036.854775807';
const NEAR: readonly [string, PriceRule, bigint][] = [
  ['volume', { model: { kind: 'volume', tiers: [{ unitPrice: MOST }] } }, 1n],
  ['package', { model: { kind: 'package', size: '1', packagePrice: MOST } }, 1n],
  [
    'graduated by the block',
    { model: { kind: 'graduated', tiers: [{ unitPrice: MOST, blockSize: '1' }] } },
    1n,
  ],
  ['after free units', { model: { kind: 'per_unit', unitPrice: MOST }, freeQuantity: '5' }, 6n],
  [
    'after a transform',
    {
      model: { kind: 'per_unit', unitPrice: MOST },
      transform: { divideBy: '10', round: 'half_up' },
    },
    14n,
  ],
];

test.each(NEAR)('%s: the largest amount is charged, one more is refused', (_, rule, units) => {
  const UNIT = 1_000_000_000n;
  const price = priceOf(rule);
  const [charge] = rate(price, [units * UNIT]);
  expect(charge?.amount).toBe(2n ** 63n - 1n);
  const over = { aggregation: 'sum', quantity: UNIT, creators: ['ann'] } as const;
  expect(rateReading(price, charge!.accumulator, over)).toEqual({
    outcome: 'refused',
    reason: 'amount_out_of_range',
  });
});

test('a maximum keeps in range what would not be', () => {
  const rule: PriceRule = { model: { kind: 'per_unit', unitPrice: '1000000000' }, maximum: MOST };
  const [charge, more] = rate(priceOf(rule), [10n ** 35n, 10n ** 35n]);
  expect(charge?.amount).toBe(2n ** 63n - 1n);
  expect(more?.amount).toBe(0n);
});

test('a volume rebate is a negative charge, and its shares have its sign', () => {
  const tiers = [{ upTo: '100', unitPrice: '0.002' }, { unitPrice: '0.001' }];
  const unit = 1_000_000_000n;
  const [, crossing] = rate(priceOf({ model: { kind: 'volume', tiers } }), [100n * unit, unit]);
  expect(crossing?.amount).toBe(-99_000_000n);
  expect(crossing?.shares).toEqual([{ creator: 'ann', amountNanos: -32_996_700n }]);
  expect(crossing?.accumulator).toMatchObject({ quantity: 101n * unit, amount: 101_000_000n });
});

/** Every field of every charge. */
function bytesOf(charges: readonly RatedReading[]): string {
  return JSON.stringify(charges, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distinctReading, valueDigest } from '../metering/distinct-value.js';
import { eventIdentity, latestReading } from '../metering/latest-reading.js';
import type { Aggregation } from '../metering/meter.js';
import { anyRule, KINDS } from '../pricing/any-rule.spec.js';
import { costOf } from '../pricing/cost.js';
import type { PriceRule } from '../pricing/price-rule.js';
import { EMPTY_ACCUMULATOR, type Accumulator } from './accumulator.js';
import {
  compilePrice,
  rateReading,
  type CompiledPrice,
  type RatedReading,
} from './rate-reading.js';

/** What the design promises of a price, whatever its meter makes of the events: for those that are no plain sum. */
const RUNS = { numRuns: 10_000 };
const UNIT = 1_000_000_000n;

interface Use {
  readonly id: string;
  readonly occurredAt: number;
  readonly quantity: bigint;
  readonly value: string;
}

/** What is stored of an accumulator. */
interface Stored {
  readonly accumulator: Accumulator;
  readonly seen: readonly string[];
}

const EMPTY: Stored = { accumulator: EMPTY_ACCUMULATOR, seen: [] };

/** Few instants and values, so that they meet; the id is its own. */
const uses = fc
  .array(
    fc.record({
      occurredAt: fc.nat(3),
      quantity: fc.bigInt({ min: 0n, max: 300n * UNIT }),
      value: fc.constantFrom('a', 'b', 'c', '7'),
    }),
    { maxLength: 7 },
  )
  .map((all) => all.map((use, at): Use => ({ ...use, id: `${(at * 7) % 10}-${at}` })));
const shuffled = uses.chain((all) =>
  fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
);
const anyKind = fc.constantFrom(...KINDS).chain((kind) => anyRule(kind));

function priceOf(rule: PriceRule): CompiledPrice {
  return compilePrice({
    ...rule,
    tenant: 'acme',
    key: 'seats',
    version: 1,
    meterKey: 'seats',
    currency: 'USD',
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [{ creator: { kind: 'fixed', id: 'ann' }, shareBps: 3333 }],
    description: 'A seat',
  });
}

/** As rating does: what the memory makes of an event is what moves the accumulator. */
function rate(
  price: CompiledPrice,
  aggregation: Aggregation,
  { events, from = EMPTY }: { readonly events: readonly Use[]; readonly from?: Stored },
) {
  let { accumulator } = from;
  const seen = new Set(from.seen);
  const charges = events.map((use) => {
    let { quantity } = use;
    let { latest } = accumulator;
    if (aggregation === 'unique') {
      const digest = valueDigest(use.value);
      quantity = distinctReading(seen.has(digest));
      seen.add(digest);
    }
    if (aggregation === 'latest') {
      const mark = { occurredAt: use.occurredAt, identity: eventIdentity('web', use.id) };
      const standing = { quantity: accumulator.quantity, mark: latest };
      ({ quantity, mark: latest } = latestReading(standing, { quantity, mark }));
    }
    const reading = { aggregation, quantity, creators: ['ann'] };
    const outcome = rateReading(price, accumulator, reading);
    if (outcome.outcome === 'refused') throw new Error(outcome.reason);
    accumulator = { ...outcome.accumulator, ...(latest && { latest }) };
    return outcome;
  });
  const { cost: _, ...stored } = accumulator;
  return { charges, stored: { accumulator: stored, seen: [...seen] } };
}

/** What the period comes to, said without any steps. */
const EXPECTED: Readonly<Record<string, (events: readonly Use[]) => bigint>> = {
  max: (events) => events.reduce((most, { quantity }) => (quantity > most ? quantity : most), 0n),
  unique: (events) => BigInt(new Set(events.map(({ value }) => value)).size) * UNIT,
  latest: (events) =>
    events.toSorted((a, b) => a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : 1)).at(-1)
      ?.quantity ?? 0n,
};

const sumOf = (charges: readonly RatedReading[]) =>
  charges.reduce((sum, { amount }) => sum + amount, 0n);

describe.each(['max', 'unique', 'latest'] as const)('%s', { timeout: 60_000 }, (aggregation) => {
  test('telescopes: charges sum to the cost of what the period comes to', () => {
    fc.assert(
      fc.property(anyKind, uses, (rule, events) => {
        const price = priceOf(rule);
        const { charges, stored } = rate(price, aggregation, { events });
        const expected = EXPECTED[aggregation]!(events);
        expect(stored.accumulator.quantity).toBe(expected);
        expect(sumOf(charges)).toBe(costOf(price.model, expected));
        expect(stored.accumulator.amount).toBe(costOf(price.model, expected));
      }),
      RUNS,
    );
  });

  test('comes to the same total in any order', () => {
    fc.assert(
      fc.property(anyKind, shuffled, (rule, [events, otherwise]) => {
        const price = priceOf(rule);
        const first = rate(price, aggregation, { events }).stored;
        const second = rate(price, aggregation, { events: otherwise }).stored;
        expect(second.accumulator).toEqual(first.accumulator);
        expect(second.seen.toSorted()).toEqual(first.seen.toSorted());
      }),
      RUNS,
    );
  });

  test('does not see batches: from what was stored it goes on as it would have', () => {
    fc.assert(
      fc.property(anyKind, uses, fc.nat(7), (rule, events, cut) => {
        const price = priceOf(rule);
        const whole = rate(price, aggregation, { events });
        const first = rate(price, aggregation, { events: events.slice(0, cut) });
        const from = JSON.parse(bytesOf(first.stored), revive) as Stored;
        const rest = rate(priceOf(rule), aggregation, { events: events.slice(cut), from });
        expect(bytesOf([...first.charges, ...rest.charges])).toBe(bytesOf(whole.charges));
        expect(rest.stored).toEqual(whole.stored);
      }),
      RUNS,
    );
  });

  test('replays to the same bytes', () => {
    fc.assert(
      fc.property(anyKind, uses, (rule, events) => {
        const again = JSON.parse(JSON.stringify(rule)) as PriceRule;
        const first = bytesOf(rate(priceOf(rule), aggregation, { events }));
        expect(bytesOf(rate(priceOf(again), aggregation, { events }))).toBe(first);
      }),
      RUNS,
    );
  });
});

test('a lower latest reading is a negative charge, and its shares have its sign', () => {
  const price = priceOf({ model: { kind: 'per_unit', unitPrice: '0.01' } });
  const events = [10n, 4n].map((units, at) => ({
    id: String(at),
    occurredAt: at,
    quantity: units * UNIT,
    value: '',
  }));
  const [first, lower] = rate(price, 'latest', { events }).charges;
  expect(first?.amount).toBe(100_000_000n);
  expect(lower?.amount).toBe(-60_000_000n);
  expect(lower?.shares).toEqual([{ creator: 'ann', amountNanos: -19_998_000n }]);
});

function bytesOf(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one));
}

function revive(_: string, one: unknown): unknown {
  return typeof one === 'string' && /^-?\d+n$/.test(one) ? BigInt(one.slice(0, -1)) : one;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyEventModel, EVENT_KINDS } from '../pricing/any-event-model.spec.js';
import type { EventModel } from '../pricing/event-price.js';
import { EMPTY_ACCUMULATOR, type Accumulator } from './accumulator.js';
import { explainSpan } from './explain-charge.js';
import {
  compilePrice,
  rateReading,
  type CompiledPrice,
  type RatedReading,
} from './rate-reading.js';

/** What holds of prices per event, whose charges are no difference of a cumulative cost. */
const RUNS = { numRuns: 10_000 };
const amounts = fc.array(fc.bigInt(0n, 200_000_000_000n), { maxLength: 6 });

/** As catalog takes it: no event is free by its number. */
function anyModel(kind: EventModel['kind']): fc.Arbitrary<EventModel> {
  return anyEventModel(kind).map((model) => {
    const { freeEvents: _, ...rest } = { freeEvents: 0, ...model };
    return rest as EventModel;
  });
}

function priceOf(model: EventModel): CompiledPrice {
  return compilePrice({
    model,
    tenant: 'acme',
    key: 'tips',
    version: 1,
    meterKey: 'tips',
    currency: 'USD',
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [{ creator: { kind: 'fixed', id: 'ann' }, shareBps: 3333 }],
    description: 'A tip',
  });
}

function rate(
  price: CompiledPrice,
  given: readonly bigint[],
  start: Accumulator = EMPTY_ACCUMULATOR,
): RatedReading[] {
  let accumulator = start;
  return given.map((quantity) => {
    const reading = { aggregation: 'sum', quantity, creators: ['ann'] } as const;
    const outcome = rateReading(price, accumulator, reading);
    if (outcome.outcome === 'refused') throw new Error(outcome.reason);
    accumulator = outcome.accumulator;
    return outcome;
  });
}

const bytesOf = (value: unknown) =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member,
  );

function replayed(model: EventModel, given: readonly bigint[]): string {
  const price = priceOf(model);
  return bytesOf(rate(price, given).map((charge) => [charge, explainSpan(price, charge)]));
}

describe.each(EVENT_KINDS)('%s', { timeout: 60_000 }, (kind) => {
  test('does not see batches: from the accumulator that was stored it goes on as it would have', () => {
    fc.assert(
      fc.property(anyModel(kind), amounts, fc.nat(6), (model, given, cut) => {
        const whole = rate(priceOf(model), given);
        const first = rate(priceOf(model), given.slice(0, cut));
        const { quantity, amount } = first.at(-1)?.accumulator ?? EMPTY_ACCUMULATOR;
        const rest = rate(priceOf(model), given.slice(cut), { quantity, amount });
        expect(bytesOf([...first, ...rest])).toBe(bytesOf(whole));
      }),
      RUNS,
    );
  });

  test('replays to the same bytes, explanations included', () => {
    fc.assert(
      fc.property(anyModel(kind), amounts, (model, given) => {
        const again = JSON.parse(JSON.stringify(model)) as EventModel;
        expect(replayed(again, given)).toBe(replayed(model, given));
      }),
      RUNS,
    );
  });

  test('shares and the sum of the charges add up', () => {
    fc.assert(
      fc.property(anyModel(kind), amounts, (model, given) => {
        let sum = 0n;
        for (const { amount, shares, tenantAmount, accumulator } of rate(priceOf(model), given)) {
          sum += amount;
          expect((shares[0]?.amountNanos ?? 0n) + tenantAmount).toBe(amount);
          expect(accumulator.amount).toBe(sum);
        }
      }),
      RUNS,
    );
  });
});

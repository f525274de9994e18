import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatQuantity } from '../metering/quantity.js';
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

/** A model, and what a period of it costs at most. */
interface Rule {
  readonly model: EventModel;
  readonly maximum?: string;
}

function anyEventRule(kind: EventModel['kind']): fc.Arbitrary<Rule> {
  const maximum = fc.option(fc.bigInt(0n, 50_000_000_000n).map(formatQuantity));
  return fc
    .tuple(anyEventModel(kind), maximum)
    .map(([model, most]) => ({ model, ...(most !== null && { maximum: most }) }));
}

function priceOf(rule: Rule): CompiledPrice {
  return compilePrice({
    ...rule,
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

/** In 1e-27 of the major unit. */
function exactOf(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const exact = BigInt(whole + fraction.padEnd(27, '0'));
  return text.startsWith('-') ? -exact : exact;
}

const abs = (exact: bigint) => (exact < 0n ? -exact : exact);

const bytesOf = (value: unknown) =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member,
  );

function replayed(rule: Rule, given: readonly bigint[]): string {
  const price = priceOf(rule);
  return bytesOf(rate(price, given).map((charge) => [charge, explainSpan(price, charge)]));
}

describe.each(EVENT_KINDS)('%s', { timeout: 60_000 }, (kind) => {
  test('does not see batches: from the accumulator that was stored it goes on as it would have', () => {
    fc.assert(
      fc.property(anyEventRule(kind), amounts, fc.nat(6), (rule, given, cut) => {
        const whole = rate(priceOf(rule), given);
        const first = rate(priceOf(rule), given.slice(0, cut));
        const stored = first.at(-1)?.accumulator ?? EMPTY_ACCUMULATOR;
        const rest = rate(priceOf(rule), given.slice(cut), { ...stored });
        expect(bytesOf([...first, ...rest])).toBe(bytesOf(whole));
      }),
      RUNS,
    );
  });

  test('replays to the same bytes, explanations included', () => {
    fc.assert(
      fc.property(anyEventRule(kind), amounts, (rule, given) => {
        const again = JSON.parse(JSON.stringify(rule)) as Rule;
        expect(replayed(again, given)).toBe(replayed(rule, given));
      }),
      RUNS,
    );
  });

  test('a charge says all that its explanation needs', () => {
    fc.assert(
      fc.property(anyEventRule(kind), amounts, (rule, given) => {
        const price = priceOf(rule);
        for (const { amount, ...charge } of rate(price, given)) {
          const { parts } = explainSpan(price, charge);
          const sum = parts.reduce((exact, part) => exact + exactOf(part.amount), 0n);
          // The lines are exact, but for what is above the maximum; only their sum is rounded.
          expect(abs(amount * 10n ** 18n - sum) <= 10n ** 18n / 2n).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('shares and the sum of the charges add up', () => {
    fc.assert(
      fc.property(anyEventRule(kind), amounts, (rule, given) => {
        let sum = 0n;
        for (const { amount, shares, tenantAmount, accumulator } of rate(priceOf(rule), given)) {
          sum += amount;
          expect((shares[0]?.amountNanos ?? 0n) + tenantAmount).toBe(amount);
          expect(accumulator.amount).toBe(sum);
        }
      }),
      RUNS,
    );
  });
});

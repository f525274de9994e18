import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ONE } from '../metering/quantity.js';
import { anyQuantity, anyRule, KINDS } from '../pricing/any-rule.spec.js';
import type { Price } from '../pricing/price.js';
import type { PriceRule } from '../pricing/price-rule.js';
import { EMPTY_ACCUMULATOR } from './accumulator.js';
import { AccumulatorReRating, NOT_RE_RATED, type ChargeToReRate } from './re-rate-charge.js';
import { compilePrice, rateReading } from './rate-reading.js';

const BASE: Price = {
  tenant: 'acme',
  key: 'articles',
  version: 1,
  meterKey: 'articles',
  currency: 'USD',
  model: { kind: 'per_unit', unitPrice: '0.002' },
  effectiveFrom: 0,
  taxCategory: 'standard',
  split: [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7_000 }],
  description: 'An article',
};

function charge(changes: Partial<ChargeToReRate> = {}): ChargeToReRate {
  return {
    occurredAt: 100,
    quantityBefore: 0n,
    quantityAfter: ONE,
    creators: ['ann'],
    ...changes,
  };
}

const anyPrice = fc.constantFrom(...KINDS).chain((kind) => anyRule(kind));

function priceOf(rule: PriceRule, version = 1): Price {
  return { ...BASE, ...rule, version };
}

/** What rating makes of these cumulative quantities. */
function rated(price: Price, cumulative: readonly bigint[]) {
  const compiled = compilePrice(price);
  let accumulator = EMPTY_ACCUMULATOR;
  return cumulative.map((quantityAfter) => {
    const quantityBefore = accumulator.quantity;
    const outcome = rateReading(compiled, accumulator, {
      aggregation: 'sum',
      quantity: quantityAfter - quantityBefore,
      creators: ['ann'],
    });
    if (outcome.outcome === 'refused') throw new Error(outcome.reason);
    accumulator = outcome.accumulator;
    return {
      charge: charge({ quantityBefore, quantityAfter }),
      amount: outcome.amount,
      shares: outcome.shares,
    };
  });
}

test('stored charges are priced as rating would have priced their events, from wherever one begins', () => {
  fc.assert(
    fc.property(
      anyPrice,
      anyPrice,
      fc.array(anyQuantity, { minLength: 1, maxLength: 6 }),
      fc.nat(5),
      (rule, other, cumulative, skipped) => {
        const made = priceOf(rule);
        const now = priceOf(other, 2);
        const stored = rated(made, cumulative);
        const reRating = new AccumulatorReRating([made, now], '');
        const again = stored.slice(skipped).map((one) => reRating.rate(one.charge, made));
        const expected = rated(now, cumulative).slice(skipped);
        expect(again).toEqual(
          expected.map(({ amount, shares }) => ({ outcome: 'rated', version: 2, amount, shares })),
        );
      },
    ),
    { numRuns: 10_000 },
  );
}, 60_000);

test('the version in force at each event prices it, and quantity carries over', () => {
  const tiered = {
    ...BASE,
    version: 2,
    effectiveFrom: 200,
    model: {
      kind: 'graduated',
      tiers: [{ upTo: '2', unitPrice: '0.005' }, { unitPrice: '0.001' }],
    },
  } satisfies Price;
  const reRating = new AccumulatorReRating([BASE, tiered], '');
  const steps = [150, 200, 199, 300].map((occurredAt, at) =>
    charge({ occurredAt, quantityBefore: BigInt(at) * ONE, quantityAfter: BigInt(at + 1) * ONE }),
  );
  expect(steps.map((step) => reRating.rate(step, BASE))).toMatchObject([
    { version: 1, amount: 2_000_000n, shares: [{ creator: 'ann', amountNanos: 1_400_000n }] },
    { version: 2, amount: 5_000_000n, shares: [{ creator: 'ann', amountNanos: 3_500_000n }] },
    { version: 1, amount: 2_000_000n },
    { version: 2, amount: 1_000_000n },
  ]);
});

const CELLS = {
  kind: 'matrix',
  dimensions: ['format'],
  cells: [
    { values: { format: 'text' }, model: { kind: 'per_unit', unitPrice: '1' } },
    { values: { format: 'video' }, model: { kind: 'per_unit', unitPrice: '2' } },
  ],
  default: { kind: 'per_unit', unitPrice: '3' },
} as const;
const MATRIX: Price = { ...BASE, model: CELLS };
const [TEXT, VIDEO] = CELLS.cells;
const AUDIO = { values: { format: 'audio' }, model: { kind: 'per_unit', unitPrice: '9' } } as const;

test.each([
  ['a cell of its own', '{"format":"video"}', { ...CELLS, cells: [VIDEO] }, 2_000_000_000n],
  [
    'a cell beside a new one',
    '{"format":"text"}',
    { ...CELLS, cells: [AUDIO, TEXT] },
    1_000_000_000n,
  ],
  ['the default of the same cells', '{}', { ...CELLS, cells: [VIDEO, TEXT] }, 3_000_000_000n],
  [
    'the default, of which a cell was taken',
    '{}',
    { ...CELLS, cells: [TEXT, VIDEO, AUDIO] },
    undefined,
  ],
  ['the default, to which a cell was given', '{}', { ...CELLS, cells: [TEXT] }, undefined],
  ['a cell that is gone', '{"format":"text"}', { ...CELLS, cells: [VIDEO] }, undefined],
  ['a cell of a price that has none any more', '{"format":"text"}', BASE.model, undefined],
  ['a price that has cells now', '', CELLS, undefined],
] as const)('of a matrix: %s', (_, cell, model, amount) => {
  const madeBy = cell === '' ? BASE : MATRIX;
  const reRating = new AccumulatorReRating([{ ...BASE, version: 2, model }], cell);
  expect(reRating.rate(charge(), madeBy)).toMatchObject(
    amount === undefined ? { outcome: 'left', reason: 'cells_differ' } : { version: 2, amount },
  );
});

const UNLOCK = { kind: 'unlock', item: 'section', unitPrice: '5', days: 30 } as const;

test.each([
  ['at another price', UNLOCK, { ...UNLOCK, unitPrice: '6' }, 6_000_000_000n],
  ['for another time', UNLOCK, { ...UNLOCK, days: 31 }, undefined],
  ['of another item', UNLOCK, { ...UNLOCK, item: 'page' }, undefined],
  ['that was none before', BASE.model, UNLOCK, undefined],
  ['that is none now', UNLOCK, BASE.model, undefined],
] as const)('an unlock %s', (_, made, model, amount) => {
  const reRating = new AccumulatorReRating([{ ...BASE, version: 2, model }], '');
  expect(reRating.rate(charge(), { ...BASE, model: made })).toMatchObject(
    amount === undefined ? { outcome: 'left', reason: 'unlocks_differ' } : { version: 2, amount },
  );
});

const OTHER_CREATOR = { kind: 'property', property: '/author' } as const;

test.each([
  ['no_price_in_force', { effectiveFrom: 101 }],
  ['another_meter', { meterKey: 'reads' }],
  ['another_currency', { currency: 'EUR' }],
  ['creators_differ', { split: [{ creator: OTHER_CREATOR, shareBps: 1 }] }],
  ['earlier_events_decide', { model: { kind: 'percentage', rate: '1', freeEvents: 1 } }],
  ['earlier_events_decide', { model: { kind: 'amount_on_event' }, maximum: '5' }],
  ['amount_below_minimum', { model: { kind: 'amount_on_event', minimum: '2' } }],
  ['amount_above_maximum', { model: { kind: 'amount_on_event', maximum: '0.5' } }],
  ['amount_out_of_range', { model: { kind: 'per_unit', unitPrice: '9999999999999' } }],
] as const)('a charge is left as it is: %s', (reason, changes) => {
  const reRating = new AccumulatorReRating([{ ...BASE, version: 2, ...changes }], '');
  expect(reRating.rate(charge(), BASE)).toEqual({ outcome: 'left', reason });
  expect(NOT_RE_RATED[reason]).not.toBe('');
});

test('what an event carried is priced again by itself, from where its amounts stood', () => {
  const model = { kind: 'percentage', rate: '10', fixed: '0.3', freeAmount: '5' } as const;
  const reRating = new AccumulatorReRating([{ ...BASE, version: 2, model }], '');
  const span = { quantityBefore: 4n * ONE, quantityAfter: 24n * ONE };
  expect(reRating.rate(charge(span), BASE)).toMatchObject({ amount: 2_200_000_000n });
  const falling = charge({ quantityBefore: ONE, quantityAfter: 0n });
  expect(reRating.rate(falling, BASE)).toEqual({
    outcome: 'left',
    reason: 'negative_event_amount',
  });
});

test('a quantity beyond the greatest is left as it is', () => {
  const quantityAfter = 10n ** 36n;
  const reRating = new AccumulatorReRating([BASE], '');
  const outcome = reRating.rate(charge({ quantityAfter }), BASE);
  expect(outcome).toEqual({ outcome: 'left', reason: 'quantity_out_of_range' });
});

test('creators go with the property that names them, and a fixed one needs none', () => {
  const creator = { kind: 'property', property: '/creator' } as const;
  const fixed = { kind: 'fixed', id: 'fund' } as const;
  const madeBy: Price = {
    ...BASE,
    split: [
      { creator: OTHER_CREATOR, shareBps: 1_000 },
      { creator, shareBps: 1_000 },
    ],
  };
  const now: Price = {
    ...BASE,
    version: 2,
    split: [
      { creator, shareBps: 5_000 },
      { creator: fixed, shareBps: 2_500 },
    ],
  };
  const reRating = new AccumulatorReRating([now], '');
  const outcome = reRating.rate(charge({ creators: ['bob', 'ann'] }), madeBy);
  expect(outcome).toMatchObject({
    shares: [
      { creator: 'ann', amountNanos: 1_000_000n },
      { creator: 'fund', amountNanos: 500_000n },
    ],
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNanos } from '../money/nanos.js';
import { anyEventModel, EVENT_KINDS, exactCharge } from './any-event-model.spec.js';
import { NOTHING_PRICED, type PricedState } from './compiled-event-price.js';
import {
  checkEventModel,
  compileEventModel,
  pricePerEvent,
  type EventModel,
} from './event-price.js';
import { explainEventPrice } from './explain-event-price.js';

function nanosOf(text: string): bigint {
  const parsed = parseNanos(text);
  if (parsed.outcome === 'refused') throw new Error(parsed.reason);
  return parsed.nanos;
}

type Steps = readonly (readonly [amount: string, charge: string])[];

const share = (rate: string, terms: object = {}): EventModel => ({
  kind: 'percentage',
  rate,
  ...terms,
});

test.each<[string, EventModel, string | undefined, Steps]>([
  [
    'a share',
    share('2.9'),
    undefined,
    [
      ['0', '0'],
      ['100', '2.9'],
      ['0.000000001', '0'],
    ],
  ],
  ['a share of nothing', share('0'), undefined, [['100', '0']]],
  ['a markup', share('120'), undefined, [['10', '12']]],
  [
    'halves are rounded to even, each event by itself',
    share('50'),
    undefined,
    [
      ['0.000000001', '0'],
      ['0.000000003', '0.000000002'],
      ['0.000000005', '0.000000002'],
    ],
  ],
  [
    'a fixed part, of nothing too',
    share('1', { fixed: '0.3' }),
    undefined,
    [
      ['0', '0.3'],
      ['10', '0.4'],
    ],
  ],
  [
    'a fixed part of 18 decimals is added before anything is rounded',
    share('50', { fixed: '0.000000000500000001' }),
    undefined,
    [
      ['0', '0.000000001'],
      ['0.000000001', '0.000000001'],
    ],
  ],
  [
    'minimum and maximum come after rate and fixed part',
    share('10', { fixed: '0.5', minimum: '1', maximum: '2' }),
    undefined,
    [
      ['0', '1'],
      ['4.999999999', '1'],
      ['5', '1'],
      ['5.00000001', '1.000000001'],
      ['15', '2'],
      ['15.00000001', '2'],
    ],
  ],
  [
    'free events are free whatever they carry, and no minimum touches them',
    share('10', { fixed: '0.5', minimum: '1', freeEvents: 2 }),
    undefined,
    [
      ['1000', '0'],
      ['0', '0'],
      ['0', '1'],
      ['10', '1.5'],
    ],
  ],
  ['no free events', share('10', { freeEvents: 0, freeAmount: '50' }), undefined, [['10', '1']]],
  [
    'what straddles the free amount pays the rate on the rest and the whole fixed part',
    share('10', { fixed: '0.5', freeAmount: '100' }),
    undefined,
    [
      ['90', '0'],
      ['15', '1'],
      ['10', '1.5'],
    ],
  ],
  [
    'what ends at the free amount is free; nothing after it is',
    share('10', { fixed: '0.5', minimum: '2', freeAmount: '100' }),
    undefined,
    [
      ['100', '0'],
      ['0', '2'],
    ],
  ],
  [
    'the events are used up first',
    share('10', { freeEvents: 1, freeAmount: '100' }),
    undefined,
    [
      ['10', '0'],
      ['10', '1'],
    ],
  ],
  [
    'the amount is used up first',
    share('10', { freeEvents: 9, freeAmount: '100' }),
    undefined,
    [
      ['110', '1'],
      ['10', '1'],
    ],
  ],
  [
    'a maximum of the period',
    share('10'),
    '2.5',
    [
      ['20', '2'],
      ['20', '0.5'],
      ['20', '0'],
    ],
  ],
  [
    'tiers count the cumulative paid amount, and their fee is paid once',
    {
      kind: 'graduated_percentage',
      tiers: [
        { upTo: '100', rate: '3' },
        { rate: '1', flatFee: '5' },
      ],
      freeAmount: '10',
      fixed: '0.1',
    },
    undefined,
    [
      ['10', '0'],
      ['100', '3.1'],
      ['0', '0.1'],
      ['100', '6.1'],
      ['100', '1.1'],
    ],
  ],
  [
    'an amount as it is given',
    { kind: 'amount_on_event' },
    undefined,
    [['12.345678901', '12.345678901']],
  ],
  [
    'an amount within its range, and more on top',
    { kind: 'amount_on_event', minimum: '1', maximum: '5', markup: '20' },
    undefined,
    [
      ['1', '1.2'],
      ['5', '6'],
    ],
  ],
])('%s', (_, model, periodMaximum, steps) => {
  const compiled = compileEventModel(model, periodMaximum);
  let state: PricedState = NOTHING_PRICED;
  for (const [amount, charge] of steps) {
    const priced = pricePerEvent(compiled, state, nanosOf(amount));
    expect(priced).toMatchObject({ outcome: 'priced', amount: nanosOf(charge) });
    if (priced.outcome === 'priced') state = priced.state;
  }
  const sumOf = (at: 0 | 1) => steps.reduce((sum, step) => sum + nanosOf(step[at]), 0n);
  expect(state).toEqual({ quantity: sumOf(0), amount: sumOf(1), events: steps.length });
});

const ranged: EventModel = { kind: 'amount_on_event', minimum: '1', maximum: '5' };

test.each<[string, EventModel, Partial<PricedState>, bigint]>([
  ['negative_event_amount', share('1'), {}, -1n],
  ['negative_event_amount', ranged, {}, -1n],
  ['amount_below_minimum', ranged, {}, 999_999_999n],
  ['amount_above_maximum', ranged, {}, 5_000_000_001n],
  ['quantity_out_of_range', share('0'), { quantity: 10n ** 36n - 1n }, 1n],
  ['amount_out_of_range', share('100'), {}, 2n ** 63n],
  ['amount_out_of_range', share('100'), { amount: 2n ** 63n - 1n }, 1n],
])('%s is a refusal', (reason, model, before, amount) => {
  const state = { ...NOTHING_PRICED, ...before };
  const outcome = pricePerEvent(compileEventModel(model), state, amount);
  expect(outcome).toEqual({ outcome: 'refused', reason });
});

test('the largest amount and the largest quantity are priced', () => {
  const largest = pricePerEvent(compileEventModel(share('100')), NOTHING_PRICED, 2n ** 63n - 1n);
  expect(largest).toMatchObject({ outcome: 'priced', amount: 2n ** 63n - 1n });
  const state = { ...NOTHING_PRICED, quantity: 10n ** 36n - 2n };
  expect(pricePerEvent(compileEventModel(share('0')), state, 1n).outcome).toBe('priced');
});

test('a version whose maximum is passed already charges nothing and gives nothing back', () => {
  const state = { quantity: 100n, amount: 50n, events: 1 };
  const priced = pricePerEvent(compileEventModel(share('10'), '0.00000001'), state, 1_000n);
  expect(priced).toMatchObject({ amount: 0n });
});

test.each<[string, string, EventModel]>([
  ['not_a_decimal', '/rate', share('much')],
  ['negative_rate', '/rate', share('-1')],
  ['too_many_decimals', '/rate', share(`0.${'0'.repeat(16)}1`)],
  ['negative_price', '/fixed', share('1', { fixed: '-1' })],
  ['negative_amount', '/minimum', share('1', { minimum: '-1' })],
  ['not_a_decimal', '/maximum', share('1', { maximum: '' })],
  ['minimum_above_maximum', '/minimum', share('1', { minimum: '2', maximum: '1.999999999' })],
  ['not_a_whole_number', '/freeEvents', share('1', { freeEvents: 1.5 })],
  ['not_a_whole_number', '/freeEvents', share('1', { freeEvents: -1 })],
  ['negative_amount', '/freeAmount', share('1', { freeAmount: '-1' })],
  ['no_tiers', '/tiers', { kind: 'graduated_percentage', tiers: [] }],
  [
    'last_tier_not_open',
    '/tiers/0/upTo',
    { kind: 'graduated_percentage', tiers: [{ upTo: '1', rate: '1' }] },
  ],
  ['negative_rate', '/tiers/0/rate', { kind: 'graduated_percentage', tiers: [{ rate: '-1' }] }],
  [
    'negative_price',
    '/tiers/0/flatFee',
    { kind: 'graduated_percentage', tiers: [{ rate: '1', flatFee: '-1' }] },
  ],
  [
    'free_events_with_tiers',
    '/freeEvents',
    { kind: 'graduated_percentage', tiers: [{ rate: '1' }], freeEvents: 1 },
  ],
  ['negative_rate', '/markup', { kind: 'amount_on_event', markup: '-1' }],
  ['minimum_above_maximum', '/minimum', { kind: 'amount_on_event', minimum: '2', maximum: '1' }],
  ['suggestion_out_of_range', '/suggestions/0', { ...ranged, suggestions: ['0.99', '1', '5'] }],
  ['suggestion_out_of_range', '/suggestions/2', { ...ranged, suggestions: ['1', '5', '5.01'] }],
  ['suggestion_named_twice', '/suggestions/1', { ...ranged, suggestions: ['2', '2.0'] }],
  ['negative_amount', '/suggestions/0', { kind: 'amount_on_event', suggestions: ['-1'] }],
])('%s at %s is found, and is a bug by the time that it is compiled', (reason, pointer, model) => {
  expect(checkEventModel(model)).toEqual([{ reason, pointer }]);
  expect(() => compileEventModel(model)).toThrow(`${reason} at ${pointer}`);
});

test('a maximum of the period is an amount', () => {
  expect(() => compileEventModel(share('1'), '-1')).toThrow('negative_amount at /periodMaximum');
});

const amounts = fc.array(fc.bigInt(0n, 200_000_000_000n), { maxLength: 8 });

describe.each(EVENT_KINDS)('%s with any terms', { timeout: 60_000 }, (kind) => {
  test('charges each event what its words say, and the state is the sum', () => {
    fc.assert(
      fc.property(anyEventModel(kind), amounts, (model, given) => {
        expect(checkEventModel(model)).toEqual([]);
        const compiled = compileEventModel(model);
        let state: PricedState = NOTHING_PRICED;
        let charged = 0n;
        given.forEach((amount, at) => {
          const priced = pricePerEvent(compiled, { ...state }, amount);
          if (priced.outcome === 'refused') throw new Error(priced.reason);
          const exact = exactCharge(model, given.slice(0, at), amount);
          const error = priced.amount * 10n ** 18n - exact;
          expect((error < 0n ? -error : error) * 2n <= 10n ** 18n).toBe(true);
          charged += priced.amount;
          ({ state } = priced);
        });
        const quantity = given.reduce((sum, amount) => sum + amount, 0n);
        expect(state).toEqual({ quantity, amount: charged, events: given.length });
      }),
      { numRuns: 10_000 },
    );
  });

  test('an explanation sums to the exact charge, and a period never passes its maximum', () => {
    const most = fc.bigInt(0n, 50_000_000_000n);
    fc.assert(
      fc.property(anyEventModel(kind), amounts, most, (model, given, maximum) => {
        const compiled = { ...compileEventModel(model), periodMaximum: maximum };
        let state: PricedState = NOTHING_PRICED;
        for (const eventAmount of given) {
          const { parts } = explainEventPrice(compiled, { before: state, eventAmount });
          const exact = parts.reduce((sum, part) => sum + exactNanos(part.amount), 0n);
          const priced = pricePerEvent(compiled, state, eventAmount);
          if (priced.outcome === 'refused') throw new Error(priced.reason);
          const error = priced.amount * 10n ** 18n - exact;
          expect((error < 0n ? -error : error) * 2n <= 10n ** 18n).toBe(true);
          ({ state } = priced);
          expect(state.amount <= maximum).toBe(true);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

/** In 1e-27 of the major unit. */
function exactNanos(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const absolute = BigInt(whole + fraction.padEnd(27, '0'));
  return text.startsWith('-') ? -absolute : absolute;
}

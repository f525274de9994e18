import { expect, test } from 'vitest';
import { compareEvents, type ComparedEvent } from './compare-events.js';
import type { EventUses, Use } from './event-uses.js';

function use(price: string, changes: Partial<Use> = {}): Use {
  return {
    charge: 'chg_1-0-0-0-0',
    position: '0-0-0',
    customer: 'ann',
    price,
    version: 1,
    cell: '',
    currency: 'USD',
    usageFrom: 0,
    quantity: 1n,
    amount: 10n,
    shares: [{ creator: 'joe', amountNanos: 7n }],
    isQuoted: false,
    isRefunded: false,
    ...changes,
  };
}

function event(eventId: string, uses: readonly Use[], changes: Partial<EventUses> = {}): EventUses {
  return {
    tenant: 'acme',
    source: 'web',
    eventId,
    uses: new Map(uses.map((one) => [one.price, one])),
    isCorrected: false,
    notMeteredAt: new Set(),
    rejectedAt: new Map(),
    ...changes,
  };
}

async function* each(events: readonly EventUses[]): AsyncGenerator<EventUses> {
  yield* events;
}

async function compared(
  stored: readonly EventUses[],
  fresh: readonly EventUses[],
  price?: string,
): Promise<ComparedEvent[]> {
  const found: ComparedEvent[] = [];
  for await (const one of compareEvents(each(stored), each(fresh), { price })) found.push(one);
  return found;
}

const shown = (found: readonly ComparedEvent[]) =>
  found.map((one) => [one.event.eventId, one.what, ...('why' in one ? [one.why] : [])]);

test('events meet in the order of their bytes, which is not that of their UTF-16 units', async () => {
  const names = ['a', 'b', '\uFFFD', '\u{1F600}'].map((id) => event(id, [use('p')]));
  const found = await compared([names[0]!, names[2]!, names[3]!], names.slice(1));
  expect(shown(found)).toEqual([
    ['a', 'not_charged', 'not_counted'],
    ['b', 'charged_anew'],
    ['\uFFFD', 'unchanged'],
    ['\u{1F600}', 'unchanged'],
  ]);
});

test.each([
  ['amount', { amount: 11n }],
  ['quantity', { quantity: 2n }],
  ['currency', { currency: 'EUR' }],
  ['cell', { cell: '{}' }],
  ['creator', { shares: [{ creator: 'kim', amountNanos: 7n }] }],
] as const)('a charge of another %s is changed', async (_, changes) => {
  expect(
    shown(await compared([event('1', [use('p')])], [event('1', [use('p', changes)])])),
  ).toEqual([['1', 'changed']]);
});

test('by another version, or elsewhere in the log, it is the same', async () => {
  const fresh = use('p', { version: 2, charge: 'chg_1-0-9-0-0', position: '0-9-0' });
  expect(shown(await compared([event('1', [use('p')])], [event('1', [fresh])]))).toEqual([
    ['1', 'unchanged'],
  ]);
});

test.each([
  ['corrected', event('1', [use('p')], { isCorrected: true }), event('1', [use('p'), use('q')])],
  ['refunded', event('1', [use('p', { isRefunded: true })]), event('1', [])],
  ['quoted', event('1', [use('p', { isQuoted: true })]), event('1', [use('p', { amount: 1n })])],
  [
    'no_longer_metered',
    event('1', [use('p')]),
    event('1', [use('p', { amount: 1n })], { notMeteredAt: new Set(['0-0-0']) }),
  ],
])('what is %s is left as it is', async (why, stored, fresh) => {
  expect(shown(await compared([stored], [fresh]))).toEqual([['1', 'left', why]]);
});

test('an event that is rejected where it was charged says why, and elsewhere it does not', async () => {
  const stored = event('1', [use('p')]);
  const here = event('1', [], { rejectedAt: new Map([['0-0-0', 'no_price_in_force']]) });
  const there = event('1', [], { rejectedAt: new Map([['0-9-0', 'no_price_in_force']]) });
  expect(shown(await compared([stored], [here]))).toEqual([
    ['1', 'not_charged', 'no_price_in_force'],
  ]);
  expect(shown(await compared([stored], [there]))).toEqual([['1', 'not_charged', 'not_counted']]);
});

test('of one price only', async () => {
  const both = event('1', [use('p'), use('q')]);
  expect(await compared([both], [event('1', [use('r')])], 'q')).toHaveLength(1);
});

import { describe, expect, it } from 'vitest';
import type { Meter } from '../metering/meter.js';
import type { Price } from '../pricing/price.js';
import { PriceBook, versionInForce } from './price-book.js';

const STANDARD = { tenant: 'acme', plan: 'standard', currency: 'USD', priceOverrides: [] };

type Entry = { readonly price: Price } | { readonly plan: readonly string[] };

const plan = (prices: string[]): Entry => ({ plan: prices });
const priceOf = (given: Pick<Price, 'key' | 'meterKey'> & Partial<Price>): Entry => ({
  price: {
    tenant: 'acme',
    version: 1,
    currency: 'USD',
    model: { kind: 'per_unit', unitPrice: '1' },
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [],
    description: 'A thing',
    ...given,
  },
});

const VISITORS: Meter = {
  tenant: 'acme',
  key: 'visitors',
  version: 1,
  eventTypes: ['page.viewed'],
  aggregation: 'unique',
  valuePointer: '/visitor',
  filter: [],
  dimensions: [],
};

/** A catalog whose versions are these entries, from 1. */
function bookOf(entries: readonly Entry[]): PriceBook {
  return new PriceBook({
    planAt: (_tenant, _key, at) => {
      const found = entries.slice(0, at).findLast((entry) => 'plan' in entry);
      return found && { prices: found.plan };
    },
    priceVersionsAt: (_tenant, key, at) =>
      entries
        .slice(0, at)
        .flatMap((entry) => ('price' in entry && entry.price.key === key ? [entry.price] : [])),
    meterAt: (_tenant, key) => (key === 'visitors' ? VISITORS : undefined),
  });
}

describe('the prices of a plan', () => {
  it('come in byte order of their keys, whatever the order of meters and plan', () => {
    const book = bookOf([
      priceOf({ key: 'z', meterKey: 'm1' }),
      priceOf({ key: 'a-b', meterKey: 'm2' }),
      priceOf({ key: 'a', meterKey: 'm1' }),
      plan(['z', 'a-b', 'a']),
    ]);
    const prices = book.plan(STANDARD, 4)!.of(['m2', 'm1', 'm3']);
    expect(prices.priced.map(({ price, reading }) => [price, reading])).toEqual([
      ['a', 1],
      ['a-b', 0],
      ['z', 1],
    ]);
    expect(prices.unpriced).toEqual([{ reading: 2, aggregation: 'sum' }]);
  });

  it('are those of the catalog version of the event, whatever was read since', () => {
    const book = bookOf([
      priceOf({ key: 'a', meterKey: 'm' }),
      plan(['a']),
      plan([]),
      priceOf({ key: 'a', meterKey: 'm', version: 2 }),
    ]);
    expect(book.plan(STANDARD, 1)).toBeUndefined();
    expect(book.plan(STANDARD, 2)!.of(['m']).priced).toHaveLength(1);
    expect(book.plan(STANDARD, 3)!.of(['m']).priced).toHaveLength(0);
    expect(book.plan(STANDARD, 2)!.of(['m']).priced[0]!.versions).toHaveLength(1);
  });

  it('say which meters need a memory of what came before', () => {
    const book = bookOf([
      priceOf({ key: 'a', meterKey: 'm' }),
      priceOf({ key: 'b', meterKey: 'visitors' }),
      plan(['a']),
      plan(['a', 'b']),
    ]);
    expect(book.plan(STANDARD, 3)!.countsUnique).toBe(false);
    expect(book.plan(STANDARD, 4)!.countsUnique).toBe(true);
    const { priced } = book.plan(STANDARD, 4)!.of(['m', 'visitors']);
    expect(priced.map(({ memory }) => memory)).toEqual([
      undefined,
      { kind: 'unique', valuePointer: '/visitor' },
    ]);
  });

  it('are only those in the currency of the customer', () => {
    const book = bookOf([
      priceOf({ key: 'eur', meterKey: 'm', currency: 'EUR' }),
      priceOf({ key: 'usd', meterKey: 'm' }),
      plan(['eur', 'usd']),
    ]);
    const [only, ...others] = book.plan(STANDARD, 3)!.of(['m']).priced;
    expect([only!.price, others]).toEqual(['usd', []]);
    expect(book.plan({ ...STANDARD, currency: 'JPY' }, 3)!.of(['m']).unpriced).toHaveLength(1);
  });
});

function keysOf(book: PriceBook, priceOverrides: string[], catalogVersion: number): string[] {
  const prices = book.plan({ ...STANDARD, priceOverrides }, catalogVersion)!;
  return prices.of(['m', 'm2']).priced.map(({ price }) => price);
}

describe('the prices of a plan with overrides', () => {
  const ENTRIES = [
    priceOf({ key: 'a', meterKey: 'm' }),
    priceOf({ key: 'b', meterKey: 'm2' }),
    plan(['a', 'b']),
    priceOf({ key: 'own', meterKey: 'm' }),
  ];
  it('are the overrides and what is left of the plan, from the catalog version that knows them', () => {
    const book = bookOf(ENTRIES);
    expect(keysOf(book, ['own'], 3)).toEqual(['a', 'b']);
    expect(keysOf(book, ['own'], 4)).toEqual(['b', 'own']);
    expect(keysOf(book, [], 4)).toEqual(['a', 'b']);
    expect(book.plan({ ...STANDARD, priceOverrides: ['own'] }, 2)).toBeUndefined();
  });

  it('are remembered of as many customers as fit, those that were asked for last', () => {
    const book = bookOf(ENTRIES);
    const priced = (customer: number) =>
      book.plan({ ...STANDARD, priceOverrides: ['own', `of-${customer}`] }, 4);
    const [first, second] = [priced(0), priced(1)];
    expect(first!.of(['m']).priced).toHaveLength(1);
    for (let customer = 2; customer < 1_000; customer++) priced(customer);
    expect(priced(0)).toBe(first);
    priced(1_000);
    expect(priced(0)).toBe(first);
    expect(priced(1)).not.toBe(second);
  });
});

it.each([
  [99, undefined],
  [100, 1],
  [199, 1],
  [200, 3],
  [500, 3],
])('at %d the version in force is %s', (occurredAt, version) => {
  const versions = [
    { version: 1, effectiveFrom: 100 },
    { version: 2, effectiveFrom: 200 },
    { version: 3, effectiveFrom: 200 },
  ];
  const reading = { reading: 0, meter: 'm', price: 'a', versions } as never;
  expect(versionInForce(reading, occurredAt)?.version).toBe(version);
  const one = { reading: 0, meter: 'm', price: 'a', versions: versions.slice(0, 1) } as never;
  expect(versionInForce(one, occurredAt)?.version).toBe(version === undefined ? undefined : 1);
});

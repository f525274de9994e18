import { describe, expect, it } from 'vitest';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { priceThing, viewOf } from '../rating-harness.spec.js';
import { PriceBook, versionInForce } from './price-book.js';

const plan = (prices: string[], version = 1): CatalogThing => ({
  kind: 'plan',
  plan: { tenant: 'acme', key: 'standard', version, prices },
});
const STANDARD = { tenant: 'acme', plan: 'standard', currency: 'USD' };

function bookOf(things: readonly CatalogThing[]): PriceBook {
  return new PriceBook(viewOf(things));
}

describe('the prices of a plan', () => {
  it('come in byte order of their keys, whatever the order of meters and plan', () => {
    const book = bookOf([
      priceThing('acme', { key: 'z', meterKey: 'm1' }),
      priceThing('acme', { key: 'a-b', meterKey: 'm2' }),
      priceThing('acme', { key: 'a', meterKey: 'm1' }),
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
      priceThing('acme', { key: 'a', meterKey: 'm' }),
      plan(['a']),
      plan([], 2),
      priceThing('acme', { key: 'a', meterKey: 'm', version: 2 }),
    ]);
    expect(book.plan(STANDARD, 1)).toBeUndefined();
    expect(book.plan(STANDARD, 2)!.of(['m']).priced).toHaveLength(1);
    expect(book.plan(STANDARD, 3)!.of(['m']).priced).toHaveLength(0);
    expect(book.plan(STANDARD, 2)!.of(['m']).priced[0]!.versions).toHaveLength(1);
  });

  it('are only those in the currency of the customer', () => {
    const book = bookOf([
      priceThing('acme', { key: 'eur', meterKey: 'm', currency: 'EUR' }),
      priceThing('acme', { key: 'usd', meterKey: 'm' }),
      plan(['eur', 'usd']),
    ]);
    const [only, ...others] = book.plan(STANDARD, 3)!.of(['m']).priced;
    expect([only!.price, others]).toEqual(['usd', []]);
    expect(book.plan({ ...STANDARD, currency: 'JPY' }, 3)!.of(['m']).unpriced).toHaveLength(1);
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

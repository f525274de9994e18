import { expect, it, test } from 'vitest';
import { ONE } from '../metering/quantity.js';
import { formatNanos } from '../money/nanos.js';
import { BOOK, bookWith } from './book-of-articles.spec.js';
import { mergePriceBooks } from './merge-price-books.js';
import type { BookPrice } from './price-book.js';
import { compileBook, priceUsage } from './price-usage.js';

const AT = Date.UTC(2026, 5) * 1_000;
const reader = (
  units: number,
  rest: { plan?: string; currency?: string; priceOverrides?: string[] } = {},
) => ({
  plan: 'reader',
  currency: 'USD',
  priceOverrides: [],
  quantities: new Map([['articles', BigInt(units) * ONE]]),
  ...rest,
});
const perUnit = (unitPrice: string): BookPrice['model'] => ({ kind: 'per_unit', unitPrice });

test.each<[string, Parameters<typeof bookWith>[0], number, string]>([
  ['per unit', {}, 12, '3.000000000'],
  [
    'by the package, after the transform and the free units',
    {
      transform: { divideBy: '10', round: 'up' },
      freeQuantity: '2',
      model: { kind: 'package', size: '3', packagePrice: '1' },
    },
    // 61 → 7, of which 5 are paid: two packages.
    61,
    '2.000000000',
  ],
  ['up to the maximum', { maximum: '2' }, 12, '2.000000000'],
  ['no less than the minimum', { minimum: '5' }, 12, '5.000000000'],
])('prices a month %s', (_, price, units, cost) => {
  const priced = compileBook(bookWith(price), AT);
  expect(priced.notByQuantity).toEqual([]);
  expect(formatNanos(priceUsage(priced, reader(units)))).toBe(cost);
});

it('leaves out by name what a quantity alone does not decide', () => {
  const unlock = bookWith({ model: { kind: 'unlock', item: 'article', unitPrice: '1' } });
  const tip = bookWith({ model: { kind: 'amount_on_event', minimum: '1' } });
  for (const book of [unlock, tip]) {
    const priced = compileBook(book, AT);
    expect(priced.notByQuantity).toEqual(['articles']);
    expect(priceUsage(priced, reader(3))).toBe(0n);
  }
});

it('takes the version that is in force, of those that begin together the last', () => {
  const book = bookWith(
    {},
    { effectiveFrom: '2026-05-01T00:00:00Z', model: perUnit('1') },
    { effectiveFrom: '2026-05-01T00:00:00Z', model: perUnit('2') },
    { effectiveFrom: '2026-07-01T00:00:00Z', model: perUnit('3') },
  );
  expect(priceUsage(compileBook(book, AT), reader(1))).toBe(2n * 10n ** 9n);
  expect(priceUsage(compileBook(book, 0), reader(1))).toBe(0n);
});

it('prices by the plan and the currency of the customer, and leaves out what it is told', () => {
  const priced = compileBook(BOOK, AT);
  expect(priceUsage(priced, reader(4))).toBe(10n ** 9n);
  expect(priceUsage(priced, reader(4, { plan: 'other' }))).toBe(0n);
  expect(priceUsage(priced, reader(4, { currency: 'EUR' }))).toBe(0n);
  expect(priceUsage(priced, { ...reader(0), quantities: new Map() })).toBe(0n);
  expect(priceUsage(priced, reader(4), new Set(['articles']))).toBe(0n);
});

it('merges a book into what is there: what it leaves out stays, the same name is replaced', () => {
  const before = { ...BOOK, plans: [...BOOK.plans, { key: 'old', prices: ['articles'] }] };
  const after = bookWith({
    effectiveFrom: '2026-01-01T02:00:00+02:00',
    model: perUnit('9'),
  });
  const merged = mergePriceBooks(before, after);
  expect(merged.plans.map(({ key }) => key)).toEqual(['reader', 'old']);
  expect(merged.prices).toEqual(after.prices);
  const later = bookWith({ effectiveFrom: '2027-01-01T00:00:00Z' });
  expect(mergePriceBooks(before, later).prices).toHaveLength(2);
});

it('prices by what a customer has of its own in place of its plan, whatever that leaves out', () => {
  const [own] = bookWith({ model: perUnit('1') }).prices;
  const [unlock] = bookWith({ model: { kind: 'unlock', item: 'article', unitPrice: '1' } }).prices;
  const prices = [...BOOK.prices, { ...own!, key: 'own' }, { ...unlock!, key: 'unlock' }];
  const priced = compileBook({ ...BOOK, prices }, AT);
  const cost = (...priceOverrides: string[]) => priceUsage(priced, reader(4, { priceOverrides }));
  expect(cost('own')).toBe(4n * 10n ** 9n);
  expect(cost('unlock')).toBe(0n);
  expect(cost('unknown')).toBe(10n ** 9n);
});

import { expect, it } from 'vitest';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import type { PriceBook } from '@farthing/domain/price-book/price-book';
import { previewBook } from './preview-book.js';

/** An API that has these items in its lists. */
function apiWith(lists: Readonly<Record<string, readonly object[]>>): ApiClient {
  const pages = async function* (path: string, item: { parse: (value: unknown) => unknown }) {
    for (const one of lists[path.split('?')[0]!] ?? []) yield item.parse(one);
  };
  return { pages } as unknown as ApiClient;
}

const bookAt = (unitPrice: string): PriceBook => ({
  meters: [],
  prices: [
    {
      key: 'articles',
      meter: 'articles',
      currency: 'USD',
      effectiveFrom: '2020-01-01T00:00:00Z',
      description: 'An article',
      model: { kind: 'per_unit', unitPrice },
    },
  ],
  plans: [{ key: 'reader', prices: ['articles'] }],
});

/** With a price in no plan. */
function withOwn(unitPrice: string): PriceBook {
  const book = bookAt('9');
  const [articles] = bookAt(unitPrice).prices;
  return { ...book, prices: [...book.prices, { ...articles!, key: 'own' }] };
}

const TERMS = {
  at: Date.UTC(2026, 5) * 1_000,
  from: '2026-05-01T00:00:00Z',
  to: '2026-06-01T00:00:00Z',
};
const used = (customer: string, price: string, quantity: string) => ({
  customer,
  meter: 'articles',
  price,
  quantity,
});

it('prices what was used: of several prices of a meter the most, and what none counted on top', async () => {
  const api = apiWith({
    '/v1/customers': [
      { id: 'a', plan: 'reader', currency: 'USD' },
      { id: 'b', plan: 'reader', currency: 'USD' },
      { id: 'no-plan', currency: 'USD' },
    ],
    '/v1/usage': [
      used('a', '', '2'),
      used('a', 'articles', '10'),
      used('a', 'loyalty', '7'),
      used('b', 'articles', '-3'),
      used('no-plan', '', '5'),
      used('stranger', '', '5'),
    ],
  });
  const books = { present: bookAt('0.5'), proposed: bookAt('0.75') };
  expect(await previewBook(api, books, TERMS)).toEqual({
    customers: [
      { customer: 'a', currency: 'USD', before: 6_000_000_000n, after: 9_000_000_000n },
      { customer: 'b', currency: 'USD', before: 0n, after: 0n },
      { customer: 'no-plan', currency: 'USD', before: 0n, after: 0n },
    ],
    leftOut: [],
    unknownCustomers: 1,
  });
});

it('prices a customer by its own prices in place of the plan', async () => {
  const api = apiWith({
    '/v1/customers': [{ id: 'a', plan: 'reader', currency: 'USD', priceOverrides: ['own'] }],
    '/v1/usage': [used('a', 'own', '4')],
  });
  const books = { present: withOwn('0.5'), proposed: withOwn('0.25') };
  const { customers } = await previewBook(api, books, TERMS);
  expect(customers).toMatchObject([{ before: 2_000_000_000n, after: 1_000_000_000n }]);
});

it('keeps what the proposed book leaves out', async () => {
  const api = apiWith({
    '/v1/customers': [{ id: 'a', plan: 'reader', currency: 'USD' }],
    '/v1/usage': [used('a', 'articles', '1')],
  });
  const books = { present: bookAt('0.5'), proposed: { meters: [], prices: [], plans: [] } };
  const { customers } = await previewBook(api, books, TERMS);
  expect(customers).toMatchObject([{ before: 500_000_000n, after: 500_000_000n }]);
});

import type { BookPrice, PriceBook } from './price-book.js';

/** A book in which there is nothing to find, for specs to break. */
export const ARTICLES: BookPrice = {
  key: 'articles',
  meter: 'articles',
  currency: 'USD',
  effectiveFrom: '2026-01-01T00:00:00Z',
  description: 'An article',
  model: { kind: 'per_unit', unitPrice: '0.25' },
};

export const BOOK: PriceBook = {
  meters: [{ key: 'articles', eventTypes: ['article.read'], aggregation: 'count' }],
  prices: [ARTICLES],
  plans: [{ key: 'reader', prices: ['articles'] }],
};

/** The same with other fields in its price, and more versions of it. */
export function bookWith(
  price: { readonly [field in keyof BookPrice]?: unknown },
  ...versions: ReadonlyArray<Partial<BookPrice>>
): PriceBook {
  const first = { ...ARTICLES, ...price } as BookPrice;
  return { ...BOOK, prices: [first, ...versions.map((version) => ({ ...first, ...version }))] };
}

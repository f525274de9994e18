import { expect, it } from 'vitest';
import { ARTICLES, BOOK, bookWith } from './book-of-articles.spec.js';
import { diffPriceBooks } from './diff-price-books.js';
import type { PriceBook } from './price-book.js';

const EMPTY: PriceBook = { meters: [], prices: [], plans: [] };
const effectiveFrom = '2026-01-01T00:00:00.000000Z';

it('reads everything of a first book as added, in an order in which it can be made', () => {
  expect(diffPriceBooks(EMPTY, BOOK)).toEqual({
    changes: [
      { change: 'added', thing: 'meter', key: 'articles', reading: ['count, of article.read.'] },
      {
        change: 'added',
        thing: 'price',
        key: 'articles',
        effectiveFrom,
        reading: [
          'An article, in USD by the meter articles, taxed as standard.',
          'Each unit costs 0.25.',
        ],
      },
      { change: 'added', thing: 'plan', key: 'reader', reading: ['articles.'] },
    ],
    refusals: [],
  });
});

it('finds no change where a book leaves out what is the default, or writes an instant otherwise', () => {
  const explicit: PriceBook = {
    meters: BOOK.meters.map((meter) => ({ ...meter, filter: [], dimensions: [] })),
    prices: [{ ...ARTICLES, taxCategory: 'standard', split: [], effectiveFrom }],
    plans: BOOK.plans,
  };
  expect(diffPriceBooks(BOOK, explicit).changes).toEqual([]);
  expect(diffPriceBooks(explicit, BOOK).changes).toEqual([]);
});

it('names the fields that differ, and reads the price before and after', () => {
  const dearer = bookWith({
    model: { kind: 'per_unit', unitPrice: '0.3' },
    maximum: '5',
    split: [
      { creator: { property: '/creator' }, shareBps: 7_000 },
      { creator: { id: 'house' }, shareBps: 500 },
    ],
  });
  const { changes } = diffPriceBooks(BOOK, dearer);
  expect(changes).toEqual([
    {
      change: 'changed',
      thing: 'price',
      key: 'articles',
      effectiveFrom,
      fields: ['maximum', 'model', 'split'],
      before: [
        'An article, in USD by the meter articles, taxed as standard.',
        'Each unit costs 0.25.',
      ],
      after: [
        'An article, in USD by the meter articles, taxed as standard.',
        'Each unit costs 0.3.',
        'A period costs at most 5.',
        'the creator at /creator gets 7000 of 10000.',
        'house gets 500 of 10000.',
      ],
    },
  ]);
});

it('takes a version at another instant for a new one', () => {
  const later = {
    effectiveFrom: '2027-01-01T00:00:00Z',
    model: { kind: 'per_unit', unitPrice: '1' },
  };
  const { changes } = diffPriceBooks(BOOK, bookWith({}, later as Partial<typeof ARTICLES>));
  expect(changes).toMatchObject([
    { change: 'added', thing: 'price', effectiveFrom: '2027-01-01T00:00:00.000000Z' },
  ]);
});

it('lets the last of those that begin together count', () => {
  const corrected = bookWith({ description: 'A typo' }, { description: 'An article' });
  expect(diffPriceBooks(BOOK, corrected).changes).toEqual([]);
  expect(diffPriceBooks(corrected, BOOK).changes).toEqual([]);
  expect(diffPriceBooks(BOOK, bookWith({}, { description: 'A typo' })).changes).toMatchObject([
    { change: 'changed', fields: ['description'] },
  ]);
});

it('reads what a meter counts, where and by what', () => {
  const narrowed: PriceBook = {
    ...BOOK,
    meters: [
      {
        key: 'articles',
        eventTypes: ['article.read', 'article.heard'],
        aggregation: 'sum',
        value: '/words',
        filter: [{ op: 'eq', pointer: '/status', value: 200 }],
        dimensions: [{ name: 'format', pointer: '/format' }],
        unit: { name: 'page', size: '250' },
      },
    ],
  };
  expect(diffPriceBooks(BOOK, narrowed).changes).toMatchObject([
    {
      thing: 'meter',
      fields: ['aggregation', 'dimensions', 'eventTypes', 'filter', 'unit', 'value'],
      after: [
        'sum of /words, of article.read, article.heard where [{"op":"eq","pointer":"/status","value":200}], by format at /format.',
        'Usage is shown in page, of 250 units each.',
      ],
    },
  ]);
});

it('says what leaves a plan, and what the book leaves out', () => {
  const empty: PriceBook = { ...EMPTY, plans: [{ key: 'reader', prices: [] }] };
  expect(diffPriceBooks(BOOK, empty).changes).toEqual([
    { change: 'left_out', thing: 'meter', key: 'articles' },
    { change: 'left_out', thing: 'price', key: 'articles', effectiveFrom },
    {
      change: 'changed',
      thing: 'plan',
      key: 'reader',
      fields: ['prices'],
      before: ['articles.'],
      after: ['No prices.'],
    },
    { change: 'taken_out_of_plan', thing: 'plan', key: 'reader', price: 'articles' },
  ]);
});

it('refuses another meter or currency for a key that exists, at any instant', () => {
  const moved = bookWith({
    effectiveFrom: '2027-01-01T00:00:00Z',
    meter: 'clips',
    currency: 'EUR',
  });
  expect(diffPriceBooks(BOOK, moved).refusals).toEqual([
    { reason: 'meter_differs', key: 'articles', before: 'articles', after: 'clips' },
    { reason: 'currency_differs', key: 'articles', before: 'USD', after: 'EUR' },
  ]);
});

it('refuses another aggregation for a meter that exists', () => {
  const [meter, ...others] = BOOK.meters;
  const changed = { ...BOOK, meters: [{ ...meter!, aggregation: 'max' as const }, ...others] };
  expect(diffPriceBooks(BOOK, changed).refusals).toEqual([
    { reason: 'aggregation_differs', key: meter!.key, before: meter!.aggregation, after: 'max' },
  ]);
});

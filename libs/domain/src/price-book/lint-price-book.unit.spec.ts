import { readFileSync } from 'node:fs';
import { expect, it, test } from 'vitest';
import { BOOK_SENTENCES } from './book-finding.js';
import { ARTICLES, BOOK, bookWith } from './book-of-articles.spec.js';
import { lintPriceBook } from './lint-price-book.js';
import type { PriceBook } from './price-book.js';

const NOW = Date.UTC(2026, 5, 1) * 1_000;
const LATER = '2026-03-01T00:00:00Z';

const tiered = (kind: 'graduated' | 'volume', ...tiers: object[]) => ({ model: { kind, tiers } });

/** One finding each: its code, whether it is a warning, its place, and a book that has it. */
const PLANTED: ReadonlyArray<readonly [string, 'error' | 'warning', string, PriceBook]> = [
  [
    'later_tier_dearer',
    'warning',
    '/prices/0/model/tiers/1',
    bookWith(tiered('graduated', { upTo: '10', unitPrice: '1' }, { unitPrice: '1.000000001' })),
  ],
  [
    'volume_rebate',
    'warning',
    '/prices/0/model/tiers/1',
    bookWith(tiered('volume', { upTo: '10', unitPrice: '1' }, { unitPrice: '0.9' })),
  ],
  [
    'tier_unreachable',
    'warning',
    '/prices/0/model/tiers/1',
    bookWith({
      ...tiered('graduated', { upTo: '10', unitPrice: '1' }, { unitPrice: '0.9' }),
      maximum: '10',
    }),
  ],
  ['price_in_no_plan', 'warning', '/prices/0/key', { ...BOOK, plans: [] }],
  [
    'not_in_force_yet',
    'warning',
    '/prices/0/effectiveFrom',
    bookWith({ effectiveFrom: '2026-06-01T00:00:00.000001Z' }),
  ],
  [
    'key_named_twice',
    'error',
    '/meters/1/key',
    { ...BOOK, meters: [...BOOK.meters, ...BOOK.meters] },
  ],
  ['key_named_twice', 'error', '/plans/1/key', { ...BOOK, plans: [...BOOK.plans, ...BOOK.plans] }],
  [
    'price_named_twice',
    'error',
    '/plans/0/prices/1',
    { ...BOOK, plans: [{ key: 'reader', prices: ['articles', 'articles'] }] },
  ],
  [
    'same_effective_from',
    'error',
    '/prices/1/effectiveFrom',
    bookWith({}, { effectiveFrom: '2026-01-01T01:00:00+01:00' }),
  ],
  ['unknown_meter', 'error', '/prices/0/meter', bookWith({ meter: 'clips' })],
  [
    'unknown_price',
    'error',
    '/plans/0/prices/1',
    { ...BOOK, plans: [{ key: 'reader', prices: ['articles', 'clips'] }] },
  ],
  [
    'meter_differs',
    'error',
    '/prices/1/meter',
    {
      ...bookWith({}, { effectiveFrom: LATER, meter: 'other' }),
      meters: [...BOOK.meters, { ...BOOK.meters[0]!, key: 'other' }],
    },
  ],
  [
    'currency_differs',
    'error',
    '/prices/1/currency',
    bookWith({}, { effectiveFrom: LATER, currency: 'EUR' }),
  ],
  ['not_a_price_model', 'error', '/prices/0/model', bookWith({ model: { kind: 'barter' } })],
  ['not_a_price_model', 'error', '/prices/0/model', bookWith({ model: { kind: 'volume' } })],
  [
    'decimal_not_text',
    'error',
    '/prices/0/model/unitPrice',
    bookWith({ model: { kind: 'per_unit', unitPrice: 0.1 } }),
  ],
  ['decimal_not_text', 'error', '/prices/0/maximum', bookWith({ maximum: 5 })],
  ['unknown_currency', 'error', '/prices/0/currency', bookWith({ currency: 'usd' })],
  ...(
    [
      ['not_a_timestamp', '2026-01-01'],
      ['no_such_date', '2026-02-30T00:00:00Z'],
      ['no_such_time', '2026-02-28T24:00:00Z'],
      ['no_such_offset', '2026-02-28T00:00:00+24:00'],
      ['timestamp_out_of_range', '2200-01-01T00:00:00Z'],
    ] as const
  ).map(
    ([code, effectiveFrom]) =>
      [code, 'error', '/prices/0/effectiveFrom', bookWith({ effectiveFrom })] as const,
  ),
  [
    'negative_price',
    'error',
    '/prices/0/model/unitPrice',
    bookWith({ model: { kind: 'per_unit', unitPrice: '-1' } }),
  ],
  ['not_a_quantity', 'error', '/prices/0/freeQuantity', bookWith({ freeQuantity: '-1' })],
  [
    'shares_exceed_whole',
    'error',
    '/prices/0/split',
    bookWith({
      split: [
        { creator: { id: 'ada' }, shareBps: 7_000 },
        { creator: { property: '/creator' }, shareBps: 3_001 },
      ],
    }),
  ],
  [
    'unlock_needs_count',
    'error',
    '/prices/0/meter',
    {
      ...bookWith({ model: { kind: 'unlock', item: 'article', unitPrice: '1', days: 30 } }),
      meters: [
        {
          ...BOOK.meters[0]!,
          aggregation: 'sum',
          value: '/words',
          dimensions: [{ name: 'article', pointer: '/article' }],
        },
      ],
    },
  ],
  [
    'event_amount_needs_sum',
    'error',
    '/prices/0/meter',
    bookWith({ model: { kind: 'amount_on_event', minimum: '1' } }),
  ],
  [
    'later_tier_dearer',
    'warning',
    '/prices/0/model/tiers/1',
    {
      ...bookWith({
        model: {
          kind: 'graduated_percentage',
          tiers: [{ upTo: '10', rate: '2.9' }, { rate: '3' }],
        },
      }),
      meters: [{ ...BOOK.meters[0]!, aggregation: 'sum', value: '/price' }],
    },
  ],
  [
    'value_pointer_unused',
    'error',
    '/meters/0/value',
    { ...BOOK, meters: [{ ...BOOK.meters[0]!, value: '/bytes' }] },
  ],
];

it('finds nothing in a book without a fault', () => {
  expect(lintPriceBook(BOOK, NOW)).toEqual([]);
  expect(lintPriceBook(bookWith({}, { effectiveFrom: LATER }), NOW)).toEqual([]);
});

test.each(PLANTED)('%s (%s) at %s', (code, severity, pointer, book) => {
  const sentence = BOOK_SENTENCES[code];
  expect(lintPriceBook(book, NOW)).toEqual([{ code, severity, pointer, sentence }]);
});

test.each([
  ['a cheaper tier is not dearer', { upTo: '10', unitPrice: '1' }, { unitPrice: '1' }],
  [
    'blocks are compared by the unit',
    { upTo: '10', unitPrice: '1', blockSize: '10' },
    { unitPrice: '0.1' },
  ],
])('%s', (_, ...tiers) => {
  expect(lintPriceBook(bookWith(tiered('graduated', ...tiers)), NOW)).toEqual([]);
});

test.each([
  [['3', '1', '2'], [2]],
  [
    ['1', '3', '2'],
    [1, 2],
  ],
  [['1', '3', '1'], [1]],
])('compares a tier with the cheapest before it: %j', ([first, second, last], dearer) => {
  const tiers = [
    { upTo: '10', unitPrice: first },
    { upTo: '20', unitPrice: second },
    { unitPrice: last },
  ];
  const found = lintPriceBook(bookWith(tiered('graduated', ...tiers)), NOW);
  expect(found.map(({ code, pointer }) => [code, pointer])).toEqual(
    dearer.map((at) => ['later_tier_dearer', `/prices/0/model/tiers/${at}`]),
  );
});

it('takes a tier that costs nothing more for no rebate', () => {
  const rule = tiered('graduated', { upTo: '10', unitPrice: '1' }, { unitPrice: '0' });
  expect(lintPriceBook(bookWith(rule), NOW)).toEqual([]);
});

test.each([
  ['1', []],
  ['0.9', ['volume_rebate']],
])('sees whether a flat fee of %s makes up for a cheaper tier', (flatFee, codes) => {
  const rule = tiered('volume', { upTo: '10', unitPrice: '1' }, { unitPrice: '0.9', flatFee });
  expect(lintPriceBook(bookWith(rule), NOW).map(({ code }) => code)).toEqual(codes);
});

it('takes a tier that a rebate brings below the maximum for reachable', () => {
  const rule = tiered('volume', { upTo: '10', unitPrice: '1' }, { unitPrice: '0.5' });
  const found = lintPriceBook(bookWith({ ...rule, maximum: '8' }), NOW);
  expect(found.map(({ code }) => code)).toEqual(['volume_rebate']);
});

it('says that a key is not in force only when none of its versions is', () => {
  const ahead = '2027-01-01T00:00:00Z';
  expect(lintPriceBook(bookWith({}, { effectiveFrom: ahead }), NOW)).toEqual([]);
  const both = bookWith({ effectiveFrom: ahead }, { effectiveFrom: '2027-02-01T00:00:00Z' });
  expect(lintPriceBook(both, NOW).map(({ code }) => code)).toEqual(['not_in_force_yet']);
});

it('finds several things in one book, in its order', () => {
  const book: PriceBook = {
    ...BOOK,
    meters: [],
    prices: [{ ...ARTICLES, currency: '?' }],
    plans: [{ key: 'reader', prices: ['clips'] }],
  };
  expect(lintPriceBook(book, NOW).map(({ code }) => code)).toEqual([
    'unknown_currency',
    'unknown_meter',
    'price_in_no_plan',
    'unknown_price',
  ]);
});

/** Reasons that a check of the domain gives have tests beside that check. */
const FAULT_REASONS = [
  '../pricing/price-model-fault.ts',
  '../pricing/price.ts',
  '../metering/meter.ts',
]
  .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
  .flatMap((source) => /readonly reason:([^;]+);/.exec(source)?.[1]?.match(/\w+(?=')/g) ?? []);

/** Planted in the spec of `lintDimensions`. */
const OF_A_CELL = 'dimension_not_metered';

it('has a sentence for every reason that a check gives, and a planted book for every other code', () => {
  expect(FAULT_REASONS.length).toBeGreaterThan(30);
  expect(FAULT_REASONS.filter((reason) => !Object.hasOwn(BOOK_SENTENCES, reason))).toEqual([]);
  const planted = new Set([...PLANTED.map(([code]) => code), ...FAULT_REASONS, OF_A_CELL]);
  expect(Object.keys(BOOK_SENTENCES).filter((code) => !planted.has(code))).toEqual([]);
});

it('has a line of the documentation for every code', () => {
  const page = readFileSync(new URL('../../../../docs/price-book.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
  expect(listed.toSorted()).toEqual(Object.keys(BOOK_SENTENCES).toSorted());
});

import type { PriceModel } from '@farthing/domain/pricing/price-model';

/** One of the two meters that every event of the load passes, and its price under the same key. */
export interface BenchPrice {
  readonly key: string;
  /** JSON pointer of what is summed; absent for a count. */
  readonly value?: string;
  readonly model: PriceModel;
}

export const EVENT_TYPE = 'article.read';
export const CURRENCY = 'USD';
export const PLAN = 'reader';
export const CREATOR_POINTER = '/creator';
export const CREATOR_BPS = 7_000;
export const PRICES_FROM = '2020-01-01T00:00:00Z';

/** In byte order of the key, which is the order of an event's charges. */
export const BENCH_PRICES: readonly BenchPrice[] = [
  {
    key: 'articles',
    model: {
      kind: 'graduated',
      tiers: [
        { upTo: '20', unitPrice: '0.002' },
        { upTo: '100', unitPrice: '0.0015' },
        { unitPrice: '0.001' },
      ],
    },
  },
  { key: 'traffic', value: '/bytes', model: { kind: 'per_unit', unitPrice: '0.00000001' } },
];

/** What a tenant of a benchmark sells: documents of catalog, by key. */
export interface BenchTariff {
  readonly plan: string;
  readonly meters: readonly KeyedDocument[];
  readonly prices: readonly KeyedDocument[];
}

export interface KeyedDocument {
  readonly key: string;
  readonly document: object;
}

/** A price document without what all prices of the benchmarks have in common. */
export function benchPrice(key: string, rule: object): KeyedDocument {
  const document = {
    key,
    meter: key,
    currency: CURRENCY,
    effectiveFrom: PRICES_FROM,
    description: key,
    split: [{ creator: { property: CREATOR_POINTER }, shareBps: CREATOR_BPS }],
    ...rule,
  };
  return { key, document };
}

/** Of the load that all benchmarks have in common. */
export const BENCH_TARIFF: BenchTariff = {
  plan: PLAN,
  meters: BENCH_PRICES.map(({ key, value }) => ({
    key,
    document: {
      eventTypes: [EVENT_TYPE],
      aggregation: value === undefined ? 'count' : 'sum',
      ...(value === undefined ? {} : { value }),
      filter: [{ pointer: '/status', op: 'eq', value: 200 }],
    },
  })),
  prices: BENCH_PRICES.map(({ key, model }) => benchPrice(key, { model })),
};

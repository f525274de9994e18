import type { CatalogEntry } from '@farthing/contracts/catalog/catalog-message';
import type { Meter } from '@farthing/domain/metering/meter';
import type { AnyPriceRule } from '@farthing/domain/pricing/any-price-rule';

/** What the frozen catalog records of version 1 say. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    catalogVersion: 1,
    thing: {
      kind: 'tenant',
      tenant: {
        id: 'acme',
        version: 1,
        name: 'Acme',
        twinOf: '',
        unknownCustomers: 'refuse',
        defaults: {
          plan: 'standard',
          currency: 'USD',
          schedule: { timeZone: 'UTC', anchorAt: 1_577_836_800_000_000, interval: 'month' },
          funding: 'postpaid',
        },
        graceSeconds: 3_600,
        minimumInvoiceNanos: 1_000_000_000n,
        roundingMode: 'half_up',
        taxRates: [{ category: 'standard', partsPerMillion: 200_000 }],
        taxInclusive: false,
      },
    },
  },
  {
    catalogVersion: 2,
    thing: {
      kind: 'apiKey',
      apiKey: {
        id: 'key_1',
        version: 2,
        tenant: 'acme',
        sha256: 'ab'.repeat(32),
        scopes: ['events:write'],
        revoked: true,
      },
    },
  },
  {
    catalogVersion: 3,
    thing: {
      kind: 'meter',
      meter: {
        tenant: 'acme',
        key: 'traffic',
        version: 1,
        eventTypes: ['article.read', 'clip.watched'],
        aggregation: 'sum',
        valuePointer: '/bytes',
        filter: [
          { op: 'eq', pointer: '/status', value: 200 },
          { op: 'in', pointer: '/format', values: ['long', null, true] },
          { op: 'exists', pointer: '/bytes', exists: true },
        ],
        dimensions: [{ name: 'format', pointer: '/format' }],
      },
    },
  },
  {
    catalogVersion: 4,
    thing: {
      kind: 'price',
      price: {
        tenant: 'acme',
        key: 'articles',
        version: 1,
        meterKey: 'articles',
        currency: 'USD',
        model: {
          kind: 'graduated',
          tiers: [{ upTo: '20', unitPrice: '0.002', flatFee: '1' }, { unitPrice: '0.001' }],
        },
        effectiveFrom: 1_577_836_800_000_000,
        taxCategory: 'standard',
        split: [
          { creator: { kind: 'property', property: '/creator' }, shareBps: 7_000 },
          { creator: { kind: 'fixed', id: 'guild' }, shareBps: 500 },
        ],
        description: 'An article',
      },
    },
  },
  {
    catalogVersion: 5,
    thing: {
      kind: 'plan',
      plan: { tenant: 'acme', key: 'standard', version: 1, prices: ['articles', 'traffic'] },
    },
  },
  {
    catalogVersion: 6,
    thing: {
      kind: 'signingKey',
      signingKey: {
        id: `key_${'0a'.repeat(16)}`,
        version: 2,
        service: 'wallets',
        publicKey: Buffer.alloc(32, 7).toString('base64url'),
        validFrom: 1_700_000_000_000_000,
        validTo: 1_800_000_000_000_000,
      },
    },
  },
];

/** Prices that came after the first, each a record of its own file. */
export const PRICES: readonly (readonly [name: string, entry: CatalogEntry])[] = [
  [
    'volume',
    priceEntry({
      model: {
        kind: 'volume',
        tiers: [{ upTo: '100', unitPrice: '0.002', flatFee: '1' }, { unitPrice: '0.001' }],
      },
    }),
  ],
  ['package', priceEntry({ model: { kind: 'package', size: '1000', packagePrice: '0.5' } })],
  [
    'blocks',
    priceEntry({
      model: {
        kind: 'graduated',
        tiers: [
          { upTo: '20', unitPrice: '0.000000000000000001' },
          { unitPrice: '0.01', blockSize: '0.5' },
        ],
      },
    }),
  ],
  [
    'wrapped',
    priceEntry({
      transform: { divideBy: '1024', round: 'half_up' },
      freeQuantity: '10',
      model: { kind: 'per_unit', unitPrice: '0.03' },
      maximum: '25',
    }),
  ],
  [
    'percentage',
    priceEntry({
      model: {
        kind: 'percentage',
        rate: '2.9',
        fixed: '0.3',
        minimum: '1',
        maximum: '20',
        freeAmount: '100',
        freeEvents: 3,
      },
      maximum: '50',
    }),
  ],
  [
    'graduatedPercentage',
    priceEntry({
      model: {
        kind: 'graduated_percentage',
        tiers: [{ upTo: '1000', rate: '2.9', flatFee: '1' }, { rate: '0.0000000000000001' }],
      },
    }),
  ],
  [
    'amountOnEvent',
    priceEntry({
      model: {
        kind: 'amount_on_event',
        minimum: '1',
        maximum: '50',
        suggestions: ['2', '5'],
        markup: '120',
      },
    }),
  ],
];

/** Meters that came after the first, too. */
export const METERS: readonly (readonly [name: string, entry: CatalogEntry])[] = [
  ['unique', meterEntry({ aggregation: 'unique', valuePointer: '/visitor' })],
  [
    'latest',
    meterEntry({
      aggregation: 'latest',
      valuePointer: '/bytes',
      unit: { name: 'MB', size: '1000000' },
    }),
  ],
];

function meterEntry(rest: Pick<Meter, 'aggregation' | 'valuePointer' | 'unit'>): CatalogEntry {
  const meter = {
    tenant: 'acme',
    key: 'traffic',
    version: 1,
    eventTypes: ['page.viewed'],
    filter: [],
    dimensions: [],
    ...rest,
  };
  return { catalogVersion: 3, thing: { kind: 'meter', meter } };
}

function priceEntry(rule: AnyPriceRule): CatalogEntry {
  const price = {
    ...rule,
    tenant: 'acme',
    key: 'traffic',
    version: 2,
    meterKey: 'traffic',
    currency: 'USD',
    effectiveFrom: 1_577_836_800_000_000,
    taxCategory: 'standard',
    split: [],
    description: 'Traffic',
  };
  return { catalogVersion: 6, thing: { kind: 'price', price } };
}

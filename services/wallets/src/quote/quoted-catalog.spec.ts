import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import type { Meter } from '@farthing/domain/metering/meter';
import type { Price } from '@farthing/domain/pricing/price';
import { FEBRUARY } from '../wallets-harness.spec.js';

export const meter = (key: string, given: Partial<Meter>): CatalogThing => ({
  kind: 'meter',
  meter: {
    tenant: 'acme',
    key,
    version: 1,
    eventTypes: [key],
    aggregation: 'count',
    filter: [],
    dimensions: [],
    ...given,
  },
});

export const price = (key: string, given: Partial<Price>): CatalogThing => ({
  kind: 'price',
  price: {
    tenant: 'acme',
    key,
    version: 1,
    meterKey: 'reads',
    currency: 'USD',
    model: { kind: 'per_unit', unitPrice: '0.002' },
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [],
    description: 'An article',
    ...given,
  },
});

export const tenant = (
  id: string,
  unknownCustomers: 'create' | 'refuse',
  plan = 'standard',
): CatalogThing => ({
  kind: 'tenant',
  tenant: {
    id,
    version: 1,
    name: id,
    twinOf: '',
    unknownCustomers,
    defaults: {
      plan,
      currency: 'USD',
      schedule: { timeZone: 'UTC', anchorAt: 0, interval: 'month' },
      funding: 'postpaid',
    },
    graceSeconds: 0,
    minimumInvoiceNanos: 0n,
    roundingMode: 'half_up',
    taxRates: [],
    taxInclusive: false,
  },
});

const GRADUATED = {
  kind: 'graduated',
  tiers: [{ upTo: '2', unitPrice: '0.002' }, { unitPrice: '0.0015' }],
} as const;
const BY_FORMAT = {
  kind: 'matrix',
  dimensions: ['format'],
  cells: [{ values: { format: 'video' }, model: { kind: 'per_unit', unitPrice: '0.05' } }],
} as const;
/** What acme sells, as the entries of a catalog from version 1. */
export const THINGS: readonly CatalogThing[] = [
  tenant('acme', 'create'),
  meter('reads', { eventTypes: ['article.read'] }),
  meter('bytes', { eventTypes: ['article.read'], aggregation: 'sum', valuePointer: '/bytes' }),
  meter('views', { dimensions: [{ name: 'format', pointer: '/format' }] }),
  meter('chapters', {
    eventTypes: ['chapter.opened'],
    dimensions: [{ name: 'chapter', pointer: '/chapter' }],
  }),
  meter('visitors', { aggregation: 'unique', valuePointer: '/visitor' }),
  meter('stored', { aggregation: 'latest', valuePointer: '/bytes' }),
  meter('sales', { aggregation: 'sum', valuePointer: '/price' }),
  meter('tips', { aggregation: 'sum', valuePointer: '/tip' }),
  meter('free', {}),
  meter('later', {}),
  price('per_read', { model: GRADUATED }),
  price('traffic', { meterKey: 'bytes', model: { kind: 'per_unit', unitPrice: '0.000001' } }),
  price('own_read', { model: { kind: 'per_unit', unitPrice: '0.001' } }),
  price('euros', { currency: 'EUR' }),
  price('view', { meterKey: 'views', model: BY_FORMAT }),
  price('chapter', {
    meterKey: 'chapters',
    model: { kind: 'unlock', item: 'chapter', unitPrice: '0.5' },
  }),
  price('visitor', { meterKey: 'visitors' }),
  price('store', { meterKey: 'stored' }),
  price('tip', {
    meterKey: 'tips',
    model: { kind: 'amount_on_event', minimum: '1', maximum: '50' },
  }),
  price('fee', { meterKey: 'sales', model: { kind: 'percentage', rate: '1', freeEvents: 3 } }),
  price('soon', { meterKey: 'later', effectiveFrom: FEBRUARY }),
  {
    kind: 'plan',
    plan: {
      tenant: 'acme',
      key: 'standard',
      version: 1,
      prices: [
        'per_read',
        'traffic',
        'euros',
        'view',
        'chapter',
        'soon',
        'store',
        'visitor',
        'tip',
        'fee',
      ],
    },
  },
];

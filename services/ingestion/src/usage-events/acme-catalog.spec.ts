import { createHash } from 'node:crypto';
import type { CatalogThing, Tenant } from '@farthing/contracts/catalog/catalog-things';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Meter } from '@farthing/domain/metering/meter';

/** What the specs of both doors have in their catalog: a tenant that creates customers and one that refuses them. */
export const ACME_CATALOG: readonly CatalogThing[] = [
  tenant('acme', 'create'),
  tenant('strict', 'refuse'),
  meter({ tenant: 'acme', key: 'articles', eventTypes: ['article.read'], aggregation: 'count' }),
  meter({
    tenant: 'acme',
    key: 'traffic',
    eventTypes: ['article.read', 'clip.watched'],
    aggregation: 'sum',
    valuePointer: '/bytes',
    dimensions: [{ name: 'format', pointer: '/format' }],
  }),
  meter({ tenant: 'strict', key: 'articles', eventTypes: ['article.read'], aggregation: 'count' }),
  {
    kind: 'price',
    price: {
      tenant: 'acme',
      key: 'traffic-price',
      version: 1,
      meterKey: 'traffic',
      currency: 'USD',
      model: { kind: 'per_unit', unitPrice: '0.001' },
      effectiveFrom: 0,
      taxCategory: 'standard',
      split: [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7000 }],
      description: 'Traffic',
    },
  },
  apiKey({ tenant: 'acme', text: 'fk_live_acme', scopes: ['events:write'] }),
  apiKey({ tenant: 'strict', text: 'fk_live_strict', scopes: ['events:write'] }),
  apiKey({ tenant: 'acme', text: 'fk_live_reader', scopes: ['usage:read'] }),
  apiKey({ tenant: 'acme', text: 'fk_live_old', scopes: ['events:write'], revoked: true }),
  meter({
    tenant: 'acme',
    key: 'visitors',
    eventTypes: ['page.viewed'],
    aggregation: 'unique',
    valuePointer: '/visitor',
  }),
];

export function acmeView(): CatalogView {
  const view = new CatalogView();
  ACME_CATALOG.forEach((thing, i) => view.apply({ catalogVersion: i + 1, thing }));
  return view;
}

export function meter(
  given: Pick<Meter, 'tenant' | 'key' | 'eventTypes' | 'aggregation'> & Partial<Meter>,
): CatalogThing {
  const filter = [{ op: 'exists', pointer: '/skip', exists: false }] as const;
  return { kind: 'meter', meter: { version: 1, filter, dimensions: [], ...given } };
}

function tenant(id: string, unknownCustomers: Tenant['unknownCustomers']): CatalogThing {
  const schedule = { timeZone: 'UTC', anchorAt: 1_577_836_800_000_000, interval: 'month' } as const;
  return {
    kind: 'tenant',
    tenant: {
      id,
      version: 1,
      name: id,
      twinOf: '',
      unknownCustomers,
      defaults: { plan: '', currency: 'USD', schedule, funding: 'postpaid' },
      graceSeconds: 0,
      minimumInvoiceNanos: 0n,
      roundingMode: 'half_up',
      taxRates: [],
      taxInclusive: false,
    },
  };
}

function apiKey(key: {
  readonly tenant: string;
  readonly text: string;
  readonly scopes: readonly string[];
  readonly revoked?: boolean;
}): CatalogThing {
  const { tenant: owner, text, scopes, revoked = false } = key;
  const sha256 = createHash('sha256').update(text).digest('hex');
  return {
    kind: 'apiKey',
    apiKey: { id: `key_${text}`, version: 1, tenant: owner, sha256, scopes, revoked },
  };
}

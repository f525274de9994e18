import { randomBytes } from 'node:crypto';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import { EnvelopeBuilder } from '@farthing/contracts/wire/envelope-builder';
import { eventKey } from '@farthing/contracts/wire/event-identity';
import { decodeUsageRecord, encodeControlRecord } from '@farthing/contracts/wire/usage-record';

export const NOVEMBER = 1_761_955_200_000_000;
export const things: CatalogThing[] = [
  {
    kind: 'tenant',
    tenant: {
      id: 'acme',
      version: 1,
      name: 'Acme',
      twinOf: '',
      unknownCustomers: 'create',
      defaults: {
        plan: 'standard',
        currency: 'USD',
        schedule: { timeZone: 'UTC', anchorAt: 1_577_836_800_000_000, interval: 'month' },
        funding: 'postpaid',
      },
      graceSeconds: 0,
      minimumInvoiceNanos: 0n,
      roundingMode: 'half_up',
      taxRates: [],
      taxInclusive: false,
    },
  },
  {
    kind: 'meter',
    meter: {
      tenant: 'acme',
      key: 'articles',
      version: 1,
      eventTypes: ['article.read'],
      aggregation: 'count',
      filter: [],
      dimensions: [],
    },
  },
  {
    kind: 'price',
    price: {
      tenant: 'acme',
      key: 'articles',
      version: 1,
      meterKey: 'articles',
      currency: 'USD',
      model: {
        kind: 'graduated',
        tiers: [{ upTo: '2', unitPrice: '0.002' }, { unitPrice: '0.001' }],
      },
      effectiveFrom: 0,
      taxCategory: 'standard',
      split: [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7000 }],
      description: 'An article',
    },
  },
  { kind: 'plan', plan: { tenant: 'acme', key: 'standard', version: 1, prices: ['articles'] } },
];

export const ONE = 1_000_000_000n;

export function envelopeOf(
  ids: readonly string[],
  tenant = 'acme',
  {
    format,
    quoteToken = '',
    quantity = ONE,
  }: { format?: string; quoteToken?: string; quantity?: bigint } = {},
) {
  const builder = new EnvelopeBuilder(things.length + 1);
  for (const id of ids) {
    builder.add({
      tenant,
      customer: 'alice',
      type: 'article.read',
      source: 'web',
      id,
      holdId: '',
      quoteToken,
      key: eventKey(tenant, 'web', id),
      bodyHash: randomBytes(32),
      occurredAt: NOVEMBER,
      data: Buffer.from('{}'),
      readings: [{ meter: 'articles', quantity }],
      properties:
        format === undefined
          ? []
          : [{ pointer: '/format', value: format, kind: PropertyKind.STRING }],
    });
  }
  return decodeUsageRecord(builder.finish());
}

export function catalogOf(all: readonly CatalogThing[]): CatalogView {
  const catalog = new CatalogView();
  all.forEach((thing, i) => catalog.apply({ catalogVersion: i + 1, thing }));
  return catalog;
}

export function refundOf(chargeId: string, customer = 'alice') {
  const value = { commandId: `refund:${chargeId}`, tenant: 'acme', customer, chargeId, reason: '' };
  return decodeUsageRecord(encodeControlRecord({ case: 'refund', value }));
}

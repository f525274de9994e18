import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { Meter } from '@farthing/domain/metering/meter';
import type { Price } from '@farthing/domain/pricing/price';
import type { AnyPriceRule } from '@farthing/domain/pricing/any-price-rule';
import { CatalogRecordSchema } from '../generated/farthing/catalog/v1/catalog_pb.js';
import { UnknownRecordError } from '../wire/usage-record.js';
import { catalogEntryFromMessage, catalogEntryToMessage } from './catalog-message.js';
import type { CatalogThing, Tenant } from './catalog-things.js';
import { CatalogView } from './catalog-view.js';

const tenant: Tenant = {
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
  graceSeconds: 3600,
  minimumInvoiceNanos: 10n ** 20n,
  roundingMode: 'half_up',
  taxRates: [{ category: 'standard', partsPerMillion: 200_000 }],
  taxInclusive: false,
  acceptLateDays: 0,
};
const meter: Meter = {
  tenant: 'acme',
  key: 'traffic',
  version: 1,
  eventTypes: ['article.read', 'clip.watched'],
  aggregation: 'sum',
  valuePointer: '/bytes',
  filter: [
    { op: 'eq', pointer: '/status', value: 200 },
    { op: 'in', pointer: '/format', values: ['a', null, true, 1.5] },
    { op: 'exists', pointer: '/x', exists: false },
    { op: 'ne', pointer: '/format', value: 'short' },
    { op: 'lt', pointer: '/bytes', value: 1e12 },
    { op: 'le', pointer: '/bytes', value: 2.5 },
    { op: 'gt', pointer: '/bytes', value: -3 },
    { op: 'ge', pointer: '/bytes', value: 0 },
  ],
  dimensions: [{ name: 'format', pointer: '/format' }],
};
const price: Price = {
  tenant: 'acme',
  key: 'articles',
  version: 1,
  meterKey: 'articles',
  currency: 'USD',
  model: {
    kind: 'graduated',
    tiers: [{ upTo: '20', unitPrice: '0.002', flatFee: '1' }, { unitPrice: '0.001' }],
  },
  effectiveFrom: 1_700_000_000_000_000,
  taxCategory: 'standard',
  split: [
    { creator: { kind: 'property', property: '/creator' }, shareBps: 7000 },
    { creator: { kind: 'fixed', id: 'guild' }, shareBps: 100 },
  ],
  description: 'An article',
};
const TIERS = [
  { upTo: '20', unitPrice: '0.002', flatFee: '1' },
  { unitPrice: '0.1', blockSize: '1000' },
];
const THINGS: CatalogThing[] = [
  { kind: 'tenant', tenant },
  { kind: 'meter', meter },
  { kind: 'price', price },
  { kind: 'plan', plan: { tenant: 'acme', key: 'standard', version: 1, prices: ['articles'] } },
  {
    kind: 'apiKey',
    apiKey: {
      id: 'key_1',
      version: 1,
      tenant: 'acme',
      sha256: 'ab'.repeat(32),
      scopes: ['events:write'],
      revoked: false,
    },
  },
  {
    kind: 'signingKey',
    signingKey: {
      id: 'key_2',
      version: 1,
      service: 'wallets',
      publicKey: Buffer.alloc(32, 9).toString('base64url'),
      validFrom: 5,
    },
  },
];

function viewOf(things: readonly CatalogThing[]): CatalogView {
  const view = new CatalogView();
  things.forEach((thing, i) => view.apply({ catalogVersion: i + 1, thing }));
  return view;
}

describe('catalog messages', () => {
  it.each(THINGS)('$kind comes back as it was', (thing) => {
    const entry = { catalogVersion: 3, thing };
    expect(catalogEntryFromMessage(catalogEntryToMessage(entry))).toEqual(entry);
  });

  it.each<[string, AnyPriceRule]>([
    [
      'by the cell',
      {
        model: {
          kind: 'matrix',
          dimensions: ['format'],
          cells: [
            { values: { format: 'video' }, model: { kind: 'per_unit', unitPrice: '0.02' } },
            {
              values: { format: 'audio' },
              model: { kind: 'package', size: '10', packagePrice: '1' },
            },
          ],
          default: { kind: 'graduated', tiers: [{ unitPrice: '0.001' }] },
        },
      },
    ],
    [
      'by the cell and nothing else',
      {
        model: {
          kind: 'matrix',
          dimensions: ['format'],
          cells: [{ values: { format: 'a' }, model: { kind: 'volume', tiers: TIERS } }],
        },
      },
    ],
    ['per unit', { model: { kind: 'per_unit', unitPrice: '0.01' } }],
    ['unlocked for ever', { model: { kind: 'unlock', item: 'article', unitPrice: '0.2' } }],
    [
      'unlocked for a day',
      { model: { kind: 'unlock', item: 'article', unitPrice: '0.2', days: 1 }, freeQuantity: '3' },
    ],
    ['a share', { model: { kind: 'percentage', rate: '2.9' } }],
    [
      'a share with all that surrounds it',
      {
        model: {
          kind: 'percentage',
          rate: '120',
          fixed: '0.3',
          minimum: '0',
          maximum: '20',
          freeAmount: '100',
          freeEvents: 3,
        },
        maximum: '50',
      },
    ],
    ['no free events', { model: { kind: 'percentage', rate: '2.9', freeEvents: 0 } }],
    [
      'a graduated share',
      {
        model: {
          kind: 'graduated_percentage',
          tiers: [
            { upTo: '100', rate: '3' },
            { rate: '0', flatFee: '5' },
          ],
          fixed: '0.1',
        },
      },
    ],
    ['an amount on the event', { model: { kind: 'amount_on_event' } }],
    [
      'an amount on the event in a range',
      {
        model: {
          kind: 'amount_on_event',
          minimum: '1',
          maximum: '50',
          suggestions: ['2', '5'],
          markup: '10',
        },
      },
    ],
    ['volume', { model: { kind: 'volume', tiers: TIERS } }],
    [
      'with a minimum and a fee of who enters no tier',
      {
        model: { kind: 'graduated', tiers: [{ unitPrice: '1', flatFee: '3' }] },
        minimum: '10',
        chargeFirstTierWhenUnused: true,
      },
    ],
    ['graduated', { model: { kind: 'graduated', tiers: TIERS } }],
    ['package', { model: { kind: 'package', size: '100', packagePrice: '0.5' } }],
    ...(['up', 'down', 'half_up'] as const).map((round): [string, AnyPriceRule] => [
      `rounded ${round}, with free units and a maximum`,
      {
        transform: { divideBy: '1024', round },
        freeQuantity: '0',
        model: { kind: 'per_unit', unitPrice: '0.01' },
        maximum: '0',
      },
    ]),
  ])('a price %s comes back as it was', (_, rule) => {
    const entry = {
      catalogVersion: 3,
      thing: { kind: 'price', price: { ...price, ...rule } },
    } as const;
    expect(catalogEntryFromMessage(catalogEntryToMessage(entry))).toEqual(entry);
  });

  it('stops at a price whose model it does not know', () => {
    const bytes = toBinary(
      CatalogRecordSchema,
      create(CatalogRecordSchema, {
        schemaVersion: 1,
        catalogVersion: 1n,
        thing: { case: 'price', value: { key: 'articles' } },
      }),
    );
    expect(() => catalogEntryFromMessage(bytes)).toThrow(UnknownRecordError);
  });

  it('stops at a thing that it does not know', () => {
    const unknown = create(CatalogRecordSchema, { schemaVersion: 1, catalogVersion: 1n });
    const bytes = toBinary(CatalogRecordSchema, unknown);
    expect(() => catalogEntryFromMessage(bytes)).toThrow(UnknownRecordError);
  });
});

describe('CatalogView', () => {
  it('answers by the catalog version that is asked, not by the latest', () => {
    const later = { ...meter, version: 2, eventTypes: ['article.read'] };
    const view = viewOf([
      { kind: 'meter', meter },
      { kind: 'meter', meter: later },
    ]);
    expect(view.metersOfType('acme', 'clip.watched', 0)).toEqual([]);
    expect(view.metersOfType('acme', 'clip.watched', 1)).toEqual([meter]);
    expect(view.metersOfType('acme', 'clip.watched', 2)).toEqual([]);
    expect(view.metersOfType('acme', 'article.read', 2)).toEqual([later]);
    expect(view.metersOfType('acme.test', 'article.read', 2)).toEqual([]);
  });

  it('knows the versions of a price that were known', () => {
    const second = { ...price, version: 2 };
    const view = viewOf([
      { kind: 'price', price },
      { kind: 'price', price: second },
    ]);
    expect(view.priceVersionsAt('acme', 'articles', 1)).toEqual([price]);
    expect(view.priceVersionsAt('acme', 'articles', 2)).toEqual([price, second]);
    expect(view.price('acme', 'articles', 2)).toEqual(second);
    expect(view.priceKeysAt('acme', 0)).toEqual([]);
    expect(view.priceKeysAt('acme', 1)).toEqual(['articles']);
  });

  it('knows whose prices are unlocks, now or in any version', () => {
    const model = { kind: 'unlock', item: 'article', unitPrice: '1' } as const;
    const view = viewOf([
      { kind: 'price', price: { ...price, tenant: 'other' } },
      { kind: 'price', price: { ...price, model } },
      { kind: 'price', price: { ...price, version: 2 } },
    ]);
    expect(['acme', 'other', 'nobody'].map((id) => view.sellsUnlocks(id))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('finds a key by its hash in its latest version', () => {
    const key = THINGS[4]!;
    if (key.kind !== 'apiKey') throw new Error('not a key');
    const revoked = {
      kind: 'apiKey',
      apiKey: { ...key.apiKey, version: 2, revoked: true },
    } as const;
    const view = viewOf([key, revoked]);
    expect(view.apiKeyBySha256('ab'.repeat(32))?.revoked).toBe(true);
    expect(view.apiKeyBySha256('cd'.repeat(32))).toBeUndefined();
  });

  it('finds a signing key as it was at the catalog version', () => {
    const key = THINGS[5]!;
    if (key.kind !== 'signingKey') throw new Error('not a key');
    const ended = { ...key.signingKey, version: 2, validTo: 9 };
    const view = viewOf([key, { kind: 'signingKey', signingKey: ended }]);
    expect(view.signingKeyAt('key_2', 0)).toBeUndefined();
    expect(view.signingKeyAt('key_2', 1)).toEqual(key.signingKey);
    expect(view.signingKeyAt('key_2', 2)).toEqual(ended);
    expect(view.signingKeyAt('key_3', 2)).toBeUndefined();
  });

  it('takes an entry once and refuses a gap', () => {
    const view = viewOf([{ kind: 'tenant', tenant }]);
    view.apply({
      catalogVersion: 1,
      thing: { kind: 'tenant', tenant: { ...tenant, name: 'Other' } },
    });
    expect(view.tenantAt('acme', 1)?.name).toBe('Acme');
    expect(() => view.apply({ catalogVersion: 3, thing: { kind: 'tenant', tenant } })).toThrow(
      'a gap',
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { pointerTo } from '@farthing/adapters/http/validation-pipe';
import {
  catalogEntryFromMessage,
  catalogEntryToMessage,
} from '@farthing/contracts/catalog/catalog-message';
import { customerBody } from './customers/customer.schema.js';
import { meterAnswer, meterBody, meterDocument, meterThing } from './meters/meter.schema.js';
import { planBody } from './plans/plan.schema.js';
import { priceAnswer, priceBody, priceDocument, priceThing } from './prices/price.schema.js';
import { tenantAnswer, tenantBody, tenantDocument, tenantThing } from './tenants/tenant.schema.js';
import type { StoredVersion, ThingKind } from './versions/versions.repository.js';

const tenant = {
  name: 'Acme',
  unknownCustomers: 'refuse',
  defaultPlan: 'standard',
  currency: 'USD',
  timeZone: 'Europe/Berlin',
  anchorAt: '2026-01-31T00:00:00+01:00',
  interval: 'quarter',
  funding: 'prepaid',
  graceSeconds: 0,
  minimumInvoice: '0.5',
  roundingMode: 'half_even',
  taxRates: [{ category: 'standard', partsPerMillion: 190_000 }],
  taxInclusive: true,
  acceptLateDays: 30,
};
const meter = {
  eventTypes: ['page.served'],
  aggregation: 'sum',
  value: '/bytes',
  filter: [
    { op: 'eq', pointer: '/status', value: 200 },
    { op: 'in', pointer: '/format', values: ['a', null, true, 1.5] },
    { op: 'exists', pointer: '/x', exists: false },
  ],
  dimensions: [{ name: 'format', pointer: '/format' }],
  unit: { name: 'MB', size: '1000000' },
};
const price = {
  key: 'traffic',
  meter: 'traffic',
  currency: 'USD',
  effectiveFrom: '2020-01-01T00:00:00.000000Z',
  description: 'Traffic',
  taxCategory: 'standard',
  model: {
    kind: 'graduated',
    tiers: [{ upTo: '20', unitPrice: '0.002', flatFee: '1' }, { unitPrice: '0.001' }],
  },
  split: [
    { creator: { property: '/creator' }, shareBps: 7000 },
    { creator: { id: 'guild' }, shareBps: 100 },
  ],
};

const blockTier = { unitPrice: '0.1', flatFee: '2', blockSize: '1000' };

/** As PostgreSQL gives it back. */
function stored<Document>(kind: ThingKind, document: Document): StoredVersion<Document> {
  const kept = JSON.parse(JSON.stringify(document)) as Document;
  return { tenant: 'acme', kind, key: 'acme', version: 2, catalogVersion: 9, document: kept };
}

describe('a document is answered as it was given, and comes back from its message', () => {
  it('tenant', () => {
    const row = stored('tenant', tenantDocument(tenantBody.parse(tenant), ''));
    expect(tenantAnswer(row)).toEqual({
      ...tenant,
      id: 'acme',
      version: 2,
      catalogVersion: 9,
      twin: 'acme.test',
      anchorAt: '2026-01-30T23:00:00.000000Z',
      minimumInvoice: '0.500000000',
    });
    const entry = { catalogVersion: 9, thing: tenantThing(row) };
    expect(catalogEntryFromMessage(catalogEntryToMessage(entry))).toEqual(entry);
  });

  it.each(['sum', 'max', 'unique', 'latest'])('meter of %s', (aggregation) => {
    const given = { ...meter, aggregation };
    const row = stored('meter', meterDocument(meterBody.parse(given)));
    expect(meterAnswer(row)).toEqual({ ...given, key: 'acme', version: 2, catalogVersion: 9 });
    const entry = { catalogVersion: 9, thing: meterThing(row) };
    expect(catalogEntryFromMessage(catalogEntryToMessage(entry))).toEqual(entry);
  });

  it('price', () => {
    const row = stored('price', priceDocument(priceBody.parse(price)));
    expect(priceAnswer(row)).toEqual({
      ...price,
      key: 'acme',
      version: 2,
      catalogVersion: 9,
      reading: [
        'Units up to 20 cost 0.002 each: the 20th costs 0.002.',
        'A fee of 1 is added once, by the first use.',
        'Units above 20 cost 0.001 each.',
      ],
    });
    const entry = { catalogVersion: 9, thing: priceThing(row) };
    expect(catalogEntryFromMessage(catalogEntryToMessage(entry))).toEqual(entry);
  });

  it.each([
    { model: { kind: 'volume', tiers: [{ upTo: '1', unitPrice: '2' }, blockTier] } },
    { model: { kind: 'package', size: '1000', packagePrice: '0.5' } },
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
    { model: { kind: 'unlock', item: 'article', unitPrice: '0.2', days: 30 }, freeQuantity: '3' },
    { model: { kind: 'unlock', item: 'article', unitPrice: '0.2' }, maximum: '5' },
    { model: { kind: 'percentage', rate: '2.9', fixed: '0.3', minimum: '1', freeAmount: '9' } },
    { model: { kind: 'percentage', rate: '2.9', freeEvents: 3 }, maximum: '20', minimum: '1' },
    {
      model: {
        kind: 'graduated_percentage',
        tiers: [{ upTo: '100', rate: '3', flatFee: '1' }, { rate: '2' }],
        maximum: '20',
      },
    },
    {
      model: {
        kind: 'amount_on_event',
        minimum: '1',
        maximum: '50',
        suggestions: ['2', '5'],
        markup: '3',
      },
    },
    { model: { kind: 'per_unit', unitPrice: '1' }, freeQuantity: '0', maximum: '0' },
    {
      model: { kind: 'volume', tiers: [{ unitPrice: '1', flatFee: '2' }] },
      minimum: '10',
      chargeFirstTierWhenUnused: true,
    },
    {
      model: { kind: 'graduated', tiers: [blockTier] },
      transform: { divideBy: '1024', round: 'half_up' },
      freeQuantity: '5',
      maximum: '10',
    },
  ])('price %#', (rule) => {
    const row = stored('price', priceDocument(priceBody.parse({ ...price, ...rule })));
    const { reading, ...answer } = priceAnswer(row);
    expect(answer).toEqual({ ...price, ...rule, key: 'acme', version: 2, catalogVersion: 9 });
    expect(reading).not.toEqual([]);
    const entry = { catalogVersion: 9, thing: priceThing(row) };
    expect(catalogEntryFromMessage(catalogEntryToMessage(entry))).toEqual(entry);
  });
});

/** The first fault, as the API tells it. */
function faultOf(schema: z.ZodType, body: unknown): [string, string] | undefined {
  const parsed = schema.safeParse(body);
  if (parsed.success) return undefined;
  const issue = parsed.error.issues[0]!;
  const { params } = issue as { params?: { code?: string } };
  return [params?.code ?? issue.code, pointerTo(issue.path)];
}

const perUnit = (unitPrice: unknown) => ({ ...price, model: { kind: 'per_unit', unitPrice } });
const graduated = (...tiers: unknown[]) => ({ ...price, model: { kind: 'graduated', tiers } });
const volume = (...tiers: unknown[]) => ({ ...price, model: { kind: 'volume', tiers } });
const packages = (size: unknown, packagePrice: unknown) => ({
  ...price,
  model: { kind: 'package', size, packagePrice },
});
const unlock = (changes: object) => ({
  ...price,
  model: { kind: 'unlock', item: 'article', unitPrice: '0.2', ...changes },
});
const share = (changes: object) => ({
  ...price,
  model: { kind: 'percentage', rate: '2.9', ...changes },
});
const tip = (changes: object) => ({
  ...price,
  model: { kind: 'amount_on_event', minimum: '1', maximum: '5', ...changes },
});
const open = { unitPrice: '1' };
const half = (shareBps: number) => ({ creator: { id: 'x' }, shareBps });

describe('faults have their own code and place', () => {
  it.each([
    [{ ...tenant, currency: 'XAU' }, 'unknown_currency', '/currency'],
    [{ ...tenant, timeZone: '+02:00' }, 'unknown_time_zone', '/timeZone'],
    [{ ...tenant, anchorAt: '2026-02-30T00:00:00Z' }, 'no_such_date', '/anchorAt'],
    [{ ...tenant, anchorAt: '2026-02-01' }, 'not_a_timestamp', '/anchorAt'],
    [{ ...tenant, minimumInvoice: '-0.01' }, 'negative_amount', '/minimumInvoice'],
    [{ ...tenant, minimumInvoice: '0.0000000001' }, 'too_many_decimals', '/minimumInvoice'],
    [{ ...tenant, minimumInvoice: 1 }, 'invalid_type', '/minimumInvoice'],
    [{ ...tenant, name: 'a\u0000' }, 'text_not_one_line', '/name'],
    [{ ...tenant, name: '\ud800' }, 'text_not_one_line', '/name'],
    [{ ...tenant, name: 'a'.repeat(201) }, 'too_big', '/name'],
    [{ ...tenant, nmae: 'x' }, 'unrecognized_keys', ''],
  ])('tenant %#: %s', (body, code, pointer) => {
    expect(faultOf(tenantBody, body)).toEqual([code, pointer]);
  });

  it.each([
    [{ ...meter, eventTypes: [] }, 'too_small', '/eventTypes'],
    [{ ...meter, eventTypes: ['a', 'b', 'a'] }, 'event_type_named_twice', '/eventTypes/2'],
    [{ ...meter, value: undefined }, 'value_pointer_missing', '/value'],
    [{ ...meter, aggregation: 'count' }, 'value_pointer_unused', '/value'],
    [{ ...meter, aggregation: 'median' }, 'invalid_value', '/aggregation'],
    [{ ...meter, value: 'bytes' }, 'not_a_json_pointer', '/value'],
    [{ ...meter, unit: { name: 'MB', size: '0' } }, 'not_a_positive_quantity', '/unit/size'],
    [{ ...meter, unit: { name: 'MB' } }, 'invalid_type', '/unit/size'],
    [{ ...meter, unit: { name: '', size: '1' } }, 'too_small', '/unit/name'],
    [
      { ...meter, filter: [{ op: 'eq', pointer: 'x', value: 1 }] },
      'not_a_json_pointer',
      '/filter/0/pointer',
    ],
    [
      { ...meter, filter: [{ op: 'eq', pointer: '/x', value: Number.POSITIVE_INFINITY }] },
      'invalid_union',
      '/filter/0/value',
    ],
    [
      { ...meter, filter: [{ op: 'in', pointer: '/x', values: ['a', '\u0000'] }] },
      'text_not_storable',
      '/filter/0/values/1',
    ],
    [
      { ...meter, dimensions: [meter.dimensions[0], meter.dimensions[0]] },
      'dimension_named_twice',
      '/dimensions/1/name',
    ],
  ])('meter %#: %s', (body, code, pointer) => {
    expect(faultOf(meterBody, body)).toEqual([code, pointer]);
  });

  it.each([
    [{ ...price, key: 'Traffic' }, 'invalid_format', '/key'],
    [{ ...price, currency: 'usd' }, 'unknown_currency', '/currency'],
    [{ ...price, effectiveFrom: 'now' }, 'not_a_timestamp', '/effectiveFrom'],
    [perUnit('1e-3'), 'not_a_decimal', '/model/unitPrice'],
    [perUnit(0.1), 'invalid_type', '/model/unitPrice'],
    [perUnit('-1'), 'negative_price', '/model/unitPrice'],
    [perUnit('0.0000000000000000001'), 'too_many_decimals', '/model/unitPrice'],
    [graduated(), 'no_tiers', '/model/tiers'],
    [graduated({ upTo: '1', unitPrice: '1' }), 'last_tier_not_open', '/model/tiers/0/upTo'],
    [graduated(open, open), 'open_tier_not_last', '/model/tiers/0'],
    [
      graduated({ upTo: '2', unitPrice: '1' }, { upTo: '2', unitPrice: '1' }, open),
      'tiers_not_ascending',
      '/model/tiers/1/upTo',
    ],
    [volume({ ...open, blockSize: '0' }), 'not_a_positive_quantity', '/model/tiers/0/blockSize'],
    [volume(), 'no_tiers', '/model/tiers'],
    [packages('0', '1'), 'not_a_positive_quantity', '/model/size'],
    [packages('1', '-1'), 'negative_price', '/model/packagePrice'],
    [packages(1, '1'), 'invalid_type', '/model/size'],
    [unlock({ days: 0 }), 'days_out_of_range', '/model/days'],
    [unlock({ days: '30' }), 'invalid_type', '/model/days'],
    [unlock({ unitPrice: '-1' }), 'negative_price', '/model/unitPrice'],
    [unlock({ item: undefined }), 'invalid_type', '/model/item'],
    [
      { ...unlock({}), transform: { divideBy: '2', round: 'up' } },
      'transform_with_unlock',
      '/transform',
    ],
    [share({ rate: '-1' }), 'negative_rate', '/model/rate'],
    [share({ minimum: '2', maximum: '1' }), 'minimum_above_maximum', '/model/minimum'],
    [share({ freeEvents: 1.5 }), 'not_a_whole_number', '/model/freeEvents'],
    [share({ freeEvents: '1' }), 'invalid_type', '/model/freeEvents'],
    [{ ...share({}), freeQuantity: '1' }, 'free_quantity_with_event_amount', '/freeQuantity'],
    [
      { ...share({}), transform: { divideBy: '2', round: 'up' } },
      'transform_with_event_amount',
      '/transform',
    ],
    [tip({ suggestions: ['9'] }), 'suggestion_out_of_range', '/model/suggestions/0'],
    [tip({ suggestions: ['2', '2.0'] }), 'suggestion_named_twice', '/model/suggestions/1'],
    [{ ...unlock({}), freeQuantity: '0.5' }, 'not_a_whole_number', '/freeQuantity'],
    [{ ...price, freeQuantity: '-1' }, 'not_a_quantity', '/freeQuantity'],
    [{ ...price, freeQuantity: 1 }, 'invalid_type', '/freeQuantity'],
    [{ ...price, maximum: '-1' }, 'negative_amount', '/maximum'],
    [{ ...price, minimum: '-1' }, 'negative_amount', '/minimum'],
    [{ ...price, minimum: '2', maximum: '1' }, 'minimum_above_maximum', '/minimum'],
    [
      { ...price, model: { kind: 'per_unit', unitPrice: '1' }, chargeFirstTierWhenUnused: true },
      'no_first_tier_fee',
      '/chargeFirstTierWhenUnused',
    ],
    [{ ...price, maximum: '10000000000' }, 'amount_out_of_range', '/maximum'],
    [
      { ...price, transform: { divideBy: '0', round: 'up' } },
      'not_a_positive_quantity',
      '/transform/divideBy',
    ],
    [
      { ...price, transform: { divideBy: '2', round: 'even' } },
      'invalid_value',
      '/transform/round',
    ],
    [{ ...price, transform: { divideBy: '2' } }, 'invalid_value', '/transform/round'],
    [{ ...price, split: [half(0)] }, 'share_out_of_range', '/split/0/shareBps'],
    [{ ...price, split: [half(6000), half(4001)] }, 'shares_exceed_whole', '/split'],
  ])('price %#: %s', (body, code, pointer) => {
    expect(faultOf(priceBody, body)).toEqual([code, pointer]);
  });

  it.each([
    [planBody, { prices: ['a', 'a'] }, 'price_named_twice', '/prices/1'],
    [customerBody, { profile: { country: 'Germany' } }, 'invalid_format', '/profile/country'],
    [customerBody, { funding: 'credit' }, 'invalid_value', '/funding'],
  ])('%#: plans and customers', (schema, body, code, pointer) => {
    expect(faultOf(schema, body)).toEqual([code, pointer]);
  });
});

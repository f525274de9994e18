import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import { EnvelopeBuilder } from '@farthing/contracts/wire/envelope-builder';
import { eventKey } from '@farthing/contracts/wire/event-identity';
import { decodeUsageRecord, encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import type { PriceModel } from '@farthing/domain/pricing/price-model';
import { LogPricer } from './price-log.js';

const NOVEMBER = 1_761_955_200_000_000;
const things: CatalogThing[] = [
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

const matrixThings: readonly CatalogThing[] = things.map((thing) => {
  if (thing.kind === 'meter') {
    return {
      ...thing,
      meter: { ...thing.meter, dimensions: [{ name: 'format', pointer: '/format' }] },
    };
  }
  if (thing.kind !== 'price') return thing;
  const cell = { values: { format: 'video' }, model: thing.price.model as PriceModel };
  return {
    ...thing,
    price: {
      ...thing.price,
      model: { kind: 'matrix', dimensions: ['format'], cells: [cell] },
    },
  };
});

const unlockThings: readonly CatalogThing[] = matrixThings.map((thing) =>
  thing.kind === 'price'
    ? {
        ...thing,
        price: { ...thing.price, model: { kind: 'unlock', item: 'format', unitPrice: '0.2' } },
      }
    : thing,
);

function envelopeOf(ids: readonly string[], tenant = 'acme', format?: string, units = 1n) {
  const builder = new EnvelopeBuilder(things.length);
  for (const id of ids) {
    builder.add({
      tenant,
      customer: 'alice',
      type: 'article.read',
      source: 'web',
      id,
      holdId: '',
      quoteToken: '',
      key: eventKey(tenant, 'web', id),
      bodyHash: randomBytes(32),
      occurredAt: NOVEMBER,
      data: Buffer.from('{}'),
      readings: [{ meter: 'articles', quantity: units * 1_000_000_000n }],
      properties:
        format === undefined
          ? []
          : [{ pointer: '/format', value: format, kind: PropertyKind.STRING }],
    });
  }
  return decodeUsageRecord(builder.finish());
}

function refundOf(chargeId: string, customer = 'alice') {
  const value = { commandId: `refund:${chargeId}`, tenant: 'acme', customer, chargeId, reason: '' };
  return decodeUsageRecord(encodeControlRecord({ case: 'refund', value }));
}

describe('LogPricer', () => {
  it('counts the first of each identity, across envelopes, and prices cumulatively', () => {
    const catalog = new CatalogView();
    things.forEach((thing, i) => catalog.apply({ catalogVersion: i + 1, thing }));
    const pricer = new LogPricer('acme', catalog);
    const records = [
      envelopeOf(['1', '2', '2']),
      envelopeOf(['1', '3']),
      envelopeOf(['9'], 'other'),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toEqual({
      events: 5,
      duplicates: 2,
      charges: 3,
      sums: new Map([['USD', 5_000_000n]]),
    });
  });

  it('gives a refunded charge back once, as it was priced', () => {
    const catalog = new CatalogView();
    things.forEach((thing, i) => catalog.apply({ catalogVersion: i + 1, thing }));
    const pricer = new LogPricer('acme', catalog);
    const records = [
      envelopeOf(['1', '1', '2', '3']),
      refundOf('chg_1-0-0-3-0'),
      refundOf('chg_1-0-0-3-0'),
      // A duplicate made no charge, another customer's is not hers, and nothing is at 9.
      refundOf('chg_1-0-0-1-0'),
      refundOf('chg_1-0-0-0-0', 'bob'),
      refundOf('chg_1-0-9-0-0'),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toMatchObject({
      events: 4,
      charges: 4,
      sums: new Map([['USD', 4_000_000n]]),
    });
  });

  it('prices the cells of a matrix apart, and leaves out what has none', () => {
    const catalog = new CatalogView();
    matrixThings.forEach((thing, i) => catalog.apply({ catalogVersion: i + 1, thing }));
    const pricer = new LogPricer('acme', catalog);
    const records = [
      envelopeOf(['1', '2', '3'], 'acme', 'video'),
      envelopeOf(['4'], 'acme', 'audio'),
      envelopeOf(['5']),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toMatchObject({ events: 5, charges: 3 });
    expect(pricer.totals.sums).toEqual(new Map([['USD', 5_000_000n]]));
  });

  it('counts a distinct value once, and leaves out what has none', () => {
    const catalog = new CatalogView();
    things.forEach((thing, i) =>
      catalog.apply({
        catalogVersion: i + 1,
        thing:
          thing.kind === 'meter'
            ? {
                kind: 'meter',
                meter: { ...thing.meter, aggregation: 'unique', valuePointer: '/format' },
              }
            : thing,
      }),
    );
    const pricer = new LogPricer('acme', catalog);
    const records = [
      envelopeOf(['1', '2'], 'acme', 'video'),
      envelopeOf(['3'], 'acme', 'audio'),
      envelopeOf(['4']),
      envelopeOf(['5'], 'acme', 'video'),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toMatchObject({ events: 5, charges: 4 });
    expect(pricer.totals.sums).toEqual(new Map([['USD', 4_000_000n]]));
  });

  it('takes the latest reading of a period, which of one instant is that of the greater id', () => {
    const catalog = new CatalogView();
    things.forEach((thing, i) =>
      catalog.apply({
        catalogVersion: i + 1,
        thing:
          thing.kind === 'meter'
            ? {
                kind: 'meter',
                meter: { ...thing.meter, aggregation: 'latest', valuePointer: '/count' },
              }
            : thing,
      }),
    );
    const pricer = new LogPricer('acme', catalog);
    const records = [
      envelopeOf(['5'], 'acme', undefined, 4n),
      envelopeOf(['7'], 'acme', undefined, 1n),
      envelopeOf(['6'], 'acme', undefined, 9n),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toMatchObject({ events: 3, charges: 3 });
    expect(pricer.totals.sums).toEqual(new Map([['USD', 2_000_000n]]));
  });

  it('settles minimums where barriers close periods, and late use under them', () => {
    const december = Date.UTC(2025, 11) * 1_000;
    const catalog = new CatalogView();
    things.forEach((thing, i) =>
      catalog.apply({
        catalogVersion: i + 1,
        thing:
          thing.kind === 'price'
            ? { kind: 'price', price: { ...thing.price, minimum: '0.01' } }
            : thing,
      }),
    );
    const pricer = new LogPricer('acme', catalog);
    const barrier = decodeUsageRecord(
      encodeControlRecord({
        case: 'barrier',
        value: {
          tenant: 'acme',
          runId: 'run',
          closesBeforeMicros: BigInt(december),
          catalogVersion: BigInt(things.length),
        },
      }),
    );
    const sums: (bigint | undefined)[] = [];
    [envelopeOf(['1', '2']), barrier, barrier, envelopeOf(['3'])].forEach((record, offset) => {
      const appendedAtMs = NOVEMBER / 1_000;
      pricer.take({ partition: 0, offset: BigInt(offset), appendedAtMs, record });
      sums.push(pricer.totals.sums.get('USD'));
    });
    expect(sums).toEqual([4_000_000n, 10_000_000n, 10_000_000n, 10_000_000n]);
    expect(pricer.totals.charges).toBe(4);
  });

  it('counts each item of an unlock once, and leaves out what names none', () => {
    const catalog = new CatalogView();
    unlockThings.forEach((thing, i) => catalog.apply({ catalogVersion: i + 1, thing }));
    const pricer = new LogPricer('acme', catalog);
    const records = [
      envelopeOf(['1', '2'], 'acme', 'video'),
      envelopeOf(['3'], 'acme', 'audio'),
      envelopeOf(['4', '5']),
      envelopeOf(['6'], 'acme', 'audio'),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toMatchObject({ events: 6, charges: 4 });
    expect(pricer.totals.sums).toEqual(new Map([['USD', 400_000_000n]]));
  });
});

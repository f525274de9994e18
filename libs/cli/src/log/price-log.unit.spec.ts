import { describe, expect, it } from 'vitest';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { decodeUsageRecord, encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import type { PriceModel } from '@farthing/domain/pricing/price-model';
import { catalogOf, envelopeOf, NOVEMBER, ONE, refundOf, things } from './logged-articles.spec.js';
import { LogPricer } from './price-log.js';

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

const tipThings: readonly CatalogThing[] = things.map((thing) => {
  if (thing.kind === 'meter') {
    return { ...thing, meter: { ...thing.meter, aggregation: 'sum', valuePointer: '/tip' } };
  }
  const model = { kind: 'amount_on_event', minimum: '1', maximum: '5', markup: '50' } as const;
  return thing.kind === 'price' ? { ...thing, price: { ...thing.price, model } } : thing;
});

const tip = (id: string, quantity: bigint) => envelopeOf([id], 'acme', { quantity });

function reRatingOf(n: number, amountNanos: bigint, beforeNanos: bigint) {
  const place = { chargeId: 'chg_1-0-0-0-0', price: 'articles', priceVersion: 1 };
  const adjustments = [{ ...place, amountNanos, beforeNanos }];
  const value = { commandId: `re-rating:r:0:${n}`, tenant: 'acme', customer: 'alice', adjustments };
  return decodeUsageRecord(encodeControlRecord({ case: 'applyReRating', value }));
}

function ownPricesOf(version: bigint, priceOverrides: string[]) {
  const schedule = { timeZone: 'UTC', interval: 4 };
  const facts = { plan: 'standard', currency: 'USD', ...schedule, priceOverrides };
  const value = { tenant: 'acme', customer: 'alice', version, ...facts };
  return decodeUsageRecord(encodeControlRecord({ case: 'customerChanged', value }));
}

describe('LogPricer', () => {
  it('counts the first of each identity, across envelopes, and prices cumulatively', () => {
    const pricer = new LogPricer('acme', catalogOf(things));
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
    const pricer = new LogPricer('acme', catalogOf(things));
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

  it('applies a re-rating once and to what it saw, and gives back what stands', () => {
    const catalog = new CatalogView();
    things.forEach((thing, i) => catalog.apply({ catalogVersion: i + 1, thing }));
    const pricer = new LogPricer('acme', catalog);
    const sums: (bigint | undefined)[] = [];
    const records = [
      envelopeOf(['1']),
      reRatingOf(0, -500_000n, 2_000_000n),
      reRatingOf(0, -500_000n, 2_000_000n),
      reRatingOf(1, -500_000n, 2_000_000n),
      reRatingOf(2, 100_000n, 1_500_000n),
      refundOf('chg_1-0-0-0-0'),
      reRatingOf(3, 100_000n, 1_600_000n),
    ];
    records.forEach((record, i) => {
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record });
      sums.push(pricer.totals.sums.get('USD'));
    });
    expect(sums).toEqual([2_000_000n, 1_500_000n, 1_500_000n, 1_500_000n, 1_600_000n, 0n, 0n]);
    // The charge, two adjustments, and what gives it back.
    expect(pricer.totals.charges).toBe(4);
  });

  it('prices the cells of a matrix apart, and leaves out what has none', () => {
    const pricer = new LogPricer('acme', catalogOf(matrixThings));
    const records = [
      envelopeOf(['1', '2', '3'], 'acme', { format: 'video' }),
      envelopeOf(['4'], 'acme', { format: 'audio' }),
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
      envelopeOf(['1', '2'], 'acme', { format: 'video' }),
      envelopeOf(['3'], 'acme', { format: 'audio' }),
      envelopeOf(['4']),
      envelopeOf(['5'], 'acme', { format: 'video' }),
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
      envelopeOf(['5'], 'acme', undefined, 4n * ONE),
      envelopeOf(['7'], 'acme', undefined, ONE),
      envelopeOf(['6'], 'acme', undefined, 9n * ONE),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toMatchObject({ events: 3, charges: 3 });
    expect(pricer.totals.sums).toEqual(new Map([['USD', 2_000_000n]]));
  });

  it('settles minimums where barriers close periods, and late use and re-ratings under them', () => {
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
    const records = [
      envelopeOf(['1', '2']),
      reRatingOf(0, 1_000_000n, 2_000_000n),
      barrier,
      barrier,
      envelopeOf(['3']),
      // A settled minimum takes these up, wholly and in part.
      reRatingOf(1, 1_000_000n, 3_000_000n),
      reRatingOf(2, 6_000_000n, 3_000_000n),
      envelopeOf(['4', '5', '6', '7', '8']),
      reRatingOf(3, 1_000_000n, 3_000_000n),
    ];
    records.forEach((record, offset) => {
      const appendedAtMs = NOVEMBER / 1_000;
      pricer.take({ partition: 0, offset: BigInt(offset), appendedAtMs, record });
      sums.push(pricer.totals.sums.get('USD'));
    });
    const thousandths = sums.map((sum) => Number(sum) / 1e6);
    expect(thousandths).toEqual([4, 5, 10, 10, 10, 10, 10, 11, 12]);
    expect(pricer.totals.charges).toBe(11);
  });

  it("prices by a customer's own prices from where the log states them to where it takes them back", () => {
    const own = things.flatMap((thing): CatalogThing[] =>
      thing.kind === 'price'
        ? [
            {
              kind: 'price',
              price: {
                ...thing.price,
                key: 'own',
                model: { kind: 'per_unit', unitPrice: '0.5' },
              },
            },
          ]
        : [],
    );
    const pricer = new LogPricer('acme', catalogOf([...own, ...things]));
    const log = [
      envelopeOf(['1']),
      ownPricesOf(1n, ['own']),
      envelopeOf(['2', '3']),
      ownPricesOf(2n, []),
      // Both prices counted on from where each of them stood.
      envelopeOf(['4', '5']),
    ];
    const sums = log.map((record, offset) => {
      pricer.take({ partition: 0, offset: BigInt(offset), appendedAtMs: 0, record });
      return pricer.totals.sums.get('USD');
    });
    expect(sums).toEqual([2_000_000n, 2_000_000n, 1_002_000_000n, 1_002_000_000n, 1_005_000_000n]);
  });

  it('counts each item of an unlock once, and leaves out what names none', () => {
    const pricer = new LogPricer('acme', catalogOf(unlockThings));
    const records = [
      envelopeOf(['1', '2'], 'acme', { format: 'video' }),
      envelopeOf(['3'], 'acme', { format: 'audio' }),
      envelopeOf(['4', '5']),
      envelopeOf(['6'], 'acme', { format: 'audio' }),
    ];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toMatchObject({ events: 6, charges: 4 });
    expect(pricer.totals.sums).toEqual(new Map([['USD', 400_000_000n]]));
  });

  it('prices what each event carries; one outside of the range takes no key', () => {
    const pricer = new LogPricer('acme', catalogOf(tipThings));
    const records = [tip('1', ONE), tip('2', 6n * ONE), tip('2', 5n * ONE), tip('1', ONE)];
    records.forEach((record, i) =>
      pricer.take({ partition: 0, offset: BigInt(i), appendedAtMs: 0, record }),
    );
    expect(pricer.totals).toEqual({
      events: 4,
      duplicates: 1,
      charges: 2,
      sums: new Map([['USD', 9n * ONE]]),
    });
  });
});

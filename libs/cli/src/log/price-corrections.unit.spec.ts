import { expect, it } from 'vitest';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import { EnvelopeBuilder, type EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import { envelopeOfOne } from '@farthing/contracts/wire/single-event';
import { decodeUsageRecord, encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import type { Aggregation } from '@farthing/domain/metering/meter';
import type { AnyPriceModel } from '@farthing/domain/pricing/any-price-rule';
import { LogPricer } from './price-log.js';

const UNIT = 1_000_000_000n;
const NOVEMBER = 1_761_955_200_000_000;
const MODELS: Readonly<Record<string, AnyPriceModel>> = {
  articles: {
    kind: 'graduated',
    tiers: [{ upTo: '20', unitPrice: '0.002' }, { unitPrice: '0.0015' }],
  },
  seats: { kind: 'per_unit', unitPrice: '1.5' },
  songs: { kind: 'unlock', item: 'song', unitPrice: '0.5' },
  tips: { kind: 'percentage', rate: '10', freeEvents: 1 },
  readers: { kind: 'per_unit', unitPrice: '2' },
  stored: { kind: 'per_unit', unitPrice: '1' },
};
/** Of all others the sum. */
const AGGREGATIONS: Readonly<Record<string, Aggregation>> = {
  seats: 'max',
  readers: 'unique',
  stored: 'latest',
};

function catalogOf(): CatalogView {
  const schedule = { timeZone: 'UTC', anchorAt: 0, interval: 'month' } as const;
  const defaults = { plan: 'standard', currency: 'USD', schedule, funding: 'postpaid' } as const;
  const keys = Object.keys(MODELS);
  const things: CatalogThing[] = [
    {
      kind: 'tenant',
      tenant: {
        id: 'acme',
        version: 1,
        name: 'Acme',
        twinOf: '',
        unknownCustomers: 'create',
        defaults,
        graceSeconds: 0,
        minimumInvoiceNanos: 0n,
        roundingMode: 'half_up',
        taxRates: [],
        taxInclusive: false,
      },
    },
    ...keys.flatMap((key): CatalogThing[] => [
      {
        kind: 'meter',
        meter: {
          tenant: 'acme',
          key,
          version: 1,
          eventTypes: ['read'],
          aggregation: AGGREGATIONS[key] ?? 'sum',
          filter: [],
          valuePointer: key === 'readers' ? '/song' : `/${key}`,
          dimensions: [{ name: 'song', pointer: '/song' }],
        },
      },
      {
        kind: 'price',
        price: {
          tenant: 'acme',
          key,
          version: 1,
          meterKey: key,
          currency: 'USD',
          model: MODELS[key]!,
          effectiveFrom: 0,
          taxCategory: 'standard',
          split: [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7_000 }],
          description: key,
        },
      },
    ]),
    { kind: 'plan', plan: { tenant: 'acme', key: 'standard', version: 1, prices: keys } },
  ];
  const catalog = new CatalogView();
  things.forEach((thing, at) => catalog.apply({ catalogVersion: at + 1, thing }));
  return catalog;
}

const CATALOG_VERSION = 2 + 2 * Object.keys(MODELS).length;

interface Use {
  readonly meter: string;
  readonly quantity?: bigint;
  readonly song?: string;
  readonly creator?: string;
  readonly type?: string;
  /** Hours since the month began. */
  readonly hour?: number;
}

function text(pointer: string, value: string | undefined) {
  return value === undefined ? [] : [{ pointer, value, kind: PropertyKind.STRING }];
}

function eventOf(id: string, use: Use) {
  const { meter, quantity = 1n, song, creator = 'joe', type = 'read', hour = 0 } = use;
  const data = Buffer.from(`{"id":"${id}"}`);
  const event: EnvelopeEvent = {
    tenant: 'acme',
    customer: 'alice',
    type,
    source: 'web',
    id,
    holdId: '',
    quoteToken: '',
    key: eventKey('acme', 'web', id),
    bodyHash: bodyHash({ type, subject: 'alice', time: '' }, data),
    occurredAt: NOVEMBER + hour * 3_600_000_000,
    data,
    readings: [{ meter, quantity: quantity * UNIT }],
    properties: [...text('/song', song), ...text('/creator', creator)],
  };
  return event;
}

class Log {
  readonly pricer = new LogPricer('acme', catalogOf());
  #offset = 0n;

  use(id: string, use: Use): string {
    const builder = new EnvelopeBuilder(CATALOG_VERSION);
    builder.add(eventOf(id, use));
    return this.#take(builder.finish());
  }

  voids(eventId: string, by?: string, customer = 'alice'): void {
    const own = by && envelopeOfOne(eventOf(by, { meter: 'articles' }), CATALOG_VERSION);
    const value = { ...this.#named(eventId, customer), commandId: `void:${eventId}` };
    this.#take(encodeControlRecord({ case: 'void', value: { ...value, ...(own && { by: own }) } }));
  }

  corrects(eventId: string, id: string, use: Use): void {
    const replacement = envelopeOfOne(eventOf(id, use), CATALOG_VERSION);
    const commandId = `correct:${eventId}:${this.#offset}`;
    const value = { ...this.#named(eventId, 'alice'), commandId, replacement };
    this.#take(encodeControlRecord({ case: 'correct', value }));
  }

  refund(chargeId: string): void {
    const value = { commandId: `refund:${chargeId}`, tenant: 'acme', customer: 'alice', chargeId };
    this.#take(encodeControlRecord({ case: 'refund', value }));
  }

  get sum(): bigint {
    return this.pricer.totals.sums.get('USD') ?? 0n;
  }

  #named(eventId: string, customer: string) {
    return { tenant: 'acme', customer, source: 'web', eventId };
  }

  #take(bytes: Buffer): string {
    const record = decodeUsageRecord(bytes);
    const offset = this.#offset++;
    this.pricer.take({ partition: 0, offset, appendedAtMs: NOVEMBER / 1_000, record });
    return `chg_1-0-${offset}-0-0`;
  }
}

const articles = (quantity: bigint, creator?: string): Use => ({
  meter: 'articles',
  quantity,
  ...(creator !== undefined && { creator }),
});
const seats = (quantity: bigint): Use => ({ meter: 'seats', quantity });
const reader = (name: string): Use => ({ meter: 'readers', song: name });
const stored = (quantity: bigint, hour: number): Use => ({ meter: 'stored', quantity, hour });
const song = (name: string): Use => ({ meter: 'songs', song: name });

it('takes what is voided back at the quantity by now, and puts what corrects in its place', () => {
  const log = new Log();
  log.use('1', articles(15n));
  log.use('2', articles(10n));
  expect(log.sum).toBe(47_500_000n);
  log.voids('1');
  log.voids('1');
  expect(log.sum).toBe(20_000_000n);
  log.corrects('2', '2', articles(25n));
  expect(log.sum).toBe(47_500_000n);
  log.corrects('2', '2', articles(1n));
  expect(log.sum).toBe(2_000_000n);
  expect(log.pricer.totals).toMatchObject({ events: 2, charges: 7 });
});

it('leaves the greatest of the others of a maximum', () => {
  const log = new Log();
  log.use('1', seats(10n));
  log.use('2', seats(7n));
  log.voids('1');
  expect(log.sum).toBe(7n * 1_500_000_000n);
  log.corrects('2', '2', seats(3n));
  expect(log.sum).toBe(3n * 1_500_000_000n);
  log.voids('2');
  expect(log.sum).toBe(0n);
});

it('forgets a value that nobody used any more', () => {
  const log = new Log();
  log.use('1', reader('ann'));
  log.use('2', reader('ann'));
  log.use('3', reader('bob'));
  log.voids('1');
  expect(log.sum).toBe(4n * UNIT);
  log.corrects('3', '3', reader('ann'));
  expect(log.sum).toBe(2n * UNIT);
  log.use('4', reader('bob'));
  log.corrects('4', 'c', reader('bob'));
  expect(log.sum).toBe(4n * UNIT);
  log.voids('2');
  log.voids('3');
  expect(log.sum).toBe(2n * UNIT);
  log.use('5', reader('ann'));
  expect(log.sum).toBe(4n * UNIT);
});

it('leaves the latest reading of the others', () => {
  const log = new Log();
  log.use('1', stored(5n, 1));
  log.use('3', stored(3n, 3));
  log.use('2', stored(9n, 2));
  log.voids('3');
  expect(log.sum).toBe(9n * UNIT);
  log.voids('1');
  expect(log.sum).toBe(9n * UNIT);
  log.use('4', stored(4n, 2));
  log.corrects('2', '2', stored(7n, 0));
  expect(log.sum).toBe(4n * UNIT);
  // It stands in the place of the second, whose id decides at one instant.
  log.corrects('2', 'z', stored(8n, 2));
  expect(log.sum).toBe(4n * UNIT);
  log.voids('4');
  expect(log.sum).toBe(8n * UNIT);
  log.voids('2');
  expect(log.sum).toBe(0n);
  log.use('5', stored(6n, 0));
  expect(log.sum).toBe(6n * UNIT);
});

it('closes an item again, unless a later use went through', () => {
  const log = new Log();
  log.use('1', song('hey'));
  log.use('2', song('you'));
  log.use('3', song('you'));
  log.voids('1');
  log.use('4', song('hey'));
  expect(log.sum).toBe(1_000_000_000n);
  log.voids('2');
  log.use('5', song('you'));
  expect(log.sum).toBe(500_000_000n);
  log.corrects('4', '4', song('them'));
  log.use('6', song('hey'));
  expect(log.sum).toBe(1_000_000_000n);
  // Used again by what corrects it, the item is paid again.
  log.use('7', song('hey'));
  log.corrects('6', '6', song('hey'));
  expect(log.sum).toBe(1_000_000_000n);
});

it('gives back what an event came to that was priced by itself', () => {
  const log = new Log();
  log.use('1', { meter: 'tips', quantity: 30n });
  log.use('2', { meter: 'tips', quantity: 50n });
  log.voids('2');
  expect(log.sum).toBe(0n);
  log.use('3', { meter: 'tips', quantity: 40n });
  expect(log.sum).toBe(4n * UNIT);
});

it('gives back by a refund what is left, of each who has it now', () => {
  const log = new Log();
  const id = log.use('1', articles(3n));
  log.corrects('1', '1', articles(1n, 'eve'));
  log.refund(id);
  log.refund(id);
  log.voids('1');
  log.corrects('1', '1', articles(9n));
  expect(log.pricer.totals).toMatchObject({ charges: 4, sums: new Map([['USD', 0n]]) });
  const voided = log.use('2', articles(1n));
  log.voids('2');
  log.refund(voided);
  expect(log.pricer.totals).toMatchObject({ charges: 6, sums: new Map([['USD', 0n]]) });
});

it('counts events that correct others as events, and passes over what rating refuses', () => {
  const log = new Log();
  log.use('1', articles(1n));
  log.voids('1', undefined, 'bob');
  log.voids('9', 'v');
  log.corrects('1', '1', { ...articles(9n), type: 'sold' });
  expect(log.sum).toBe(2_000_000n);
  log.voids('1', 'v');
  log.voids('1', 'v');
  log.use('v', articles(1n));
  expect(log.pricer.totals).toMatchObject({ events: 5, duplicates: 2, charges: 2 });
  expect(log.sum).toBe(0n);
});

import { neverCrash } from '@farthing/adapters/config/crash-point';
import type { ConsumedRecord, RecordBatch } from '@farthing/adapters/kafka/batch-handler';
import type { RecordProducer } from '@farthing/adapters/kafka/record-producer';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { EnvelopeBuilder } from '@farthing/contracts/wire/envelope-builder';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import { decodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { encodeControlRecord, type ControlRecordInit } from '@farthing/contracts/wire/usage-record';
import type { Meter } from '@farthing/domain/metering/meter';
import type { Price } from '@farthing/domain/pricing/price';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createRatingMetrics } from './metrics.js';
import { RangePublisher } from './publish-ranges/range-publisher.js';
import { RateBatch, type RateBatchParts } from './rate-batch/rate-batch.js';

/** 2026-08-20T12:00:00Z: when the log takes the events of these specs, unless they say otherwise. */
export const NOW = Date.UTC(2026, 7, 20, 12) * 1_000;
export const AUGUST = { from: Date.UTC(2026, 7) * 1_000, to: Date.UTC(2026, 8) * 1_000 };
export const PARTITION = 3;
export const logger = createLogger({ service: 'rating', level: 'silent' });

const SCHEDULE = {
  timeZone: 'UTC',
  anchorAt: Date.UTC(2020, 0) * 1_000,
  interval: 'month',
} as const;

export function tenantThing(
  id: string,
  changes: {
    unknownCustomers?: 'create' | 'refuse';
    plan?: string;
    acceptLateDays?: number;
  } = {},
): CatalogThing {
  const { unknownCustomers = 'create', plan = 'standard', ...late } = changes;
  return {
    kind: 'tenant',
    tenant: {
      id,
      version: 1,
      name: id,
      twinOf: '',
      unknownCustomers,
      defaults: { plan, currency: 'USD', schedule: SCHEDULE, funding: 'postpaid' },
      graceSeconds: 0,
      minimumInvoiceNanos: 0n,
      roundingMode: 'half_up',
      taxRates: [],
      taxInclusive: false,
      ...late,
    },
  };
}

export function priceThing(
  tenant: string,
  changes: Partial<Price> & { key: string },
): CatalogThing {
  const price: Price = {
    tenant,
    version: 1,
    meterKey: changes.key,
    currency: 'USD',
    model: { kind: 'per_unit', unitPrice: '0.00000001' },
    effectiveFrom: 0,
    taxCategory: 'standard',
    split: [],
    description: changes.key,
    ...changes,
  };
  return { kind: 'price', price };
}

export function meterThing(
  tenant: string,
  key: string,
  changes: Partial<Meter> = {},
): CatalogThing {
  const meter: Meter = {
    tenant,
    key,
    version: 1,
    eventTypes: ['article.read'],
    aggregation: 'max',
    filter: [],
    valuePointer: `/${key}`,
    dimensions: [],
    ...changes,
  };
  return { kind: 'meter', meter };
}

/** Articles in three tiers of which a creator gets 70 %, traffic by the byte, and the most seats of a month. */
export const TARIFF: readonly CatalogThing[] = ['acme', 'other', 'strict'].flatMap(
  (id) =>
    [
      tenantThing(id, {
        unknownCustomers: id === 'strict' ? 'refuse' : 'create',
        ...(id === 'other' ? { acceptLateDays: 3 } : {}),
      }),
      priceThing(id, {
        key: 'articles',
        description: 'Articles',
        model: {
          kind: 'graduated',
          tiers: [
            { upTo: '20', unitPrice: '0.002' },
            { upTo: '100', unitPrice: '0.0015' },
            { unitPrice: '0.001' },
          ],
        },
        split: [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7_000 }],
      }),
      priceThing(id, { key: 'traffic', description: 'Traffic' }),
      meterThing(id, 'seats'),
      meterThing(id, 'peak'),
      meterThing(id, 'clips', {
        aggregation: 'sum',
        dimensions: [{ name: 'format', pointer: '/format' }],
      }),
      priceThing(id, {
        key: 'clips',
        model: {
          kind: 'matrix',
          dimensions: ['format'],
          cells: [
            {
              values: { format: 'video' },
              model: {
                kind: 'graduated',
                tiers: [{ upTo: '2', unitPrice: '0.2' }, { unitPrice: '0.1' }],
              },
            },
          ],
          ...(id === 'acme' ? { default: { kind: 'per_unit', unitPrice: '0.01' } } : {}),
        },
      }),
      meterThing(id, 'songs', {
        aggregation: 'count',
        dimensions: [{ name: 'song', pointer: '/song' }],
      }),
      priceThing(id, {
        key: 'songs',
        model: { kind: 'unlock', item: 'song', unitPrice: '0.5', days: 10 },
      }),
      priceThing(id, { key: 'seats', model: { kind: 'per_unit', unitPrice: '1.5' } }),
      {
        kind: 'plan',
        plan: {
          tenant: id,
          key: 'standard',
          version: 1,
          prices: ['articles', 'clips', 'seats', 'songs', 'traffic'],
        },
      },
    ] satisfies CatalogThing[],
);

export function viewOf(things: readonly CatalogThing[]): CatalogView {
  const view = new CatalogView();
  things.forEach((thing, at) => view.apply({ catalogVersion: at + 1, thing }));
  return view;
}

export interface EventInit {
  readonly tenant?: string;
  readonly customer?: string;
  readonly source?: string;
  readonly id: string;
  readonly type?: string;
  /** Microseconds; 0 for an event that gives no time. */
  readonly occurredAt?: number;
  readonly creator?: string;
  readonly holdId?: string;
  readonly quoteToken?: string;
  readonly data?: string;
  readonly format?: string;
  readonly song?: string;
  /** By meter, in units of 10^-9. */
  readonly readings?: Readonly<Record<string, bigint>>;
}

export const ONE = 1_000_000_000n;

/** The bytes of an envelope. */
export function envelopeOf(events: readonly EventInit[], catalogVersion = TARIFF.length): Buffer {
  const builder = new EnvelopeBuilder(catalogVersion);
  for (const event of events) builder.add(envelopeEvent(event));
  return builder.finish();
}

export function envelopeEvent(init: EventInit) {
  const { tenant = 'acme', customer = 'ann', source = 'web', id, type = 'article.read' } = init;
  const data = Buffer.from(init.data ?? JSON.stringify({ creator: init.creator ?? 'joe' }));
  const occurredAt = init.occurredAt ?? NOW - 3_600_000_000;
  const readings = init.readings ?? { articles: ONE, traffic: 1_000n * ONE };
  return {
    tenant,
    customer,
    type,
    source,
    id,
    holdId: init.holdId ?? '',
    quoteToken: init.quoteToken ?? '',
    key: eventKey(tenant, source, id),
    bodyHash: bodyHash({ type, subject: customer, time: String(occurredAt) }, data),
    occurredAt,
    data,
    readings: Object.entries(readings).map(([meter, quantity]) => ({ meter, quantity })),
    properties: [
      { pointer: '/creator', value: init.creator ?? 'joe', kind: PropertyKind.STRING },
      ...textProperty('/format', init.format),
      ...textProperty('/song', init.song),
    ],
  };
}

function textProperty(pointer: string, value: string | undefined) {
  return value === undefined ? [] : [{ pointer, value, kind: PropertyKind.STRING }];
}

/** A partition of the log that a spec writes by hand. */
export class TestLog {
  readonly records: ConsumedRecord[] = [];

  append(value: Buffer, appendedAt = NOW): bigint {
    const offset = BigInt(this.records.length);
    const appendedAtMs = appendedAt / 1_000;
    this.records.push({ offset, key: null, value, headers: {}, appendedAtMs });
    return offset;
  }

  events(events: readonly EventInit[], appendedAt = NOW): bigint {
    return this.append(envelopeOf(events), appendedAt);
  }

  control(record: ControlRecordInit, appendedAt = NOW): bigint {
    return this.append(encodeControlRecord(record), appendedAt);
  }

  refund(chargeId: string, changes: { tenant?: string; customer?: string } = {}): bigint {
    const { tenant = 'acme', customer = 'ann' } = changes;
    const commandId = `refund:${chargeId}`;
    const value = { commandId, tenant, customer, chargeId, reason: 'misread' };
    return this.control({ case: 'refund', value });
  }

  barrier(runId: string, closesBefore: number, tenant = 'acme', catalogVersion = 0): bigint {
    const closesBeforeMicros = BigInt(closesBefore);
    const version = { catalogVersion: BigInt(catalogVersion) };
    return this.control({
      case: 'barrier',
      value: { commandId: runId, runId, tenant, closesBeforeMicros, ...version },
    });
  }
}

/** What Kafka would have got, by partition; it can be told to refuse. */
export class CapturingProducer implements RecordProducer {
  readonly sent: Buffer[] = [];
  refuses = false;

  send({ records }: Parameters<RecordProducer['send']>[0]): Promise<bigint> {
    if (this.refuses) return Promise.reject(new Error('Kafka is away'));
    const base = BigInt(this.sent.length);
    this.sent.push(...records.map(({ value }) => value!));
    return Promise.resolve(base);
  }

  get messages() {
    return this.sent.map((bytes) => decodeRatedMessage(bytes));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A process that rates: with memory of its own, over a database that others may share. */
export class TestWorker {
  readonly producer = new CapturingProducer();
  readonly publisher: RangePublisher;
  readonly rating: RateBatch;
  readonly seeks: bigint[] = [];

  constructor(
    readonly batch: DataSource,
    options: Partial<Pick<RateBatchParts, 'crashPoint' | 'periodsAtOnce' | 'reMeter'>> & {
      readonly view?: CatalogView;
    } = {},
  ) {
    const view = options.view ?? viewOf(TARIFF);
    const crashPoint = options.crashPoint ?? neverCrash;
    const metrics = createRatingMetrics(createMetricsRegistry({ service: 'rating' }));
    const { producer } = this;
    const parts = { dataSource: batch, producer, view, crashPoint, logger };
    this.publisher = new RangePublisher(parts);
    const names = { consumer: GROUPS.ratingUsage, topic: TOPICS.usageAccepted };
    this.rating = new RateBatch({
      dataSource: batch,
      offsets: new PartitionOffsets(batch, names),
      catalog: { view, waitFor: () => Promise.resolve() },
      publisher: this.publisher,
      metrics,
      crashPoint,
      horizonMs: 100 * 86_400_000,
      customersInMemory: 100,
      partitions: 8,
      periodsAtOnce: options.periodsAtOnce ?? 1_000,
      reMeter: options.reMeter,
    });
  }

  /** Hands it records, as one fetch would. */
  async apply(records: readonly ConsumedRecord[], partition = PARTITION): Promise<void> {
    if (records.length === 0) return;
    const batch: RecordBatch = {
      topic: TOPICS.usageAccepted,
      partition,
      records,
      highWatermark: records.at(-1)!.offset + 1n,
      heartbeat: () => Promise.resolve(),
      seek: (offset) => this.seeks.push(offset),
      isRunning: () => true,
      isStale: () => false,
    };
    await this.rating.apply(batch);
  }

  /** As long as something is being published. */
  async settled(): Promise<void> {
    while (this.publisher.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await this.publisher.close();
  }
}

export interface RatingDatabase {
  readonly test: TestDatabase;
  readonly admin: pg.Client;
  readonly batch: DataSource;
  readonly api: DataSource;
  /** Every charge, in order, without the numbers of its names: they say only in which order names were stored. */
  charges(): Promise<Record<string, unknown>[]>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  /** Forgets everything, as a restore to the beginning would. */
  clear(): Promise<void>;
  drop(): Promise<void>;
}

const CHARGES = `
  select generation, partition, log_offset, event_index, n, kind, tenant, customer, currency, source, event_id, type, meter,
         price, price_version, cell, corrects, occurred_at, usage_from, usage_to, booking_from, booking_to, usage_month,
         quantity_before, quantity_after, amount, quote_difference, creators, body_hash
    from charges`;

function sourceAt(url: string): Promise<DataSource> {
  return createDataSource({ url, schema: 'rating', applicationName: 'spec', logger, poolSize: 10 });
}

export async function createRatingDatabase(): Promise<RatingDatabase> {
  const test = await createTestDatabase({ services: ['rating'] });
  const admin = new pg.Client({
    connectionString: test.adminUrl,
    options: '-c search_path=rating',
  });
  await admin.connect();
  const batch = await sourceAt(test.urlsOf('rating').batch);
  const api = await sourceAt(test.urlsOf('rating').api);
  const rows = async (sql: string) => (await admin.query<Record<string, unknown>>(sql)).rows;
  return {
    test,
    admin,
    batch,
    api,
    rows,
    charges: () => rows(`${CHARGES} order by partition, log_offset, event_index, n`),
    clear: async () => {
      // The names of charges keep their numbers: a worker may remember them.
      await admin.query(`truncate partition_offsets, customers, billing_periods, accumulators, unlocks, used_quotes, unpriced_usage,
        charge_rows, inbox, repeated_events, rejected_events, dead_letters, event_counts, sealed_through, barrier_tallies,
        applied_commands, settled_minimums, settlements, rated_ranges, corrections, kept_readings, seen_values`);
    },
    drop: async () => {
      await Promise.all([admin.end(), batch.destroy(), api.destroy()]);
      await test.drop();
    },
  };
}

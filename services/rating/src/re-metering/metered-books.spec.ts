import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { EnvelopeBuilder, type EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { propertyKindOf } from '@farthing/contracts/wire/property-kind';
import { formatNanos } from '@farthing/domain/money/nanos';
import { readUsage } from '@farthing/domain/rating/read-usage';
import { MeterBook } from '@farthing/domain/rating/type-meters';
import {
  AUGUST,
  createRatingDatabase,
  envelopeEvent,
  logger,
  meterThing,
  NOW,
  PARTITION,
  priceThing,
  tenantThing,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { selectReaches } from '../replay/log-reach.js';
import { ReplayedRecords } from '../replay/replayed-records.js';
import { createScratchDatabase } from '../replay/scratch-database.js';
import type { ComparedEvent } from './compare-events.js';
import { reportOf } from './re-metering-report.js';
import type { EventsToMeter } from './re-metering.js';
import { compareWithStored, RatedAfresh } from './re-meter.js';

export const HOUR = 3_600_000_000;
export const CREATOR = [
  { creator: { kind: 'property', property: '/creator' }, shareBps: 7_000 },
] as const;

/** Articles read, of which the first two cost 1 and others 0.5, traffic by the byte, and 10 % of a tip. */
export const CATALOG: readonly CatalogThing[] = ['acme', 'other'].flatMap((id) => [
  tenantThing(id),
  meterThing(id, 'articles', { aggregation: 'count' as const, valuePointer: undefined }),
  meterThing(id, 'traffic', { aggregation: 'sum' as const, valuePointer: '/bytes' }),
  meterThing(id, 'tips', {
    eventTypes: ['tip'],
    aggregation: 'sum' as const,
    valuePointer: '/amount',
  }),
  priceThing(id, {
    key: 'articles',
    model: { kind: 'graduated', tiers: [{ upTo: '2', unitPrice: '1' }, { unitPrice: '0.5' }] },
    split: CREATOR,
  }),
  priceThing(id, { key: 'traffic', model: { kind: 'per_unit', unitPrice: '0.01' } }),
  priceThing(id, { key: 'tips', model: { kind: 'percentage', rate: '10' } }),
  {
    kind: 'plan' as const,
    plan: { tenant: id, key: 'standard', version: 1, prices: ['articles', 'tips', 'traffic'] },
  },
]);

export interface SentEvent {
  readonly id: string;
  readonly tenant?: string;
  readonly customer?: string;
  readonly type?: string;
  readonly occurredAt?: number;
  readonly quoteToken?: string;
  readonly data?: object;
  /** The bytes of all its data, in place of what `data` adds to. */
  readonly text?: string;
}

/** As the door meters it; throws for an event that it would refuse. */
export function meteredEvent(view: CatalogView, sent: SentEvent): EnvelopeEvent {
  const { data = {}, tenant = 'acme', type = 'article.read' } = sent;
  const { text = JSON.stringify({ creator: 'joe', bytes: 10, ...data }) } = sent;
  const meters = new MeterBook(view).metersOf(tenant, type);
  const read = readUsage(
    { properties: JSON.parse(text), inexactNumbers: [] },
    meters,
    propertyKindOf,
  );
  if (read.outcome === 'refused') throw new Error(`${read.reason} at ${read.pointer}`);
  const { properties } = read;
  const readings = read.readings.map(({ meterKey: meter, quantity }) => ({ meter, quantity }));
  const event = envelopeEvent({ ...sent, data: text });
  return { ...event, readings, properties };
}

/** One envelope, metered by the catalog of that time. */
export function take(
  log: TestLog,
  events: readonly SentEvent[],
  things = CATALOG,
  at = NOW,
): bigint {
  const view = viewOf(things);
  const builder = new EnvelopeBuilder(view.version);
  for (const sent of events) builder.add(meteredEvent(view, sent));
  return log.append(builder.finish(), at);
}

export function logOf(...envelopes: ReadonlyArray<readonly SentEvent[]>): TestLog {
  const log = new TestLog();
  for (const events of envelopes) take(log, events);
  return log;
}

/** An article that answered so. */
export const read = (id: string, status: number, more: Partial<SentEvent> = {}): SentEvent => ({
  id,
  ...more,
  data: { status, size: 20, ...more.data },
});

/** Only what answered 200 is an article; version 2 of the meter. */
export const ONLY_FOUND = meterThing('acme', 'articles', {
  version: 2,
  aggregation: 'count',
  valuePointer: undefined,
  filter: [{ op: 'eq', pointer: '/status', value: 200 }],
});

export interface Found {
  readonly report: Awaited<ReturnType<typeof reportOf>>;
  /** Event and price, what, amount before and after. */
  readonly lines: readonly string[];
  readonly differences: readonly ComparedEvent[];
}

/** Stored books, and re-ratings of their log that each have a scratch database of their own. */
export class MeteredBooks {
  private constructor(readonly stored: RatingDatabase) {}

  static async open(): Promise<MeteredBooks> {
    return new MeteredBooks(await createRatingDatabase());
  }

  close(): Promise<void> {
    return this.stored.drop();
  }

  /** As rating did, by the catalog of that time; one record a fetch. */
  async rate(log: TestLog, things: readonly CatalogThing[] = CATALOG): Promise<void> {
    await this.stored.clear();
    const worker = new TestWorker(this.stored.batch, { view: viewOf(things) });
    for (const record of log.records) await worker.apply([record]);
    await worker.settled();
  }

  /** By the catalog of now. */
  async reMeter(
    log: TestLog,
    things: readonly CatalogThing[],
    changes: Partial<EventsToMeter> & { readonly price?: string } = {},
  ): Promise<Found> {
    const { price, ...asked } = changes;
    const events = { ...AUGUST, tenant: 'acme', customer: undefined, ...asked };
    const made = await createScratchDatabase(this.stored.test.adminUrl, logger);
    const { dataSource: scratch } = made;
    try {
      const view = viewOf(things);
      const afresh = new RatedAfresh(scratch, events);
      await afresh.begin(view);
      const { reMeter } = afresh;
      const worker = new TestWorker(scratch, { view, reMeter });
      const reaches = await selectReaches(this.stored.batch);
      const records = new ReplayedRecords({
        reaches,
        rate: async (batch) => {
          await worker.rating.apply(batch);
          await afresh.save();
        },
        onProgress: () => {},
      });
      for (const record of log.records) await records.take(record, PARTITION);
      await records.finish();
      await worker.settled();
      const differences: ComparedEvent[] = [];
      const stored = this.stored.batch;
      const onDifference = (one: ComparedEvent) => Promise.resolve(void differences.push(one));
      const comparing = { stored, scratch, view, events, price, reaches, onDifference };
      const counts = await compareWithStored(comparing);
      const report = await reportOf(scratch, counts, { limit: 5 });
      return { report, differences, lines: differences.map(lineOf) };
    } finally {
      await made.drop();
    }
  }
}

function lineOf({ event, what, stored, fresh }: ComparedEvent): string {
  const amounts = [stored, fresh].map((use) => (use ? Number(formatNanos(use.amount)) : '-'));
  return `${event.eventId} ${(stored ?? fresh)!.price} ${what} ${amounts.join(' ')}`;
}

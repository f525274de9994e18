import { CatalogFeed } from '@farthing/adapters/catalog-feed/catalog-feed';
import { neverCrash } from '@farthing/adapters/config/crash-point';
import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import type { KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import { createTopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import { createWholeTopicReader } from '@farthing/adapters/kafka/whole-topic-reader';
import { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { DataSource } from 'typeorm';
import { createRatingMetrics } from '../metrics.js';
import { RateBatch, type ReMeter } from '../rate-batch/rate-batch.js';
import { endOf, type Reach } from './log-reach.js';
import { ReplayedRecords } from './replayed-records.js';

export interface ReplayLogParts {
  readonly kafka: KafkaConnection;
  /** An empty schema `rating`. */
  readonly scratch: DataSource;
  readonly reaches: readonly Reach[];
  readonly horizonMs: number;
  readonly logger: Logger;
  readonly onProgress: (done: number, of: number) => void;
  /** What rates events in another way than the log says; a replay has none. */
  readonly afresh?: Afresh;
}

export interface Afresh {
  /** The catalog is read, and nothing of the log is. */
  begin(view: CatalogView): Promise<void>;
  readonly reMeter: ReMeter;
  /** After each batch of records. */
  save(): Promise<void>;
}

export interface ReplayedLog {
  /** How many records were rated. */
  readonly records: number;
  readonly catalog: CatalogView;
}

/** The log does not have what rating has applied: it cannot be rated again. */
export class LogIncomplete extends Error {
  override readonly name = 'LogIncomplete';
}

/** A long time, which the timers of Node still take. */
const DEADLINE_MS = 2_000_000_000;
const CUSTOMERS_IN_MEMORY = 5_000;

/** Rates the log from its beginning up to `reaches`, by rating's own code, into `scratch`; publishes nothing. */
export async function replayLog(parts: ReplayLogParts): Promise<ReplayedLog> {
  const { kafka, scratch, logger, reaches, horizonMs, onProgress, afresh } = parts;
  const partitions = await assertComplete(kafka, reaches);
  const failure = new FatalFailure();
  const onFatal = (error: unknown) => failure.report(error);
  const reading = { kafka, service: 'replay', logger, onFatal };
  const catalog = await CatalogFeed.start(reading);
  const names = { consumer: GROUPS.ratingUsage, topic: TOPICS.usageAccepted };
  const rating = new RateBatch({
    dataSource: scratch,
    offsets: new PartitionOffsets(scratch, names),
    catalog,
    publisher: { publish: drop, publishStored: drop, room: async () => {} },
    metrics: createRatingMetrics(createMetricsRegistry({ service: 'replay' })),
    crashPoint: neverCrash,
    horizonMs,
    customersInMemory: CUSTOMERS_IN_MEMORY,
    partitions,
    reMeter: afresh?.reMeter,
  });
  const records = new ReplayedRecords({
    reaches,
    rate: async (batch) => {
      await rating.apply(batch);
      await afresh?.save();
    },
    onProgress,
  });
  try {
    await failure.unless(catalog.readToEndAsOfNow(DEADLINE_MS));
    await afresh?.begin(catalog.view);
    const onRecord = (record: ConsumedRecord, partition: number) => records.take(record, partition);
    const log = await createWholeTopicReader({ ...reading, topic: TOPICS.usageAccepted, onRecord });
    try {
      await failure.unless(log.readToEndAsOfNow(DEADLINE_MS));
      return { records: await records.finish(), catalog: catalog.view };
    } finally {
      await log.close();
    }
  } finally {
    await catalog.close();
  }
}

/** Answers the number of partitions. Retention that has deleted the beginning has taken what the rest follows from. */
async function assertComplete(kafka: KafkaConnection, reaches: readonly Reach[]): Promise<number> {
  const admin = createTopicAdmin(kafka);
  try {
    const watermarks = await admin.watermarks(TOPICS.usageAccepted);
    for (const reach of reaches) {
      const end = endOf(reach);
      if (end === 0n) continue;
      const { low, high } = watermarks.get(reach.partition) ?? { low: 0n, high: 0n };
      if (low === 0n && high >= end) continue;
      throw new LogIncomplete(
        `partition ${reach.partition} of the log holds offsets ${low} to ${high}, and rating has applied 0 to ${end}`,
      );
    }
    return watermarks.size;
  } finally {
    await admin.close();
  }
}

function drop(): void {}

/** What ends a reader, for who waits for it. */
class FatalFailure {
  #report!: (error: unknown) => void;
  readonly #reported = new Promise<never>((_resolve, reject) => (this.#report = reject));

  constructor() {
    // It may come while nobody waits: then it is who waits next that gets it.
    this.#reported.catch(() => undefined);
  }

  report(error: unknown): void {
    this.#report(error);
  }

  unless<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([this.#reported, work]);
  }
}

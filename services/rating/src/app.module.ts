import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { CatalogFeed } from '@farthing/adapters/catalog-feed/catalog-feed';
import { createClock } from '@farthing/adapters/config/clock';
import { createCrashPoint } from '@farthing/adapters/config/crash-point';
import { BearerAuthGuard } from '@farthing/adapters/http/bearer-auth';
import { createHttpApp } from '@farthing/adapters/http/create-http-app';
import { expireKeysHourly } from '@farthing/adapters/http/expire-keys';
import { Health } from '@farthing/adapters/http/health';
import { startManagementServer } from '@farthing/adapters/http/management-server';
import { BatchConsumerStrategy } from '@farthing/adapters/kafka/batch-consumer-strategy';
import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import { createRecordProducer } from '@farthing/adapters/kafka/record-producer';
import { createTopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import { OutboxPublisher } from '@farthing/adapters/outbox/outbox-publisher';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { runMigrations } from '@farthing/adapters/postgres/migrations';
import { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { RefundsController } from './adjustments/refunds.controller.js';
import { ChargesController } from './charges/charges.controller.js';
import { Commands } from './commands.js';
import type { RatingConfig } from './config.js';
import { EventCountsController } from './event-counts/event-counts.controller.js';
import { EventCorrectionsController } from './event-corrections/event-corrections.controller.js';
import { EventFatesController } from './event-fates/event-fates.controller.js';
import { LogLag } from './event-fates/log-lag.js';
import { createRatingMetrics, type RatingMetrics } from './metrics.js';
import { RangePublisher } from './publish-ranges/range-publisher.js';
import { sweepUnpublished } from './publish-ranges/sweep-unpublished.js';
import { RateBatch } from './rate-batch/rate-batch.js';
import { UsageRecordsConsumer } from './rate-batch/usage-records.consumer.js';
import { Reads } from './reads.js';
import { ReRatingRunner } from './re-ratings/re-rating-runner.js';
import { ReRatings } from './re-ratings/re-ratings.js';
import { ReRatingsController } from './re-ratings/re-ratings.controller.js';
import { RefusedEventsController } from './rejected-events/refused-events.controller.js';
import { UsageController } from './usage/usage.controller.js';

export interface RunningRating {
  readonly app: NestFastifyApplication;
  /** In the order in which a drain closes them. */
  readonly steps: readonly { readonly name: string; readonly close: () => Promise<unknown> }[];
}

/** How long nobody works on a re-rating that a process left behind. */
const RE_RATING_LEASE_MS = 10_000;
/** Some 10 MB while it waits to be written. */
const RE_RATING_BATCH = 50_000;

@Module({})
class RatingModule {}

const OPEN_API = {
  title: 'Farthing rating',
  version: '1',
  description: 'What became of events: charges, usage, fates and rejects.',
};

/** Migrates, connects, listens, and rates as soon as Kafka answers. */
export async function startRating(config: RatingConfig, logger: Logger): Promise<RunningRating> {
  if (config.FARTHING_DATABASE_OWNER_URL) {
    await migrate(config.FARTHING_DATABASE_OWNER_URL, logger);
  }
  const clock = createClock({ offsetMs: config.FARTHING_CLOCK_OFFSET_MS });
  const registry = createMetricsRegistry({ service: 'rating' });
  const metrics = createRatingMetrics(registry);
  const [api, batch] = await connectDatabase(config, logger);
  const kafka = createKafka({
    brokers: config.FARTHING_KAFKA_BROKERS,
    clientId: 'farthing-rating',
    topicPrefix: config.FARTHING_TOPIC_PREFIX,
    sessionTimeoutMs: config.FARTHING_SESSION_TIMEOUT,
    logger,
  });
  const catalog = await CatalogFeed.start({ kafka, service: 'rating', logger });
  const producer = createRecordProducer({ kafka });
  const admin = createTopicAdmin(kafka);
  const crashPoint = createCrashPoint(config.FARTHING_CRASH_AT);
  const names = { consumer: GROUPS.ratingUsage, topic: TOPICS.usageAccepted };
  const offsets = new PartitionOffsets(batch, names);
  const publisher = new RangePublisher({
    dataSource: batch,
    producer,
    view: catalog.view,
    crashPoint,
    logger,
    onPublished: (messages) => metrics.published(messages),
  });
  const outbox = new OutboxPublisher({ dataSource: batch, producer, logger, crashPoint });
  const rateBatch = new RateBatch({
    dataSource: batch,
    offsets,
    catalog,
    publisher,
    metrics,
    crashPoint,
    horizonMs: config.FARTHING_DEDUPE_HORIZON,
    customersInMemory: config.FARTHING_CUSTOMERS_IN_MEMORY,
    partitions: config.FARTHING_PARTITIONS,
  });
  const reads = new Reads(api, catalog.view, config.FARTHING_PARTITIONS);
  const commands = new Commands(api, outbox);
  const runner = new ReRatingRunner({
    parts: {
      dataSource: batch,
      catalog,
      crashPoint,
      holder: randomUUID(),
      leaseMs: RE_RATING_LEASE_MS,
      batchCharges: RE_RATING_BATCH,
      notify: (message) => outbox.notify(message),
    },
    logger,
  });
  const reRatings = new ReRatings(catalog, runner);
  const values = [rateBatch, reads, commands, reRatings, new LogLag(admin, offsets)];

  const app = await createHttpApp(ratingModule(values), { logger, openApi: OPEN_API });
  app.useGlobalGuards(new BearerAuthGuard((sha256) => catalog.view.apiKeyBySha256(sha256)));
  const strategy = consumerStrategy({ kafka, offsets, publisher, metrics, logger });
  const consumer = app.connectMicroservice({ strategy });
  const host = config.FARTHING_HTTP_HOST;
  await app.listen(config.FARTHING_HTTP_PORT, host);
  // Waits for Kafka, which must not keep reads from being served.
  void consumer.listen().catch((error: unknown) => {
    logger.fatal({ err: error }, 'the consumer cannot start');
    process.exit(1);
  });
  outbox.start();
  runner.wake();
  const expiry = expireKeysHourly({ dataSource: batch, clock, logger });
  const sweep = sweepUnpublished({ dataSource: batch, publisher, metrics, logger });
  const health = new Health();
  health.addReadiness('database', async () => void (await api.query('select 1')));
  health.addPollLiveness(TOPICS.usageAccepted, strategy);
  health.addPollLiveness(TOPICS.catalog, catalog);
  const port = config.FARTHING_MANAGEMENT_PORT;
  const management = await startManagementServer({ host, port, registry, health });
  return {
    app,
    steps: [
      { name: 'http and consumer', close: () => app.close() },
      { name: 're-ratings', close: () => runner.close() },
      { name: 'sweep', close: async () => sweep.close() },
      { name: 'expiry', close: async () => clearInterval(expiry) },
      { name: 'outbox', close: () => outbox.close() },
      { name: 'publisher', close: () => publisher.close() },
      { name: 'producer', close: () => producer.close() },
      { name: 'catalog', close: () => catalog.close() },
      { name: 'admin', close: () => admin.close() },
      { name: 'database', close: () => Promise.all([api.destroy(), batch.destroy()]) },
      { name: 'management', close: () => management.close() },
    ],
  };
}

function consumerStrategy(parts: {
  readonly kafka: KafkaConnection;
  readonly offsets: PartitionOffsets;
  readonly publisher: RangePublisher;
  readonly metrics: RatingMetrics;
  readonly logger: Logger;
}): BatchConsumerStrategy {
  const { kafka, offsets, publisher, metrics, logger } = parts;
  return new BatchConsumerStrategy({
    kafka,
    groupId: GROUPS.ratingUsage,
    handles: TOPICS.usageAccepted,
    logger,
    // One thread prices; more at once would only hold more memory while PostgreSQL is busy.
    partitionsConsumedConcurrently: 4,
    // About as many events as a transaction covers: a longer fetch would only wait in memory.
    maxBytesPerPartition: 1024 * 1024,
    storedNextOffset: async (_topic, partition) => {
      // Asked for on assignment: the time to publish what an earlier owner left.
      await publisher.takeOver(partition);
      return offsets.storedNextOffset(partition);
    },
    onHalt: (_topic, partition, cause) => metrics.partitionHalted(partition, cause.reason),
  });
}

function ratingModule(values: readonly object[]): DynamicModule {
  return {
    module: RatingModule,
    controllers: [
      ChargesController,
      EventCountsController,
      EventCorrectionsController,
      EventFatesController,
      ReRatingsController,
      RefundsController,
      RefusedEventsController,
      UsageController,
      UsageRecordsConsumer,
    ],
    providers: values.map((useValue) => ({ provide: useValue.constructor as never, useValue })),
  };
}

async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  const folder = fileURLToPath(new URL('../migrations', import.meta.url));
  const applied = await runMigrations({ databaseUrl, schema: 'rating', folder });
  if (applied.length > 0) logger.info({ applied }, 'the schema was migrated');
}

function connectDatabase(
  config: RatingConfig,
  logger: Logger,
): Promise<readonly [DataSource, DataSource]> {
  const rest = { schema: 'rating', applicationName: 'farthing-rating', logger };
  return Promise.all([
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_API_URL, poolSize: 5 }),
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_BATCH_URL, poolSize: 10 }),
  ]);
}

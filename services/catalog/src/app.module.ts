import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { createClock } from '@farthing/adapters/config/clock';
import { createCrashPoint, type CrashPoint } from '@farthing/adapters/config/crash-point';
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
import { PartitionMemory } from '@farthing/adapters/postgres/partition-memory';
import { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import {
  createMetricsRegistry,
  type Registry,
} from '@farthing/adapters/telemetry/metrics-registry';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { CallerGuard } from './api-keys/caller.guard.js';
import { KeySeal } from './api-keys/sealed-key.js';
import { Commands } from './commands.js';
import type { CatalogConfig } from './config.js';
import { CustomerDirectoryController } from './customers/customer-directory.controller.js';
import { CustomersController } from './customers/customers.controller.js';
import { PartitionCount } from './customers/partition-count.js';
import { RatedChargesConsumer, RatedChargesParts } from './customers/rated-charges.consumer.js';
import { internalTransport } from './internal-transport.js';
import { createMetrics, type CatalogMetrics } from './metrics.js';
import { MetersController } from './meters/meters.controller.js';
import { PlansController } from './plans/plans.controller.js';
import { PriceDraftsController } from './price-drafts/price-drafts.controller.js';
import { PriceListController } from './price-list/price-list.controller.js';
import { PriceListReader } from './price-list/read-price-list.js';
import { PricesController } from './prices/prices.controller.js';
import { SigningKeysController } from './signing-keys/signing-keys.controller.js';
import { InboundTopics } from './tenants/inbound-topics.js';
import { TenantsController } from './tenants/tenants.controller.js';

export interface RunningCatalog {
  readonly app: NestFastifyApplication;
  /** In the order in which a drain closes them. */
  readonly steps: readonly { readonly name: string; readonly close: () => Promise<unknown> }[];
}

interface Infrastructure {
  readonly registry: Registry;
  readonly kafka: KafkaConnection;
  readonly crashPoint: CrashPoint;
  readonly api: DataSource;
  readonly batch: DataSource;
  readonly publisher: OutboxPublisher;
  readonly inboundTopics: InboundTopics;
  readonly offsets: PartitionOffsets;
  readonly metrics: CatalogMetrics;
  readonly steps: RunningCatalog['steps'];
}

@Module({})
class CatalogModule {}

const OPEN_API = {
  title: 'Farthing catalog',
  version: '1',
  description: 'Tenants, API keys, customers, meters, prices and plans.',
};

/** Migrates, connects, listens. Without Kafka it serves reads, and answers changes with a 503. */
export async function startCatalog(config: CatalogConfig, logger: Logger): Promise<RunningCatalog> {
  if (config.FARTHING_DATABASE_OWNER_URL) {
    await migrate(config.FARTHING_DATABASE_OWNER_URL, logger);
  }
  const parts = await connect(config, logger);
  const { api, batch, kafka, publisher, inboundTopics, registry } = parts;
  const app = await createHttpApp(catalogModule(config, parts), { logger, openApi: OPEN_API });
  app.useGlobalGuards(new CallerGuard(api, config.FARTHING_OPERATOR_KEY));
  const host = config.FARTHING_HTTP_HOST;
  const internal = app.connectMicroservice(
    internalTransport(host, config.FARTHING_CATALOG_GRPC_PORT),
  );
  const strategy = new BatchConsumerStrategy({
    kafka,
    groupId: GROUPS.catalogRated,
    handles: TOPICS.chargesRated,
    logger,
    storedNextOffset: (_topic, partition) => parts.offsets.storedNextOffset(partition),
    onHalt: (topic, partition) => parts.metrics.partitionHalted(topic, partition),
  });
  const consumer = app.connectMicroservice({ strategy });

  await app.listen(config.FARTHING_HTTP_PORT, host);
  await internal.listen();
  // Waits for Kafka, which must not keep reads from being served.
  void consumer.listen().catch((error: unknown) => {
    logger.fatal({ err: error }, 'the consumer cannot start');
    process.exit(1);
  });
  publisher.start();
  inboundTopics.reconcile();
  const clock = createClock({ offsetMs: config.FARTHING_CLOCK_OFFSET_MS });
  const expiry = expireKeysHourly({ dataSource: batch, clock, logger });
  const health = new Health();
  health.addReadiness('database', async () => void (await api.query('select 1')));
  health.addPollLiveness(TOPICS.chargesRated, strategy);
  const port = config.FARTHING_MANAGEMENT_PORT;
  const management = await startManagementServer({ host, port, registry, health });
  const stopTimers = async () => {
    clearInterval(expiry);
    inboundTopics.close();
  };
  return {
    app,
    steps: [
      { name: 'http, grpc and consumer', close: () => app.close() },
      { name: 'timers', close: stopTimers },
      ...parts.steps,
      { name: 'management', close: () => management.close() },
    ],
  };
}

/** Pools, producer and what stands on them; nothing listens yet. */
async function connect(config: CatalogConfig, logger: Logger): Promise<Infrastructure> {
  const registry = createMetricsRegistry({ service: 'catalog' });
  const [api, batch] = await connectDatabase(config, logger);
  const kafka = createKafka({
    brokers: config.FARTHING_KAFKA_BROKERS,
    clientId: 'farthing-catalog',
    topicPrefix: config.FARTHING_TOPIC_PREFIX,
    sessionTimeoutMs: config.FARTHING_SESSION_TIMEOUT,
    logger,
  });
  const producer = createRecordProducer({ kafka });
  const admin = createTopicAdmin(kafka);
  const crashPoint = createCrashPoint(config.FARTHING_CRASH_AT);
  const publisher = new OutboxPublisher({ dataSource: batch, producer, logger, crashPoint });
  return {
    registry,
    metrics: createMetrics(registry),
    api,
    batch,
    kafka,
    crashPoint,
    publisher,
    inboundTopics: new InboundTopics({ admin, dataSource: batch, logger }),
    offsets: new PartitionOffsets(batch, {
      consumer: GROUPS.catalogRated,
      topic: TOPICS.chargesRated,
    }),
    steps: [
      { name: 'outbox', close: () => publisher.close() },
      { name: 'producer', close: () => producer.close() },
      { name: 'admin', close: () => admin.close() },
      { name: 'database', close: () => Promise.all([api.destroy(), batch.destroy()]) },
    ],
  };
}

function catalogModule(config: CatalogConfig, parts: Infrastructure): DynamicModule {
  const { api, batch, publisher, inboundTopics, offsets, metrics, crashPoint } = parts;
  const transaction = {
    dataSource: batch,
    offsets,
    memory: new PartitionMemory<undefined>(() => undefined),
    crashPoint,
  };
  const values = [
    new Commands({ dataSource: api, publisher, metrics }),
    new KeySeal(config.FARTHING_OPERATOR_KEY),
    new PartitionCount(config.FARTHING_PARTITIONS),
    new PriceListReader(createClock({ offsetMs: config.FARTHING_CLOCK_OFFSET_MS })),
    new RatedChargesParts(transaction, metrics),
    inboundTopics,
  ];
  return {
    module: CatalogModule,
    controllers: [
      ApiKeysController,
      CustomerDirectoryController,
      CustomersController,
      MetersController,
      PlansController,
      PriceDraftsController,
      PriceListController,
      PricesController,
      RatedChargesConsumer,
      SigningKeysController,
      TenantsController,
    ],
    providers: values.map((useValue) => ({ provide: useValue.constructor as never, useValue })),
  };
}

async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  const folder = fileURLToPath(new URL('../migrations', import.meta.url));
  const applied = await runMigrations({ databaseUrl, schema: 'catalog', folder });
  if (applied.length > 0) logger.info({ applied }, 'the schema was migrated');
}

function connectDatabase(
  config: CatalogConfig,
  logger: Logger,
): Promise<readonly [DataSource, DataSource]> {
  const rest = { schema: 'catalog', applicationName: 'farthing-catalog', logger };
  return Promise.all([
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_API_URL, poolSize: 5 }),
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_BATCH_URL, poolSize: 10 }),
  ]);
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CatalogFeed } from '@farthing/adapters/catalog-feed/catalog-feed';
import { createClock, type Clock } from '@farthing/adapters/config/clock';
import { createCrashPoint, type CrashPoint } from '@farthing/adapters/config/crash-point';
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
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { API_PARTS, type ApiParts } from './api-parts.js';
import { applyPaidMessages } from './charges/apply-paid-messages.js';
import { applyRatedMessages } from './charges/apply-rated-messages.js';
import { MessageIntake } from './charges/message-intake.js';
import {
  PAID_INTAKE,
  paidFromBytes,
  PaidChargesConsumer,
} from './charges/paid-charges.consumer.js';
import {
  RATED_INTAKE,
  ratedFromBytes,
  RatedChargesConsumer,
} from './charges/rated-charges.consumer.js';
import type { InvoicingConfig } from './config.js';
import { CycleRunner } from './cycle-runs/cycle-runner.js';
import { CycleRunsController } from './cycle-runs/cycle-runs.controller.js';
import { inboundProgress } from './cycle-runs/inbound-progress.js';
import { InvoicePreviewsController } from './invoices/invoice-previews.controller.js';
import { InvoicesController } from './invoices/invoices.controller.js';
import { ResidualsController } from './invoices/residuals.controller.js';
import { KeysController } from './keys/keys.controller.js';
import type { SigningKey } from '@farthing/adapters/signing/ed25519-key';
import { loadSigningKey } from './keys/signing-key.js';
import { publishKey } from './keys/signing-keys.repository.js';
import { createInvoicingMetrics, type InvoicingMetrics } from './metrics.js';
import { ReceiptsController } from './statements/receipts.controller.js';
import { StatementsController } from './statements/statements.controller.js';

export interface RunningInvoicing {
  readonly app: NestFastifyApplication;
  /** In the order in which a drain closes them. */
  readonly steps: readonly { readonly name: string; readonly close: () => Promise<unknown> }[];
}

/** What everything else is made of. */
interface Ground {
  readonly logger: Logger;
  readonly api: DataSource;
  readonly batch: DataSource;
  readonly clock: Clock;
  readonly metrics: InvoicingMetrics;
  readonly crashPoint: CrashPoint;
  readonly signingKey: SigningKey;
  readonly kafka: KafkaConnection;
  readonly partitions: number;
}

const SCHEMA = 'invoicing';
const SHARD_SIZE = 500;
const LEASE_MS = 10_000;
const OPEN_API = {
  title: 'Farthing invoicing',
  version: '1',
  description: 'Cycle runs, invoices, statements and proofs.',
};

@Module({})
class InvoicingModule {}

/** Migrates, connects, waits for Kafka's catalog (nobody can be authenticated before) and listens. */
export async function startInvoicing(
  config: InvoicingConfig,
  logger: Logger,
): Promise<RunningInvoicing> {
  const registry = createMetricsRegistry({ service: SCHEMA });
  const ground = await layGround(config, logger, createInvoicingMetrics(registry));
  const { api, batch, clock, kafka, metrics, crashPoint } = ground;
  const admin = createTopicAdmin(kafka);
  const producer = createRecordProducer({ kafka });
  const publisher = new OutboxPublisher({ dataSource: batch, producer, logger, crashPoint });
  const intakes = createIntakes(ground, () => runner.wake());
  const consumers = intakes.map(({ strategy }) => strategy);
  const health = healthOf(ground, consumers);
  const host = config.FARTHING_HTTP_HOST;
  const port = config.FARTHING_MANAGEMENT_PORT;
  const management = await startManagementServer({ host, port, registry, health });

  const catalog = await CatalogFeed.start({ kafka, service: SCHEMA, logger });
  health.addPollLiveness(TOPICS.catalog, catalog);
  await caughtUp(catalog, logger);
  const runner = new CycleRunner({
    logger,
    metrics,
    parts: {
      ...ground,
      dataSource: batch,
      catalog,
      inbound: inboundProgress(admin),
      shardSize: SHARD_SIZE,
      holder: randomUUID(),
      leaseMs: LEASE_MS,
      notify: (target) => publisher.notify(target),
    },
  });
  const parts = { ...ground, dataSource: api, catalog, wakeRuns: () => runner.wake() };
  const app = await createHttpApp(moduleOf(parts, intakes), { logger, openApi: OPEN_API });
  app.useGlobalGuards(new BearerAuthGuard((sha256) => catalog.view.apiKeyBySha256(sha256)));
  for (const strategy of consumers) app.connectMicroservice({ strategy });
  await app.startAllMicroservices();
  await app.listen(config.FARTHING_HTTP_PORT, host);
  publisher.start();
  runner.start();
  const expiry = expireKeysHourly({ dataSource: batch, clock, logger });
  return {
    app,
    steps: [
      { name: 'http and consumers', close: () => app.close() },
      { name: 'timers', close: async () => clearInterval(expiry) },
      { name: 'runs', close: () => runner.close() },
      { name: 'catalog feed', close: () => catalog.close() },
      { name: 'outbox', close: () => publisher.close() },
      { name: 'producer', close: () => producer.close() },
      { name: 'admin', close: () => admin.close() },
      { name: 'database', close: () => Promise.all([api.destroy(), batch.destroy()]) },
      { name: 'management', close: () => management.close() },
    ],
  };
}

async function layGround(
  config: InvoicingConfig,
  logger: Logger,
  metrics: InvoicingMetrics,
): Promise<Ground> {
  if (config.FARTHING_DATABASE_OWNER_URL) {
    await migrate(config.FARTHING_DATABASE_OWNER_URL, logger);
  }
  const clock = createClock({ offsetMs: config.FARTHING_CLOCK_OFFSET_MS });
  const signingKey = await loadSigningKey(config.FARTHING_KEYS_DIR);
  const rest = { schema: SCHEMA, applicationName: `farthing-${SCHEMA}`, logger };
  const [api, batch] = await Promise.all([
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_API_URL, poolSize: 5 }),
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_BATCH_URL, poolSize: 10 }),
  ]);
  await runInTransaction(batch, {}, (tx) => publishKey(tx, signingKey, clock.nowMicros()));
  const kafka = createKafka({
    brokers: config.FARTHING_KAFKA_BROKERS,
    clientId: `farthing-${SCHEMA}`,
    topicPrefix: config.FARTHING_TOPIC_PREFIX,
    sessionTimeoutMs: config.FARTHING_SESSION_TIMEOUT,
    logger,
  });
  const crashPoint = createCrashPoint(config.FARTHING_CRASH_AT);
  const partitions = config.FARTHING_PARTITIONS;
  return { logger, api, batch, clock, metrics, crashPoint, signingKey, kafka, partitions };
}

/** A consumer's transport, and the provider of what its controller passes batches to. */
interface Intake {
  readonly strategy: BatchConsumerStrategy;
  readonly provider: { readonly provide: symbol; readonly useValue: object };
}

function createIntakes(ground: Ground, onBarrier: () => void): Intake[] {
  const { batch: dataSource, crashPoint, metrics } = ground;
  const rated = consumerOf(ground, GROUPS.invoicingRated, TOPICS.chargesRated);
  const paid = consumerOf(ground, GROUPS.invoicingPaid, TOPICS.chargesPaid);
  const ratedIntake = new MessageIntake({
    dataSource,
    crashPoint,
    offsets: rated.offsets,
    decode: ratedFromBytes,
    apply: applyRatedMessages,
    onApplied: ({ charges, barriers }) => {
      metrics.chargesAppended(charges);
      metrics.barrierPassed('rated', barriers);
      if (barriers > 0) onBarrier();
    },
  });
  const paidIntake = new MessageIntake({
    dataSource,
    crashPoint,
    offsets: paid.offsets,
    decode: paidFromBytes,
    apply: applyPaidMessages,
    onApplied: ({ payments, barriers }) => {
      metrics.paymentsAdded(payments);
      metrics.barrierPassed('paid', barriers);
      if (barriers > 0) onBarrier();
    },
  });
  return [
    { strategy: rated.strategy, provider: { provide: RATED_INTAKE, useValue: ratedIntake } },
    { strategy: paid.strategy, provider: { provide: PAID_INTAKE, useValue: paidIntake } },
  ];
}

function consumerOf(
  { batch, kafka, logger, metrics }: Ground,
  groupId: string,
  topic: string,
): { readonly offsets: PartitionOffsets; readonly strategy: BatchConsumerStrategy } {
  const offsets = new PartitionOffsets(batch, { consumer: groupId, topic });
  const strategy = new BatchConsumerStrategy({
    kafka,
    groupId,
    handles: topic,
    logger,
    // A leaf is several times its columns, so a backlog is taken in small bites, one partition after the other.
    maxBytesPerPartition: 256 * 1024,
    partitionsConsumedConcurrently: 1,
    storedNextOffset: (_topic, partition) => offsets.storedNextOffset(partition),
    onHalt: () => metrics.partitionHalted(topic),
  });
  return { offsets, strategy };
}

function healthOf({ api }: Ground, consumers: readonly BatchConsumerStrategy[]): Health {
  const health = new Health();
  health.addReadiness('database', async () => void (await api.query('select 1')));
  health.addReadiness('partitions', () => {
    const halted = consumers.flatMap((consumer) => consumer.haltedPartitions());
    return halted.length > 0 ? `stopped: ${halted.join(', ')}` : undefined;
  });
  for (const [at, topic] of [TOPICS.chargesRated, TOPICS.chargesPaid].entries()) {
    health.addPollLiveness(topic, consumers[at]!);
  }
  return health;
}

function moduleOf(parts: ApiParts, intakes: readonly Intake[]): DynamicModule {
  return {
    module: InvoicingModule,
    controllers: [
      CycleRunsController,
      InvoicePreviewsController,
      InvoicesController,
      KeysController,
      PaidChargesConsumer,
      RatedChargesConsumer,
      ReceiptsController,
      ResidualsController,
      StatementsController,
    ],
    providers: [
      { provide: API_PARTS, useValue: parts },
      ...intakes.map(({ provider }) => ({ ...provider })),
    ],
  };
}

/** Without the keys of the catalog every request would be refused as unknown. */
async function caughtUp(catalog: CatalogFeed, logger: Logger): Promise<void> {
  for (;;) {
    try {
      await catalog.readToEndAsOfNow();
      return;
    } catch (error) {
      logger.warn({ err: error }, 'the catalog is not read yet');
      await sleep(1_000);
    }
  }
}

async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  const folder = fileURLToPath(new URL('../migrations', import.meta.url));
  const applied = await runMigrations({ databaseUrl, schema: SCHEMA, folder });
  if (applied.length > 0) logger.info({ applied }, 'the schema was migrated');
}

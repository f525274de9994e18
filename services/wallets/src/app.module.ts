import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { CatalogFeed } from '@farthing/adapters/catalog-feed/catalog-feed';
import { CatalogFreshness } from '@farthing/adapters/catalog-feed/catalog-freshness';
import { createClock, type Clock } from '@farthing/adapters/config/clock';
import { createCrashPoint } from '@farthing/adapters/config/crash-point';
import { grpcTransport } from '@farthing/adapters/grpc/grpc-transport';
import { BearerAuthGuard, type KeyLookup } from '@farthing/adapters/http/bearer-auth';
import { createHttpApp } from '@farthing/adapters/http/create-http-app';
import { Health } from '@farthing/adapters/http/health';
import { dropExpiredKeys } from '@farthing/adapters/http/idempotency';
import { startManagementServer } from '@farthing/adapters/http/management-server';
import { BatchConsumerStrategy } from '@farthing/adapters/kafka/batch-consumer-strategy';
import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import {
  createRecordProducer,
  type RecordProducer,
} from '@farthing/adapters/kafka/record-producer';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import { runMigrations } from '@farthing/adapters/postgres/migrations';
import { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { RatedCharges } from './charge/rated-charges.js';
import { RatedChargesConsumer } from './charge/rated-charges.consumer.js';
import { Commands } from './commands.js';
import type { WalletsConfig } from './config.js';
import { CreatorsController } from './creator/creators.controller.js';
import { Documents } from './document/documents.js';
import { DocumentsConsumer } from './document/documents.consumer.js';
import { DueWork } from './due-work.js';
import { expireGrants, GRANTS_MAX } from './grant/expire-grants.js';
import { GrantsController } from './grant/grants.controller.js';
import { LedgerController } from './ledger/ledger.controller.js';
import { Metrics } from './metrics.js';
import { findForgottenPartitions } from './paid/paid-messages.repository.js';
import { PaidPublisher } from './paid/paid-publisher.js';
import { QuoteKeys } from './quote/quote-keys.js';
import { Quotes } from './quote/quotes.js';
import { QuotesController } from './quote/quotes.controller.js';
import { KEY_LOOKUP, QuotesGrpcController } from './quote/quotes.grpc.controller.js';
import { WalletController } from './wallet/wallet.controller.js';

export interface RunningWallets {
  readonly app: NestFastifyApplication;
  /** In the order in which a drain closes them. */
  readonly steps: readonly { readonly name: string; readonly close: () => Promise<unknown> }[];
}

interface Core {
  readonly api: DataSource;
  readonly batch: DataSource;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly publisher: PaidPublisher;
  readonly rated: RatedCharges;
  readonly documents: Documents;
  readonly ratedOffsets: PartitionOffsets;
  readonly documentOffsets: PartitionOffsets;
}

const SCHEMA = 'wallets';
const FORGOTTEN_MS = 10_000;
const KEY_AGE_MS = 30 * 24 * 3_600_000;
const OPEN_API = {
  title: 'Farthing wallets',
  version: '1',
  description: 'Quotes, wallets, credit grants, creators’ balances and the double-entry ledger.',
};

@Module({})
class WalletsModule {}

/** Migrates, connects, waits for Kafka's catalog (nobody can be authenticated before) and listens. */
export async function startWallets(config: WalletsConfig, logger: Logger): Promise<RunningWallets> {
  await migrate(config.FARTHING_DATABASE_OWNER_URL, logger);
  const kafka = createKafka({
    brokers: config.FARTHING_KAFKA_BROKERS,
    clientId: `farthing-${SCHEMA}`,
    topicPrefix: config.FARTHING_TOPIC_PREFIX,
    sessionTimeoutMs: config.FARTHING_SESSION_TIMEOUT,
    logger,
  });
  const producer = createRecordProducer({ kafka });
  const core = await createCore(config, { logger, producer });
  const { api, batch, metrics, publisher } = core;
  const consumers = createConsumers(core, { kafka, logger });
  const health = healthOf(core, consumers);
  const host = config.FARTHING_HTTP_HOST;
  const port = config.FARTHING_MANAGEMENT_PORT;
  const { registry } = metrics;
  const management = await startManagementServer({ host, port, registry, health });

  const feed = await CatalogFeed.start({ kafka, service: SCHEMA, logger });
  health.addPollLiveness(TOPICS.catalog, feed);
  await caughtUp(feed, logger);
  const { view } = feed;
  const keys = await QuoteKeys.load(
    { dataSource: api, view, catalog: config.FARTHING_CATALOG_GRPC_URL, logger },
    core.clock.nowMicros(),
  );
  const lookup: KeyLookup = (sha256) => view.apiKeyBySha256(sha256);
  const module = moduleOf(core, config, { lookup, quotes: quotesOf(core, config, { feed, keys }) });
  const app = await createHttpApp(module, { logger, openApi: OPEN_API });
  app.useGlobalGuards(new BearerAuthGuard(lookup));
  for (const strategy of consumers) app.connectMicroservice({ strategy });
  app.connectMicroservice(
    grpcTransport({
      host,
      port: config.FARTHING_WALLETS_GRPC_PORT,
      package: 'farthing.wallets.v1',
      files: ['farthing/wallets/v1/quotes.proto'],
    }),
  );
  await app.startAllMicroservices();
  await app.listen(config.FARTHING_HTTP_PORT, host);
  const due = dueWork(core, config, logger);
  for (const work of due) work.start();
  const published = keys.publish();
  const closeKeys = () => {
    keys.close();
    return published;
  };
  return {
    app,
    steps: [
      { name: 'signing key', close: closeKeys },
      { name: 'http, grpc and consumers', close: () => app.close() },
      { name: 'due work', close: () => Promise.all(due.map((work) => work.close())) },
      { name: 'catalog feed', close: () => feed.close() },
      { name: 'publisher', close: () => publisher.close() },
      { name: 'producer', close: () => producer.close() },
      { name: 'database', close: () => Promise.all([api.destroy(), batch.destroy()]) },
      { name: 'management', close: () => management.close() },
    ],
  };
}

async function createCore(
  config: WalletsConfig,
  given: { readonly logger: Logger; readonly producer: RecordProducer },
): Promise<Core> {
  const { logger, producer } = given;
  const [api, batch] = await connectDatabase(config, logger);
  const metrics = new Metrics(createMetricsRegistry({ service: SCHEMA }));
  const crashPoint = createCrashPoint(config.FARTHING_CRASH_AT);
  const shared = { dataSource: batch, metrics, crashPoint };
  const publisher = new PaidPublisher({ ...shared, producer, logger });
  const ratedOffsets = new PartitionOffsets(batch, {
    consumer: GROUPS.walletsRated,
    topic: TOPICS.chargesRated,
  });
  const documentOffsets = new PartitionOffsets(batch, {
    consumer: GROUPS.walletsDocuments,
    topic: TOPICS.documents,
  });
  return {
    api,
    batch,
    metrics,
    publisher,
    ratedOffsets,
    documentOffsets,
    clock: createClock({ offsetMs: config.FARTHING_CLOCK_OFFSET_MS }),
    rated: new RatedCharges({ ...shared, offsets: ratedOffsets, publisher }),
    documents: new Documents({ ...shared, offsets: documentOffsets }),
  };
}

function createConsumers(
  { rated, ratedOffsets, documentOffsets, metrics }: Core,
  shared: { readonly kafka: KafkaConnection; readonly logger: Logger },
): BatchConsumerStrategy[] {
  const options = {
    ...shared,
    // A fetch stays in memory until all of it is applied; a message has at most 512 KiB.
    maxBytesPerPartition: 640 * 1024,
    partitionsConsumedConcurrently: 4,
    onHalt: (topic: string, partition: number, { reason }: { readonly reason: string }) =>
      metrics.partitionHalted({ topic, partition, reason }),
  };
  return [
    new BatchConsumerStrategy({
      ...options,
      groupId: GROUPS.walletsRated,
      handles: TOPICS.chargesRated,
      // A partition that becomes ours may hold what its last owner committed and never sent.
      storedNextOffset: async (_topic, partition) => {
        await rated.takeUp(partition);
        return ratedOffsets.storedNextOffset(partition);
      },
    }),
    new BatchConsumerStrategy({
      ...options,
      groupId: GROUPS.walletsDocuments,
      handles: TOPICS.documents,
      storedNextOffset: (_topic, partition) => documentOffsets.storedNextOffset(partition),
    }),
  ];
}

function healthOf({ api }: Core, consumers: readonly BatchConsumerStrategy[]): Health {
  const health = new Health();
  health.addReadiness('database', async () => void (await api.query('select 1')));
  health.addReadiness('partitions', () => {
    const halted = consumers.flatMap((consumer) => consumer.haltedPartitions());
    return halted.length > 0 ? `stopped: ${halted.join(', ')}` : undefined;
  });
  for (const [at, topic] of [TOPICS.chargesRated, TOPICS.documents].entries())
    health.addPollLiveness(topic, consumers[at]!);
  return health;
}

function quotesOf(
  { clock }: Core,
  config: WalletsConfig,
  { feed, keys }: { readonly feed: CatalogFeed; readonly keys: QuoteKeys },
): Quotes {
  return new Quotes({
    view: feed.view,
    freshness: new CatalogFreshness(feed),
    clock,
    signer: () => keys.signer,
    ttlMs: config.FARTHING_QUOTE_TTL,
  });
}

function moduleOf(
  core: Core,
  config: WalletsConfig,
  { lookup, quotes }: { readonly lookup: KeyLookup; readonly quotes: Quotes },
): DynamicModule {
  const { api, clock, metrics, rated, documents } = core;
  const commands = new Commands(api, config.FARTHING_PARTITIONS, clock, metrics);
  return {
    module: WalletsModule,
    controllers: [
      CreatorsController,
      DocumentsConsumer,
      GrantsController,
      LedgerController,
      QuotesController,
      QuotesGrpcController,
      RatedChargesConsumer,
      WalletController,
    ],
    providers: [
      { provide: Commands, useValue: commands },
      { provide: RatedCharges, useValue: rated },
      { provide: Documents, useValue: documents },
      { provide: Quotes, useValue: quotes },
      { provide: KEY_LOOKUP, useValue: lookup },
    ],
  };
}

function dueWork(core: Core, config: WalletsConfig, logger: Logger): DueWork[] {
  const { batch, clock, metrics, rated } = core;
  const settleMs = config.FARTHING_GRANT_SETTLE;
  const expire = async () =>
    (await expireGrants({ dataSource: batch, clock, metrics, settleMs })) === GRANTS_MAX;
  const sendForgotten = async () => {
    const found = await runInTransaction(batch, { readOnly: true }, (tx) =>
      findForgottenPartitions(tx, FORGOTTEN_MS),
    );
    for (const partition of found) await rated.takeUp(partition);
    return false;
  };
  const dropKeys = async () => {
    const before = new Date(clock.nowMicros() / 1_000 - KEY_AGE_MS);
    await runInTransaction(batch, {}, (tx) => dropExpiredKeys(tx, before));
    return false;
  };
  return [
    new DueWork({ name: 'grant expiry', everyMs: 1_000, logger, work: expire }),
    new DueWork({ name: 'forgotten messages', everyMs: 5_000, logger, work: sendForgotten }),
    new DueWork({ name: 'idempotency keys', everyMs: 3_600_000, logger, work: dropKeys }),
  ];
}

/** Without the keys of the catalog every request would be refused as unknown. */
async function caughtUp(feed: CatalogFeed, logger: Logger): Promise<void> {
  for (;;) {
    try {
      await feed.readToEndAsOfNow();
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

function connectDatabase(
  config: WalletsConfig,
  logger: Logger,
): Promise<readonly [DataSource, DataSource]> {
  const rest = { schema: SCHEMA, applicationName: `farthing-${SCHEMA}`, logger };
  return Promise.all([
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_API_URL, poolSize: 5 }),
    createDataSource({ ...rest, url: config.FARTHING_DATABASE_BATCH_URL, poolSize: 10 }),
  ]);
}

import { CatalogFeed } from '@farthing/adapters/catalog-feed/catalog-feed';
import { createClock } from '@farthing/adapters/config/clock';
import type { Drain } from '@farthing/adapters/config/drain-on-signal';
import { createHttpApp } from '@farthing/adapters/http/create-http-app';
import { Health } from '@farthing/adapters/http/health';
import { startManagementServer } from '@farthing/adapters/http/management-server';
import { BatchConsumerStrategy } from '@farthing/adapters/kafka/batch-consumer-strategy';
import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import { createRecordProducer } from '@farthing/adapters/kafka/record-producer';
import { createTopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { createMetricsRegistry } from '@farthing/adapters/telemetry/metrics-registry';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { Module, type DynamicModule } from '@nestjs/common';
import type { IngestionConfig } from './config.js';
import { CustomerDirectory } from './customers/customer-directory.client.js';
import { KnownCustomers } from './customers/known-customers.js';
import { UsageLog } from './envelopes/usage-log.js';
import { InboundDoor } from './inbound/inbound-door.js';
import { INBOUND_TOPICS, InboundRecordsConsumer } from './inbound/inbound-records.consumer.js';
import { InboundSubscription } from './inbound/inbound-subscription.js';
import { CatalogFreshness } from '@farthing/adapters/catalog-feed/catalog-freshness';
import { createIngestionMetrics, type IngestionMetrics } from './metrics.js';
import { RateLimits } from './rate-limits/rate-limits.js';
import { Admission } from './usage-events/admit-usage-events.js';
import { BytesInHand } from './usage-events/bytes-in-hand.js';
import { UsageEventsDoor } from './usage-events/usage-events.door.js';
import { registerUsageEventsRoute } from './usage-events/usage-events.route.js';

@Module({})
export class AppModule {
  static with(door: InboundDoor): DynamicModule {
    return {
      module: AppModule,
      controllers: [InboundRecordsConsumer],
      providers: [{ provide: InboundDoor, useValue: door }],
    };
  }
}

/** Waits for Kafka, then opens both doors. Answers how to close them again, in order. */
export async function startIngestion(
  config: IngestionConfig,
  logger: Logger,
): Promise<Drain['steps']> {
  const registry = createMetricsRegistry({ service: 'ingestion' });
  const health = new Health();
  let isOpen = false;
  health.addReadiness('doors', () => (isOpen ? undefined : 'not open yet'));
  const management = await startManagementServer({
    host: config.FARTHING_HTTP_HOST,
    port: config.FARTHING_MANAGEMENT_PORT,
    registry,
    health,
  });
  const kafka = createKafka({
    brokers: config.FARTHING_KAFKA_BROKERS,
    clientId: 'farthing-ingestion',
    topicPrefix: config.FARTHING_TOPIC_PREFIX,
    sessionTimeoutMs: config.FARTHING_SESSION_TIMEOUT,
    logger,
  });
  const feed = await CatalogFeed.start({ kafka, service: 'ingestion', logger });
  health.addPollLiveness('catalog', feed);
  await feed.readToEndAsOfNow(60_000);

  const inHand = new BytesInHand(config.FARTHING_BYTES_IN_HAND_MAX);
  const metrics = createIngestionMetrics(registry, {
    catalogVersion: () => feed.view.version,
    bytesInHand: () => inHand.bytes,
    haltedPartitions: () => inbound.strategy.haltedPartitions().length,
  });
  const parts: Parts = { config, logger, kafka, feed, metrics };
  const rules = createRules(parts);
  const inbound = createInbound(parts, health);
  const { freshness, close: closeRules, ...ofEveryDoor } = rules;
  const door = new UsageEventsDoor({
    ...ofEveryDoor,
    senders: { view: feed.view, freshness },
    rateLimits: createRateLimits(config),
    inHand,
  });
  const app = await createHttpApp(AppModule.with(new InboundDoor(ofEveryDoor)), {
    logger,
    configureFastify: (fastify) => registerUsageEventsRoute(fastify, { door, metrics, logger }),
  });
  app.connectMicroservice({ strategy: inbound.strategy });
  await app.startAllMicroservices();
  inbound.subscription.watch(() => inbound.strategy.resubscribe());
  await app.listen(config.FARTHING_HTTP_PORT, config.FARTHING_HTTP_HOST);
  isOpen = true;
  logger.info({ url: await app.getUrl() }, 'the doors are open');
  return [
    { name: 'subscription', close: () => inbound.subscription.stop() },
    { name: 'doors', close: () => app.close() },
    { name: 'topic admin', close: () => inbound.admin.close() },
    { name: 'log and directory', close: closeRules },
    { name: 'catalog', close: () => feed.close() },
    { name: 'management', close: () => management.close() },
  ];
}

interface Parts {
  readonly config: IngestionConfig;
  readonly logger: Logger;
  readonly kafka: KafkaConnection;
  readonly feed: CatalogFeed;
  readonly metrics: IngestionMetrics;
}

/** What both doors share. */
function createRules({ config, logger, kafka, feed, metrics }: Parts) {
  const freshness = new CatalogFreshness(feed);
  const directory = new CustomerDirectory(config.FARTHING_CATALOG_GRPC_URL);
  const knownCustomers = new KnownCustomers({
    directory,
    entriesMax: config.FARTHING_KNOWN_CUSTOMERS_MAX,
    deadlineMs: config.FARTHING_CUSTOMER_LOOKUP_DEADLINE,
    onUnanswered: (error) => {
      metrics.customersUnanswered();
      logger.warn({ err: error }, 'catalog did not say which customers exist; rating decides');
    },
  });
  const producer = createRecordProducer({ kafka });
  const log = new UsageLog({
    producer,
    partitions: config.FARTHING_PARTITIONS,
    maxLingerMs: config.FARTHING_MAX_LINGER,
    maxWaitingBytes: 2 * config.FARTHING_BYTES_IN_HAND_MAX,
    sendDeadlineMs: config.FARTHING_ACK_DEADLINE,
    onEnvelopesSent: (sent) => metrics.envelopesSent(sent),
  });
  return {
    admission: new Admission(feed.view, freshness, knownCustomers),
    freshness,
    log,
    clock: createClock({ offsetMs: config.FARTHING_CLOCK_OFFSET_MS }),
    metrics,
    deadlineMs: config.FARTHING_ACK_DEADLINE,
    dedupeHorizonMs: config.FARTHING_DEDUPE_HORIZON,
    close: async () => {
      await producer.close();
      directory.close();
    },
  };
}

function createInbound({ kafka, feed, logger, metrics }: Parts, health: Health) {
  const admin = createTopicAdmin(kafka);
  const subscription = new InboundSubscription({
    view: feed.view,
    admin,
    logger,
    onSubscribed: (topics) => metrics.inboundSubscribed(topics),
  });
  const strategy = new BatchConsumerStrategy({
    kafka,
    groupId: GROUPS.inbound,
    handles: INBOUND_TOPICS,
    topics: () => subscription.topics(),
    logger,
    // Together they bound what the Kafka door holds in memory.
    partitionsConsumedConcurrently: 4,
    maxBytesPerPartition: 1024 * 1024,
  });
  health.addLiveness('inbound', () =>
    subscription.size > 0 && strategy.millisSinceLastPoll() > 120_000
      ? 'no successful poll for two minutes'
      : undefined,
  );
  return { admin, subscription, strategy };
}

function createRateLimits(config: IngestionConfig): RateLimits {
  return new RateLimits({
    perTenant: {
      eventsPerSecond: config.FARTHING_TENANT_EVENTS_PER_SECOND,
      burstEvents: config.FARTHING_TENANT_BURST_EVENTS,
    },
    perKey: {
      eventsPerSecond: config.FARTHING_KEY_EVENTS_PER_SECOND,
      burstEvents: config.FARTHING_KEY_BURST_EVENTS,
    },
  });
}

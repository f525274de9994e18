import { createServer, type AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { parseConfig } from '@farthing/adapters/config/load-config';
import type { ConsumedRecord } from '@farthing/adapters/kafka/batch-handler';
import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import { createWholeTopicReader } from '@farthing/adapters/kafka/whole-topic-reader';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import { createTestTopics } from '@farthing/testing/test-topics';
import { startCatalog, type RunningCatalog } from './app.module.js';
import { catalogConfig } from './config.js';

export const PARTITIONS = 4;
const OPERATOR_KEY = 'operator-key-of-the-spec';

export const logger = createLogger({ service: 'catalog-spec', level: 'silent' });

export interface Booted extends RunningCatalog {
  readonly url: string;
  readonly grpcPort: number;
}

export interface Answered {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- what the API answers is what a spec looks at
  readonly body: any;
}

export interface Call {
  readonly key?: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly at?: Booted;
}

/** Bodies that are accepted as they are. */
export const BODIES = {
  tenant: { name: 'Acme', unknownCustomers: 'create', currency: 'USD' },
  meter: { eventTypes: ['page.served'], aggregation: 'sum', value: '/bytes' },
  price: {
    key: 'traffic',
    meter: 'traffic',
    currency: 'USD',
    effectiveFrom: '2020-01-01T00:00:00Z',
    description: 'Traffic',
    model: { kind: 'per_unit', unitPrice: '0.000000001' },
    split: [{ creator: { property: '/creator' }, shareBps: 7000 }],
  },
} as const;

export const SCOPES = ['catalog:read', 'catalog:write', 'keys:write'];

/** The whole service in this process, on a database and topics of its own; and what specs ask of it. */
export interface CatalogUnderTest {
  readonly database: TestDatabase;
  readonly kafka: KafkaConnection;
  readonly catalog: Booted;
  /** Another process on the same database. */
  boot(brokers: string): Promise<Booted>;
  /** With the operator key unless said. */
  call(method: string, path: string, options?: Call): Promise<Answered>;
  /** A tenant of its own, and a key that may change everything of it. */
  makeTenant(): Promise<{ readonly tenant: string; readonly key: string }>;
  readTopic(topic: string): Promise<{ partition: number; record: ConsumedRecord }[]>;
  asAdmin(sql: string): Promise<Record<string, unknown>[]>;
  end(): Promise<void>;
}

export async function startCatalogUnderTest(): Promise<CatalogUnderTest> {
  const database = await createTestDatabase();
  const topics = await createTestTopics({ partitions: PARTITIONS });
  const { brokers, prefix: topicPrefix } = topics;
  const kafka = createKafka({ brokers, clientId: 'catalog-spec', topicPrefix, logger });
  const boot = (from: string) => bootOn(database, topicPrefix, from);
  const catalog = await boot(brokers.join(','));
  const call = (method: string, path: string, options: Call = {}) =>
    send(options.at ?? catalog, method, { path, ...options });
  return {
    database,
    kafka,
    catalog,
    boot,
    call,
    makeTenant: () => makeTenant(call),
    readTopic: (topic) => readTopic(kafka, topic),
    asAdmin: (sql) => queryOn(database.adminUrl, sql),
    end: async () => {
      await shutDown(catalog);
      await topics.drop();
      await database.drop();
    },
  };
}

export async function shutDown({ steps }: RunningCatalog): Promise<void> {
  for (const { close } of steps) await close();
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function bootOn(database: TestDatabase, prefix: string, brokers: string): Promise<Booted> {
  const urls = database.urlsOf('catalog');
  const grpcPort = await freePort();
  const parsed = parseConfig(catalogConfig, {
    FARTHING_ENV: 'development',
    FARTHING_KAFKA_BROKERS: brokers,
    FARTHING_TOPIC_PREFIX: prefix,
    FARTHING_PARTITIONS: String(PARTITIONS),
    FARTHING_DATABASE_OWNER_URL: urls.owner,
    FARTHING_DATABASE_API_URL: urls.api,
    FARTHING_DATABASE_BATCH_URL: urls.batch,
    FARTHING_HTTP_PORT: '0',
    FARTHING_MANAGEMENT_PORT: '0',
    FARTHING_CATALOG_GRPC_PORT: String(grpcPort),
    FARTHING_OPERATOR_KEY: OPERATOR_KEY,
  });
  if (parsed.outcome === 'refused') throw new Error(parsed.message);
  const running = await startCatalog(parsed.config, logger);
  return { ...running, url: await running.app.getUrl(), grpcPort };
}

async function send(
  at: Booted,
  method: string,
  { path, key = OPERATOR_KEY, body, idempotencyKey }: Call & { readonly path: string },
): Promise<Answered> {
  const response = await fetch(at.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function makeTenant(call: CatalogUnderTest['call']) {
  const tenant = `t-${randomUUID().slice(0, 8)}`;
  const put = await call('PUT', `/v1/tenants/${tenant}`, { body: BODIES.tenant });
  const body = { tenant, name: 'spec', scopes: SCOPES };
  const made = await call('POST', '/v1/api-keys', { body });
  if (put.status !== 200 || made.status !== 201) {
    throw new Error(`no tenant: ${JSON.stringify([put, made])}`);
  }
  return { tenant, key: made.body.key as string };
}

async function readTopic(kafka: KafkaConnection, topic: string) {
  const records: { partition: number; record: ConsumedRecord }[] = [];
  const reader = await createWholeTopicReader({
    kafka,
    topic,
    service: 'catalog-spec',
    logger,
    onRecord: (record, partition) => void records.push({ partition, record }),
  });
  await reader.readToEndAsOfNow();
  await reader.close();
  return records;
}

async function queryOn(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

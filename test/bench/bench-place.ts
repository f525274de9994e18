import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { applyPostgres } from '@farthing/local/apply-postgres';
import { applyTopics } from '@farthing/local/apply-topics';
import { startKafka } from '@farthing/local/servers/kafka-process';
import { startPostgres } from '@farthing/local/servers/postgres-process';
import { startStack, type Stack } from '@farthing/local/stack';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import { cpuSeconds } from './cpu-time.js';
import { benchKafka, copyTopic } from './kafka-topic.js';
import type { CpuProbe } from './progress.js';
import { TENANTS } from './load.js';
import { provisionTenants, type ProvisionedTenants } from './provision.js';
import type { RatingPlace } from './rating-catch-up.js';
import { BENCH_TARIFF } from './tariff.js';
import type { TextbookPlace } from './textbook-catch-up.js';

/**
 * One Kafka and one PostgreSQL for everything that is measured. The whole stack is in the database
 * and under the prefix `live`; where rating is measured alone, `alone`.
 */
export interface BenchPlace {
  readonly stack: Stack;
  /** A superuser's, in the stack's database. */
  readonly live: pg.Client;
  readonly alone: RatingPlace & TextbookPlace;
  readonly tenants: ProvisionedTenants;
  readonly servers: CpuProbe;
  close(): Promise<void>;
}

const PARTITIONS = 8;
const LIVE = 'live';
const ALONE = 'alone';

export async function openBenchPlace(report: (line: string) => void): Promise<BenchPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-bench-'));
  // Else the user that root runs PostgreSQL under could not enter.
  chmodSync(folder, 0o755);
  const undo: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  ];
  const close = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    return { ...(await open(folder, { report, undo })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  folder: string,
  {
    report,
    undo,
  }: { readonly report: (line: string) => void; readonly undo: (() => Promise<unknown>)[] },
): Promise<Omit<BenchPlace, 'close'>> {
  const kafka = await startKafka({ folder: join(folder, 'kafka'), endWithParent: true });
  undo.push(() => kafka.stop('immediate'));
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), endWithParent: true });
  undo.push(() => postgres.stop('immediate'));
  const { brokers } = kafka;
  const stack = await startStack({
    folder: join(folder, 'stack'),
    brokers,
    databaseUrl: postgres.url,
    database: LIVE,
    topicPrefix: `${LIVE}.`,
    partitions: PARTITIONS,
    endWithParent: true,
    report,
  });
  undo.push(() => stack.stop());
  await stack.kill('wallets');
  await stack.kill('invoicing');
  const live = await connected(stack.adminUrl);
  undo.push(() => live.end());
  const catalog = { url: stack.serviceUrl('catalog'), operatorKey: stack.operatorKey };
  const tenants = await provisionTenants(catalog, TENANTS, BENCH_TARIFF);
  const adminUrl = postgres.url;
  const alone = await openAlone({ folder, kafka: benchKafka(brokers), brokers, adminUrl });
  undo.push(() => alone.client.end());
  return {
    stack,
    live,
    alone,
    tenants,
    servers: () => ({
      postgres: cpuSeconds(postgres.pid, { children: true }),
      kafka: cpuSeconds(kafka.pid),
    }),
  };
}

/** The same topics, the same roles and the same catalog once more, with nobody at work. */
async function openAlone(servers: {
  readonly folder: string;
  readonly kafka: Kafka;
  readonly brokers: string;
  readonly adminUrl: string;
}): Promise<BenchPlace['alone']> {
  const { folder, kafka, brokers } = servers;
  const topicPrefix = `${ALONE}.`;
  await openTopics({ kafka, brokers }, topicPrefix);
  const adminUrl = new URL(servers.adminUrl);
  // Stacks that share a server agree on their roles' passwords by the superuser's.
  const secret = adminUrl.password;
  const urls = await applyPostgres({ adminUrl: adminUrl.href, database: ALONE, secret });
  adminUrl.pathname = `/${ALONE}`;
  return {
    kafka,
    brokers,
    topicPrefix,
    partitions: PARTITIONS,
    database: urls.schemas.rating!,
    databaseUrl: adminUrl.href,
    client: await connected(adminUrl.href),
    folder,
  };
}

/** The declared topics under a prefix, with the catalog as the stack's is now. */
export async function openTopics(
  { kafka, brokers }: Pick<RatingPlace, 'kafka' | 'brokers'>,
  prefix: string,
): Promise<void> {
  await applyTopics({ brokers, prefix, partitions: PARTITIONS });
  await copyTopic(kafka, `${LIVE}.${TOPICS.catalog}`, `${prefix}${TOPICS.catalog}`);
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // A server that stops at the end cuts the connection; a query that is lost says so itself.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

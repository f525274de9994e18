import { join } from 'node:path';
import { runMigrations } from '@farthing/adapters/postgres/migrations';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { SchemaUrls } from '@farthing/local/declared/roles';
import { repositoryRoot } from '@farthing/local/repository';
import { stopProcess } from '@farthing/local/servers/child-process';
import { freePort } from '@farthing/local/servers/free-port';
import { serviceProgram, startProgram, waitReady } from '@farthing/local/services';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { cpuSeconds } from './cpu-time.js';
import { packLog } from './envelope-log.js';
import { fillTopic, forgetGroup } from './kafka-topic.js';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import type { LoadEvent } from './load.js';
import { paceOfCatchUp, type Catching, type CpuProbe, type Pace } from './progress.js';

/** Where rating runs alone: topics under a prefix and a database of its own. */
export interface RatingPlace {
  readonly kafka: Kafka;
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly database: SchemaUrls;
  /** A superuser's, in that database. */
  readonly client: pg.Client;
  readonly folder: string;
}

/** What the door packs when it is busy: 10 ms of some 50,000 events/s over 8 partitions, and more. */
const ENVELOPE_EVENTS = 500;

/** Writes the load to the log, in envelopes; `toEnvelope` is what the door makes of an event, where it is not the usual. */
export async function fillLog(
  place: RatingPlace,
  load: readonly LoadEvent[],
  door: {
    readonly catalogVersion: number;
    readonly toEnvelope?: (event: LoadEvent) => EnvelopeEvent;
  },
): Promise<void> {
  const { partitions } = place;
  const log = packLog(load, { partitions, envelopeEvents: ENVELOPE_EVENTS, ...door });
  const records = [...log].map(
    ([partition, values]) => [partition, values.map((value) => ({ value }))] as const,
  );
  await fillTopic(place.kafka, `${place.topicPrefix}${TOPICS.usageAccepted}`, new Map(records));
}

/** Makes rating's tables, as it does itself when it starts. */
export async function migrateRating(place: RatingPlace): Promise<void> {
  await runMigrations({
    databaseUrl: place.database.owner,
    schema: 'rating',
    folder: join(repositoryRoot, 'services/rating/migrations'),
  });
}

/** From empty tables, reads the whole log. */
export async function ratingCatchUp(
  place: RatingPlace,
  expected: Pick<Catching, 'events' | 'charges'>,
  servers: CpuProbe,
): Promise<Pace> {
  const { client, topicPrefix } = place;
  await emptyTables(client);
  await client.query(`checkpoint`);
  await forgetGroup(place.kafka, `${topicPrefix}${GROUPS.ratingUsage}`);
  let ratingPid = 0;
  const watching = paceOfCatchUp({
    client,
    schema: 'rating',
    ...expected,
    cpu: () => ({ worker: cpuSeconds(ratingPid), ...servers() }),
  });
  // Failing to start is the failure to tell of, not that nothing was committed.
  watching.catch(() => undefined);
  const rating = await startRating(place, (pid) => (ratingPid = pid));
  try {
    return await watching;
  } finally {
    await rating.stop();
  }
}

/** Rating as a process of its own, which answers HTTP at `url`. */
export interface RatingProcess {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startRating(
  place: RatingPlace,
  started: (pid: number) => void = () => undefined,
): Promise<RatingProcess> {
  const [http, management] = [await freePort(), await freePort()];
  const program = serviceProgram('rating', {
    logFile: join(place.folder, 'rating-alone.log'),
    readyUrl: `http://127.0.0.1:${management}/readyz`,
    environment: {
      FARTHING_ENV: 'development',
      FARTHING_LOG_LEVEL: 'info',
      FARTHING_KAFKA_BROKERS: place.brokers,
      FARTHING_TOPIC_PREFIX: place.topicPrefix,
      FARTHING_PARTITIONS: String(place.partitions),
      FARTHING_HTTP_PORT: String(http),
      FARTHING_MANAGEMENT_PORT: String(management),
      FARTHING_DATABASE_OWNER_URL: place.database.owner,
      FARTHING_DATABASE_API_URL: place.database.api,
      FARTHING_DATABASE_BATCH_URL: place.database.batch,
    },
  });
  const running = await startProgram(program, true);
  started(running.pid);
  await waitReady(program, running);
  return {
    url: `http://127.0.0.1:${http}`,
    pid: running.pid,
    stop: () => stopProcess(running, { signal: 'SIGTERM', timeoutMs: 20_000 }),
  };
}

/** All that rating wrote; the tables of months and weeks stay, empty. */
export async function emptyTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = 'rating'::regnamespace and relkind in ('r', 'p') and not relispartition
        and relname not like '%migrations%'`,
  );
  await client.query(`truncate ${rows.map(({ name }) => `rating.${name}`).join(', ')}`);
}

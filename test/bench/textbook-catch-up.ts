import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryRoot } from '@farthing/local/repository';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { cpuSeconds } from './cpu-time.js';
import { createTopic, fillTopic, forgetGroup } from './kafka-topic.js';
import type { LoadEvent } from './load.js';
import { paceOfCatchUp, type Catching, type CpuProbe, type Pace } from './progress.js';
import { textbookRecords } from './textbook-record.js';

export interface TextbookPlace {
  readonly kafka: Kafka;
  readonly brokers: string;
  readonly databaseUrl: string;
  readonly client: pg.Client;
  readonly partitions: number;
}

const TOPIC = 'textbook.usage';
const GROUP = 'textbook';

/** Makes its topic and tables, and writes the load to the topic. */
export async function prepareTextbook(
  place: TextbookPlace,
  load: readonly LoadEvent[],
): Promise<void> {
  await createTopic(place.kafka, TOPIC, place.partitions);
  await fillTopic(place.kafka, TOPIC, textbookRecords(load, place.partitions));
  await place.client.query(readFileSync(join(repositoryRoot, 'test/bench/textbook.sql'), 'utf8'));
}

/** From empty tables, reads the whole topic. */
export async function textbookCatchUp(
  place: TextbookPlace,
  expected: Pick<Catching, 'events' | 'charges'>,
  servers: CpuProbe,
): Promise<Pace> {
  const { client } = place;
  await client.query(
    `truncate textbook.charges, textbook.charge_tenants, textbook.charge_customers, textbook.charge_sources,
       textbook.charge_prices, textbook.inbox, textbook.counters, textbook.event_counts`,
  );
  await client.query(`checkpoint`);
  await forgetGroup(place.kafka, GROUP);
  const worker = startWorker(place);
  try {
    return await Promise.race([
      paceOfCatchUp({
        client,
        schema: 'textbook',
        ...expected,
        cpu: () => ({ worker: cpuSeconds(worker.pid!), ...servers() }),
      }),
      endedEarly(worker),
    ]);
  } finally {
    await stopWorker(worker);
  }
}

function startWorker(place: TextbookPlace): ChildProcess {
  return fork(fileURLToPath(new URL('textbook-worker.js', import.meta.url)), {
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
    env: {
      ...process.env,
      BENCH_BROKERS: place.brokers,
      BENCH_TOPIC: TOPIC,
      BENCH_GROUP: GROUP,
      BENCH_DATABASE_URL: place.databaseUrl,
    },
  });
}

async function endedEarly(worker: ChildProcess): Promise<never> {
  await once(worker, 'exit');
  throw new Error('the textbook worker ended before its work was done');
}

async function stopWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  const timer = setTimeout(() => worker.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

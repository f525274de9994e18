import { isAlive } from '../servers/child-process.js';
import { kafkaAnswers, startKafka, stopKafka } from '../servers/kafka-process.js';
import { postgresAnswers, startPostgres, stopPostgres } from '../servers/postgres-process.js';
import { waitUntil } from '../servers/wait-until.js';
import type { StackRecord } from './stack-record.js';

const answerTimeoutMs = 10_000;

/** Checks that somebody else's Kafka answers. */
export async function useKafka(
  record: StackRecord,
  brokers: string,
  signal: AbortSignal,
): Promise<void> {
  if (!(await waitUntil(() => kafkaAnswers(brokers), { timeoutMs: answerTimeoutMs, signal }))) {
    throw new Error(`FARTHING_KAFKA_BROKERS names ${brokers} and no Kafka answers there.`);
  }
  record.report('kafka', `${brokers}, yours`);
}

/** Checks that somebody else's PostgreSQL lets us in. */
export async function usePostgres(
  record: StackRecord,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  if (!(await waitUntil(() => postgresAnswers(url), { timeoutMs: answerTimeoutMs, signal }))) {
    throw new Error(
      `FARTHING_DATABASE_URL names ${hostOf(url)} and no PostgreSQL lets us in there.`,
    );
  }
  record.report('postgres', `${hostOf(url)}, yours`);
}

/** Our own Kafka: as it is when it answers, else started on its folder's data. */
export async function bringUpKafka(record: StackRecord, signal?: AbortSignal): Promise<void> {
  const known = record.state.kafka;
  if (known && isAlive(known) && (await kafkaAnswers(known.brokers))) {
    record.report('kafka', `${known.brokers}, already up`);
    return;
  }
  const from = performance.now();
  if (known) await stopKafka(known);
  const { pid, token, brokers } = await startKafka({
    folder: record.folder.kafka,
    logFile: record.folder.log('kafka'),
    endWithParent: record.options.endWithParent,
    signal,
  });
  record.started({ pid, token });
  record.update({ kafka: { pid, token, brokers } });
  record.report('kafka', `${brokers}, up in ${seconds(from)}`);
}

/** Our own PostgreSQL: as it is when it answers, else started on its folder's data. */
export async function bringUpPostgres(record: StackRecord, signal?: AbortSignal): Promise<void> {
  const known = record.state.postgres;
  if (known && isAlive(known) && (await postgresAnswers(known.url))) {
    record.report('postgres', `${hostOf(known.url)}, already up`);
    return;
  }
  const from = performance.now();
  if (known) await stopPostgres(known);
  const { pid, token, url } = await startPostgres({
    folder: record.folder.postgres,
    logFile: record.folder.log('postgres'),
    endWithParent: record.options.endWithParent,
    signal,
  });
  record.started({ pid, token });
  record.update({ postgres: { pid, token, url } });
  record.report('postgres', `${hostOf(url)}, up in ${seconds(from)}`);
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** Since an earlier `performance.now()`, as a person reads it. */
export function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}

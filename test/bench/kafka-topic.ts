import { waitUntil } from '@farthing/local/servers/wait-until';
import kafkajs, { type Kafka } from 'kafkajs';

/** A record of a benchmark's topic. */
export interface BenchRecord {
  readonly value: Buffer | string;
}

/**
 * At most so much in one request, so in one batch of the log. A fetch gives a batch that is larger than what it wants
 * of a partition only for the first of its partitions: with large batches, partitions are read one after another.
 */
const REQUEST_BYTES = 256 * 1024;

/** Longer than the session of a member that did not say that it leaves. */
const GROUP_TIMEOUT_MS = 75_000;

export function benchKafka(brokers: string): Kafka {
  return new kafkajs.Kafka({
    clientId: 'farthing-bench',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** Writes records in their order to the partitions. */
export async function fillTopic(
  kafka: Kafka,
  topic: string,
  records: ReadonlyMap<number, readonly BenchRecord[]>,
): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (const [partition, lane] of records) {
      for (const messages of inRequests(lane)) {
        await producer.send({
          topic,
          messages: messages.map(({ value }) => ({ value, partition })),
        });
      }
    }
  } finally {
    await producer.disconnect();
  }
}

export async function createTopic(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  await withAdmin(kafka, (admin) =>
    admin.createTopics({
      // Whoever uses it retries until it has leaders; kafkajs gives up waiting too soon.
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    }),
  );
}

/** Forgets what the group has read; waits until a member that has just left is gone. */
export async function forgetGroup(kafka: Kafka, group: string): Promise<void> {
  let reason = '';
  const forgotten = await withAdmin(kafka, (admin) =>
    waitUntil(
      async () => {
        const { groups } = await admin.listGroups();
        if (!groups.some(({ groupId }) => groupId === group)) return true;
        try {
          await admin.deleteGroups([group]);
          return true;
        } catch (error) {
          reason = JSON.stringify((error as { groups?: unknown }).groups ?? String(error));
          return false;
        }
      },
      { timeoutMs: GROUP_TIMEOUT_MS, everyMs: 100 },
    ),
  );
  if (!forgotten) throw new Error(`the group ${group} cannot be deleted: ${reason}`);
}

/** Copies the records of a topic with one partition to another one. */
export async function copyTopic(kafka: Kafka, from: string, to: string): Promise<void> {
  const [end] = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(from));
  const records: BenchRecord[] = [];
  const consumer = kafka.consumer({ groupId: `${to}-copy` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: from, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ message }) => {
            records.push({ value: message.value! });
            if (records.length === Number(end!.high)) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  await fillTopic(kafka, to, new Map([[0, records]]));
}

type Admin = ReturnType<Kafka['admin']>;

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

function* inRequests(records: readonly BenchRecord[]): Generator<readonly BenchRecord[]> {
  let from = 0;
  let bytes = 0;
  for (let at = 0; at < records.length; at += 1) {
    bytes += records[at]!.value.length;
    if (bytes > REQUEST_BYTES && at > from) {
      yield records.slice(from, at);
      from = at;
      bytes = records[at]!.value.length;
    }
  }
  if (from < records.length) yield records.slice(from);
}

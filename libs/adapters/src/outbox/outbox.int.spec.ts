import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import { until } from '@farthing/testing/until';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import type { RecordProducer, SendRequest } from '../kafka/record-producer.js';
import { createDataSource } from '../postgres/data-source.js';
import { runInTransaction } from '../postgres/transaction.js';
import { createLogger } from '../telemetry/logger.js';
import { appendToOutbox, OUTBOX_SQL, type OutboxRef } from './outbox.js';
import { OutboxPublisher } from './outbox-publisher.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const publishers: OutboxPublisher[] = [];
let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({
    url: database.adminUrl,
    schema: 'public',
    applicationName: 'spec',
    logger,
    poolSize: 20,
  });
  await dataSource.query(OUTBOX_SQL);
});

beforeEach(() => dataSource.query('truncate outbox, outbox_partitions'));

afterEach(() => Promise.all(publishers.splice(0).map((publisher) => publisher.close())));

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** A Kafka that keeps what it is sent, may be away, and notices two sends in flight to one partition. */
class RecordingProducer implements RecordProducer {
  readonly received: string[] = [];
  away = false;
  overlaps = 0;
  private readonly inFlight = new Set<number>();

  async send({ partition, records }: SendRequest): Promise<bigint> {
    if (this.inFlight.has(partition)) this.overlaps += 1;
    this.inFlight.add(partition);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.inFlight.delete(partition);
    if (this.away) throw new DeadlineExceeded('away');
    this.received.push(...records.map(({ value }) => value!.toString()));
    return 0n;
  }

  async close(): Promise<void> {}
}

function publisherFor(producer: RecordProducer): OutboxPublisher {
  const publisher = new OutboxPublisher({ dataSource, producer, logger, pollMs: 100 });
  publishers.push(publisher);
  return publisher;
}

function append(text: string, partition = 0): Promise<OutboxRef> {
  return runInTransaction(dataSource, {}, (tx) =>
    appendToOutbox(tx, { topic: 'facts', partition, key: 'k', value: Buffer.from(text) }),
  );
}

test('what is committed is sent, and what is rolled back leaves no gap', async () => {
  const producer = new RecordingProducer();
  const publisher = publisherFor(producer);
  const first = await append('a');
  const undone = runInTransaction(dataSource, {}, async (tx) => {
    await appendToOutbox(tx, { topic: 'facts', partition: 0, value: Buffer.from('undone') });
    throw new Error('no');
  });
  await expect(undone).rejects.toThrow('no');
  const second = await append('b');
  await publisher.published([first, second], 5_000);
  expect([first.number, second.number]).toEqual([1n, 2n]);
  expect(producer.received).toEqual(['a', 'b']);
});

test('two publishers and many writers: each message once, in the order of its number, one send in flight', async () => {
  const producer = new RecordingProducer();
  const [one, two] = [publisherFor(producer), publisherFor(producer)];
  one.start();
  two.start();
  const numbered = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const ref = await append(String(n));
      await (n % 2 === 0 ? one : two).published([ref], 10_000);
      return [ref.number, String(n)] as const;
    }),
  );
  const inOrder = numbered.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  expect(producer.received).toEqual(inOrder);
  expect(producer.overlaps).toBe(0);
});

test('what an earlier owner left is sent on start', async () => {
  await append('left');
  await append('behind', 1);
  const producer = new RecordingProducer();
  publisherFor(producer).start();
  await until('both', () => producer.received.length === 2);
  expect(producer.received.toSorted()).toEqual(['behind', 'left']);
});

test('while Kafka is away a command hears so by its deadline, and the message goes later, once', async () => {
  const producer = new RecordingProducer();
  producer.away = true;
  const publisher = publisherFor(producer);
  publisher.start();
  const ref = await append('late');
  const startedAtMs = Date.now();
  await expect(publisher.published([ref], 300)).rejects.toBeInstanceOf(DeadlineExceeded);
  expect(Date.now() - startedAtMs).toBeLessThan(1_500);
  producer.away = false;
  await publisher.published([ref], 5_000);
  expect(producer.received).toEqual(['late']);
});

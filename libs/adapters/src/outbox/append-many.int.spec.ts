import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDataSource } from '../postgres/data-source.js';
import { runInTransaction } from '../postgres/transaction.js';
import { createLogger } from '../telemetry/logger.js';
import { appendManyToOutbox } from './append-many.js';
import { appendToOutbox, OUTBOX_SQL, type OutboxMessage } from './outbox.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({
    url: database.adminUrl,
    schema: 'public',
    applicationName: 'spec',
    logger: createLogger({ service: 'test', level: 'silent' }),
    poolSize: 4,
  });
  await dataSource.query(OUTBOX_SQL);
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const message = (partition: number, text: string): OutboxMessage => ({
  topic: 'documents',
  partition,
  key: `key-${text}`,
  value: Buffer.from(text),
});

async function rows(partition: number): Promise<string[]> {
  const found = await dataSource.query<{ number: string; key: Buffer; value: Buffer }[]>(
    'select number, key, value from outbox where partition = $1::integer order by number',
    [partition],
  );
  return found.map(({ number, key, value }) =>
    [number, key.toString(), value.toString()].join(' '),
  );
}

/** In a transaction of its own. */
const append = (partitions: readonly number[]) =>
  runInTransaction(dataSource, {}, (tx) =>
    appendManyToOutbox(
      tx,
      partitions.map((partition) => message(partition, 'x')),
    ),
  );

test('many messages get the numbers that one after the other would get', async () => {
  await runInTransaction(dataSource, {}, async (tx) => {
    await appendToOutbox(tx, message(1, 'a'));
    const many = ['b', 'c', 'd', 'e'].map((text, at) => message(1 + (at % 2), text));
    const targets = await appendManyToOutbox(tx, many);
    expect(new Set(targets.map(({ partition }) => partition))).toEqual(new Set([1, 2]));
    await appendToOutbox(tx, message(2, 'f'));
    expect(await appendManyToOutbox(tx, [])).toEqual([]);
  });
  expect(await rows(1)).toEqual(['1 key-a a', '2 key-b b', '3 key-d d']);
  expect(await rows(2)).toEqual(['1 key-c c', '2 key-e e', '3 key-f f']);
});

test('transactions that append to the same partitions in another order take turns', async () => {
  await Promise.all(Array.from({ length: 8 }, (_, at) => append(at % 2 ? [5, 6, 7] : [7, 6, 5])));
  for (const partition of [5, 6, 7]) {
    expect(await rows(partition)).toEqual(
      Array.from({ length: 8 }, (_, at) => `${at + 1} key-x x`),
    );
  }
});

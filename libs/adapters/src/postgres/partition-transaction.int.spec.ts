import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { createDataSource } from './data-source.js';
import { PartitionMemory } from './partition-memory.js';
import { PARTITION_OFFSETS_SQL, PartitionOffsets } from './partition-offsets.js';
import { runOnPartition, type PartitionTransactionParts } from './partition-transaction.js';

// A stand-in for what a service keeps in memory: quantity so far, priced by a graduated function.
interface Total {
  quantity: number;
}

const costOf = (quantity: number) =>
  Math.min(quantity, 100) * 7 +
  Math.max(0, Math.min(quantity, 500) - 100) * 5 +
  Math.max(0, quantity - 500) * 3;
// The log of the partition: record `offset` uses this much.
const amountOf = (offset: bigint) => Number((offset * 7n) % 5n) + 1;
const NAMES = { consumer: 'toy.readings', topic: 'readings' };

let database: TestDatabase;
let admin: pg.Client;
const sources: DataSource[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`create schema toy; set search_path = toy; ${PARTITION_OFFSETS_SQL}
    create table steps (partition int, record_offset bigint, cost int, primary key (partition, record_offset));
    create table blobs (partition int, body text);`);
});

afterAll(async () => {
  await Promise.all(sources.map((source) => source.destroy()));
  await admin.end();
  await database.drop();
});

/** One process: its own pool, its own memory. */
async function createWorker(): Promise<PartitionTransactionParts<Total>> {
  const dataSource = await createDataSource({
    url: database.adminUrl,
    schema: 'toy',
    applicationName: 'worker',
    logger: createLogger({ service: 'test', level: 'silent' }),
    poolSize: 3,
  });
  sources.push(dataSource);
  const memory = new PartitionMemory<Total>(async (tx, partition) => {
    const [row] = await tx.query<{ quantity: number }>(
      'select coalesce(max(record_offset), -1)::int as quantity from steps where partition = $1::integer',
      [partition],
    );
    const state = { quantity: 0 };
    for (let offset = 0n; offset <= BigInt(row!.quantity); offset += 1n)
      state.quantity += amountOf(offset);
    return state;
  });
  return {
    dataSource,
    offsets: new PartitionOffsets(dataSource, NAMES),
    memory,
    options: { lockTimeoutMs: 400 },
  };
}

/** Prices the next `count` records on top of the memory, as a consumer does. */
function priceNext(
  worker: PartitionTransactionParts<Total>,
  { partition, count, fail }: { partition: number; count: number; fail?: boolean },
): Promise<bigint | undefined> {
  return runOnPartition(worker, partition, async ({ tx, read, state, done }) => {
    let { nextOffset } = read;
    for (let n = 0; n < count; n += 1, nextOffset += 1n) {
      const before = costOf(state.quantity);
      state.quantity += amountOf(nextOffset);
      await tx.execute('insert into steps values ($1::integer, $2::bigint, $3::integer)', [
        partition,
        nextOffset,
        costOf(state.quantity) - before,
      ]);
    }
    if (fail) throw new Error('killed');
    return done({ nextOffset, nextIndex: 0 }, nextOffset);
  });
}

test('two workers bounce one partition 100 times, some of it rolled back, and the costs telescope', async () => {
  const workers = [await createWorker(), await createWorker()];
  let next = 0n;
  let killed = 0;
  for (let turn = 0; turn < 100; turn += 1) {
    const worker = workers[turn % 2]!;
    // The worker that is about to lose the partition dies in a transaction it has already priced.
    const zombie = workers[(turn + 1) % 2]!;
    if (turn % 3 === 0) {
      await priceNext(zombie, { partition: 1, count: 4, fail: true }).catch(() => (killed += 1));
    }
    for (let batch = 0; batch <= turn % 3; batch += 1) {
      next = (await priceNext(worker, { partition: 1, count: 3 }))!;
    }
  }
  const total = await admin.query(
    'select sum(cost)::int as cost, count(*)::int as n from toy.steps where partition = 1',
  );
  let quantity = 0;
  for (let offset = 0n; offset < next; offset += 1n) quantity += amountOf(offset);
  expect(total.rows[0]).toEqual({ cost: costOf(quantity), n: Number(next) });
  expect(killed).toBe(34);
  expect(quantity).toBeGreaterThan(500);
});

test('memory is loaded once while a worker keeps the partition, and again after a rollback', async () => {
  let loads = 0;
  const worker = await createWorker();
  const memory = new PartitionMemory<Total>(() => {
    loads += 1;
    return { quantity: 0 };
  });
  const counting = { ...worker, memory };
  for (let n = 0; n < 5; n += 1) await priceNext(counting, { partition: 2, count: 1 });
  expect(loads).toBe(1);
  await priceNext(counting, { partition: 2, count: 1, fail: true }).catch(() => undefined);
  await priceNext(counting, { partition: 2, count: 1 });
  expect(loads).toBe(2);
});

test('a batch with nothing to apply writes nothing and keeps the memory', async () => {
  const worker = await createWorker();
  await priceNext(worker, { partition: 3, count: 2 });
  expect(await runOnPartition(worker, 3, async () => undefined)).toBeUndefined();
  expect(await worker.offsets.storedNextOffset(3)).toBe(2n);
  expect(await worker.offsets.storedNextOffset(99)).toBe(0n);
});

test('an owner that lost the partition between lock and update cannot commit', async () => {
  const worker = await createWorker();
  const zombie = runOnPartition(worker, 4, async ({ tx, read, done }) => {
    // What a restore or a hand would do: the row moves although it is locked.
    await tx.execute('update partition_offsets set next_offset = 9 where partition = 4');
    return done({ nextOffset: read.nextOffset + 1n, nextIndex: 0 }, undefined);
  });
  await expect(zombie).rejects.toMatchObject({
    name: 'ProgressConflict',
    failureClass: 'transient',
  });
  expect(await worker.offsets.storedNextOffset(4)).toBe(0n);
});

test('the position in the source log is kept beside the offset', async () => {
  const worker = await createWorker();
  const nextPosition = { generation: 1, offset: 123n, index: 4 };
  await runOnPartition(worker, 5, async ({ done }) =>
    done({ nextOffset: 1n, nextIndex: 0, nextPosition }, 0),
  );
  await runOnPartition(worker, 5, async ({ read, done }) => {
    expect(read).toEqual({ nextOffset: 1n, nextIndex: 0, nextPosition });
    return done({ nextOffset: 2n, nextIndex: 0 }, 0);
  });
  await runOnPartition(worker, 5, async ({ read }) => {
    expect(read.nextPosition).toEqual(nextPosition);
    return undefined;
  });
});

// No timeout of PostgreSQL ends a backend that waits inside COPY for a client that was stopped: such an owner was
// seen to hold its lock past three timeouts.
const FROZEN_OWNER = `
  import pg from 'pg';
  import { from } from 'pg-copy-streams';
  const client = new pg.Client({ connectionString: process.env.URL, options: '-c search_path=toy' });
  await client.connect();
  await client.query("begin; set local lock_timeout = 400; set local statement_timeout = 1000");
  await client.query("set local idle_in_transaction_session_timeout = 1000; set local application_name = 'toy.readings/6'");
  await client.query("select * from partition_offsets where partition = 6 for update");
  const copy = client.query(from('copy blobs from stdin'));
  copy.write('6\\tfirst chunk\\n', () => process.stdout.write('inside\\n'));
  setInterval(() => undefined, 1000);`;

async function startFrozenOwner(): Promise<ChildProcess> {
  const owner = spawn(process.execPath, ['--input-type=module', '-e', FROZEN_OWNER], {
    env: { ...process.env, URL: database.adminUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout!, 'data');
  owner.kill('SIGSTOP');
  return owner;
}

test('an owner frozen inside COPY is got rid of after the second lock timeout', async () => {
  const worker = await createWorker();
  await priceNext(worker, { partition: 6, count: 1 });
  const owner = await startFrozenOwner();
  try {
    const outcomes: string[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      outcomes.push(
        await priceNext(worker, { partition: 6, count: 1 }).then(
          String,
          (error: { code: string }) => error.code,
        ),
      );
    }
    expect(outcomes).toEqual(['55P03', '55P03', '2']);
    const chunks = await admin.query('select count(*)::int as n from toy.blobs');
    expect(chunks.rows[0].n).toBe(0);
  } finally {
    owner.kill('SIGKILL');
  }
});

test('a lock timeout that is not followed by another ends nobody', async () => {
  const worker = await createWorker();
  await priceNext(worker, { partition: 7, count: 1 });
  const slow = new pg.Client({
    connectionString: database.adminUrl,
    application_name: 'toy.readings/7',
  });
  await slow.connect();
  for (let turn = 0; turn < 2; turn += 1) {
    await slow.query('begin');
    await slow.query('select * from toy.partition_offsets where partition = 7 for update');
    await expect(priceNext(worker, { partition: 7, count: 1 })).rejects.toMatchObject({
      code: '55P03',
    });
    await slow.query('commit');
    await priceNext(worker, { partition: 7, count: 1 });
  }
  await slow.end();
});

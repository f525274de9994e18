import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import { appendToOutbox, OUTBOX_SQL } from '../outbox/outbox.js';
import { OutboxPublisher } from '../outbox/outbox-publisher.js';
import { createDataSource } from '../postgres/data-source.js';
import { runInTransaction } from '../postgres/transaction.js';
import { createLogger } from '../telemetry/logger.js';
import {
  answerOnce,
  dropExpiredKeys,
  IDEMPOTENCY_KEYS_SQL,
  type CommandRequest,
} from './idempotency.js';
import { Problem } from './problem.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const role = `toy_commands_${process.pid}`;
let database: TestDatabase;
let api: DataSource;
let batch: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`${IDEMPOTENCY_KEYS_SQL} ${OUTBOX_SQL}
    create table things (id serial, name text);
    create role ${role} login password 'x' nobypassrls;
    grant select, insert, update on idempotency_keys, outbox_partitions to ${role};
    grant insert on outbox to ${role};
    grant select, insert on things to ${role}; grant usage on things_id_seq to ${role};`);
  await admin.end();
  const url = new URL(database.adminUrl);
  url.username = role;
  url.password = 'x';
  const options = { schema: 'public', applicationName: 'spec', logger };
  api = await createDataSource({ ...options, url: url.href });
  batch = await createDataSource({ ...options, url: database.adminUrl });
});

afterAll(async () => {
  await api.destroy();
  await batch.query(`drop owned by ${role}; drop role ${role}`);
  await batch.destroy();
  await database.drop();
});

function request(key: string | undefined, body: unknown): CommandRequest {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return { method: 'POST', url: '/v1/things', headers, body };
}

let runs = 0;

function create(command: CommandRequest, tenantId = 'a') {
  return answerOnce({ dataSource: api, tenant: { tenantId }, request: command }, async (tx) => {
    runs += 1;
    const [row] = await tx.query<{ id: number }>(
      'insert into things (name) values ($1::text) returning id',
      [tenantId],
    );
    return { status: 201, body: { id: row!.id } };
  });
}

test('the same request gets the same answer and runs once, whatever the order of its members', async () => {
  runs = 0;
  const first = await create(request('k1', { a: 1, b: { c: 2, d: 3 } }));
  const again = await create(request('k1', { b: { d: 3, c: 2 }, a: 1 }));
  expect(again).toMatchObject({ status: 201, body: first.body });
  expect(runs).toBe(1);
});

test('two at once take turns, and run once', async () => {
  runs = 0;
  const answers = await Promise.all([1, 2, 3, 4].map(() => create(request('k2', { a: 1 }))));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(runs).toBe(1);
});

test('another body under the same key is a conflict, another tenant or no key is not', async () => {
  const first = await create(request('k3', { a: 1 }));
  await expect(create(request('k3', { a: 2 }))).rejects.toMatchObject({
    facts: { status: 409, code: 'idempotency_key_reused' },
  });
  const other = await create(request('k3', { a: 2 }), 'b');
  expect(other.body.id).not.toBe(first.body.id);
  const [one, two] = [await create(request(undefined, {})), await create(request(undefined, {}))];
  expect(one.body.id).not.toBe(two.body.id);
  await expect(create(request('white space', {}))).rejects.toMatchObject({
    facts: { status: 400 },
  });
});

test('a command that is refused keeps no key', async () => {
  const refuse = answerOnce(
    { dataSource: api, tenant: { tenantId: 'a' }, request: request('k4', {}) },
    async () => {
      throw new Problem({ status: 409, code: 'exceeds_available' });
    },
  );
  await expect(refuse).rejects.toMatchObject({ facts: { code: 'exceeds_available' } });
  await expect(create(request('k4', {}))).resolves.toMatchObject({ status: 201 });
});

test('a command that Kafka did not get in time stays committed, and its key gets the answer later', async () => {
  let away = true;
  const sent: number[] = [];
  const send = async () => {
    if (away) throw new DeadlineExceeded('away');
    sent.push(1);
    return 0n;
  };
  const publisher = new OutboxPublisher({
    dataSource: batch,
    producer: { send, close: async () => {} },
    logger,
  });
  runs = 0;
  const command = () =>
    answerOnce(
      {
        dataSource: api,
        tenant: { tenantId: 'a' },
        request: request('k5', {}),
        publisher,
        deadlineMs: 200,
      },
      async (tx) => {
        runs += 1;
        const message = await appendToOutbox(tx, {
          topic: 'facts',
          partition: 0,
          value: Buffer.from('m'),
        });
        return { status: 201, body: { ok: true }, messages: [message] };
      },
    );
  await expect(command()).rejects.toBeInstanceOf(DeadlineExceeded);
  away = false;
  expect(await command()).toMatchObject({ status: 201, body: { ok: true } });
  expect([runs, sent.length]).toEqual([1, 1]);
  await publisher.close();
});

test('old keys are dropped', async () => {
  await create(request('k6', {}));
  const dropped = await runInTransaction(batch, {}, (tx) =>
    dropExpiredKeys(tx, new Date(Date.now() + 1_000)),
  );
  expect(dropped).toBeGreaterThan(0);
});

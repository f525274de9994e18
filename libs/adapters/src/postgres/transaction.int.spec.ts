import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { runAsTenant, tenantPolicySql } from './api-transaction.js';
import { createDataSource, poolOf } from './data-source.js';
import { failureClassOf } from './failure-class.js';
import { CommitUnknown, runInTransaction, type Transaction } from './transaction.js';

let database: TestDatabase;
let dataSource: DataSource;
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`create schema toy; create table toy.notes (tenant text, id int primary key, body text);
    ${tenantPolicySql('toy.notes')}
    create role toy_reader_${process.pid} login password 'x' nobypassrls;
    grant usage on schema toy to toy_reader_${process.pid};
    grant select, insert on toy.notes to toy_reader_${process.pid};`);
  dataSource = await sourceFor(database.adminUrl);
});

afterAll(async () => {
  await dataSource.destroy();
  await admin.query(`drop schema toy cascade; drop role toy_reader_${process.pid}`);
  await admin.end();
  await database.drop();
});

function sourceFor(url: string): Promise<DataSource> {
  const logger = createLogger({ service: 'test', level: 'silent' });
  return createDataSource({ url, schema: 'toy', applicationName: 'spec', logger, poolSize: 4 });
}

const note = (tx: Transaction, id: number, tenantId = 't') =>
  tx.execute('insert into notes values ($1::text, $2::integer, $3::text)', [tenantId, id, 'n']);

const all = (tx: Transaction) => tx.query('select id from notes where id >= 50');

async function count(where = 'true'): Promise<number> {
  const result = await admin.query(`select count(*)::int as n from toy.notes where ${where}`);
  return result.rows[0].n;
}

test('it commits what resolves, rolls back what throws, and tells only after the commit', async () => {
  const told: string[] = [];
  const answer = await runInTransaction(dataSource, {}, async (tx) => {
    await note(tx, 1);
    tx.afterCommit(() => told.push('one'));
    return 'done';
  });
  expect([answer, await count()]).toEqual(['done', 1]);
  const failing = runInTransaction(dataSource, {}, async (tx) => {
    await note(tx, 2);
    tx.afterCommit(() => told.push('two'));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect([told, await count()]).toEqual([['one'], 1]);
});

test('a transaction that leaked throws after its end instead of using a lent-out connection', async () => {
  let leaked: Transaction | undefined;
  await runInTransaction(dataSource, {}, async (tx) => {
    leaked = tx;
  });
  await expect(leaked!.query('select 1')).rejects.toThrow('has ended');
  await expect(leaked!.copyIn('copy notes from stdin', Buffer.alloc(0))).rejects.toThrow(
    'has ended',
  );
});

test('a savepoint takes back a failed COPY and the rest goes on', async () => {
  await runInTransaction(dataSource, {}, async (tx) => {
    await note(tx, 10);
    await tx.savepoint('before_copy');
    const twice = Buffer.from('t\t11\ta\nt\t11\tb\n');
    await expect(tx.copyIn('copy notes from stdin', twice)).rejects.toMatchObject({
      code: '23505',
    });
    await tx.rollbackTo('before_copy');
    await tx.copyIn('copy notes from stdin', [Buffer.from('t\t12\t'), Buffer.from('a\n')]);
  });
  expect(await count('id in (10, 11, 12)')).toBe(2);
});

test('a backend ended inside COPY, as a frozen owner meets it when it wakes, is an error like any other', async () => {
  const work = runInTransaction(dataSource, {}, async (tx) => {
    async function* chunks() {
      yield Buffer.from('t\t15\ta\n');
      await admin.query('select pg_terminate_backend($1)', [tx.backendPid]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      yield Buffer.alloc(1_000_000, 'x');
      yield Buffer.from('t\t16\ta\n');
    }
    await tx.copyIn('copy notes from stdin', chunks());
  });
  const error = await work.catch((thrown: unknown) => thrown);
  expect(failureClassOf(error)).toBe('transient');
  expect(await count('id in (15, 16)')).toBe(0);
});

test('a swallowed error cannot make COMMIT look like a commit', async () => {
  const swallowing = runInTransaction(dataSource, {}, async (tx) => {
    await tx.query('select 1 / 0').catch(() => undefined);
  });
  await expect(swallowing).rejects.toThrow('answered with ROLLBACK');
});

test('a backend ended before it answers COMMIT leaves the result unknown, and the process alive', async () => {
  const work = runInTransaction(dataSource, {}, async (tx) => {
    await note(tx, 20);
    await admin.query('select pg_terminate_backend($1)', [tx.backendPid]);
  });
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CommitUnknown);
  expect(failureClassOf(error)).toBe('transient');
  expect(await count('id = 20')).toBe(0);
  await runInTransaction(dataSource, {}, (tx) => note(tx, 21));
});

test('a backend ended during COMMIT, which then happened or not, is unknown and nothing else', async () => {
  await admin.query(`create function toy.slow() returns trigger language plpgsql as
    'begin perform pg_sleep(2); return null; end';
    create constraint trigger slow after insert on toy.notes deferrable initially deferred
    for each row when (new.id = 30) execute function toy.slow();`);
  const work = runInTransaction(dataSource, {}, async (tx) => {
    await note(tx, 30);
    setTimeout(() => void admin.query('select pg_terminate_backend($1)', [tx.backendPid]), 300);
  });
  await expect(work).rejects.toBeInstanceOf(CommitUnknown);
  await admin.query('drop trigger slow on toy.notes');
});

test('a refusal at COMMIT is certain, and not an unknown one', async () => {
  await admin.query(`create function toy.refuse() returns trigger language plpgsql as
    'begin raise exception ''refused'' using errcode = ''23514''; end';
    create constraint trigger refuse after insert on toy.notes deferrable initially deferred
    for each row when (new.id = 40) execute function toy.refuse();`);
  const work = runInTransaction(dataSource, {}, (tx) => note(tx, 40));
  await expect(work).rejects.toMatchObject({ code: '23514' });
  await admin.query('drop trigger refuse on toy.notes');
});

test('a lost idle connection does not end the process, and the pool makes another', async () => {
  await dataSource.query('select 1');
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'spec'`,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await dataSource.query('select 1 as one')).toEqual([{ one: 1 }]);
});

test('a failed transaction keeps no connection', async () => {
  for (let turn = 0; turn < 10; turn += 1) {
    await runInTransaction(dataSource, {}, async (tx) => {
      await admin.query('select pg_terminate_backend($1)', [tx.backendPid]);
      await tx.query('select 1');
    }).catch(() => undefined);
  }
  const pool = poolOf(dataSource);
  expect(pool.waitingCount).toBe(0);
  expect(pool.totalCount - pool.idleCount).toBe(0);
});

test('settings end with the transaction', async () => {
  const options = { applicationName: 'group/3', statementTimeoutMs: 1_234, tenantId: "o'brien" };
  const show = 'select current_setting($1, true) as value';
  const inside = await runInTransaction(dataSource, options, async (tx) => [
    await tx.query(show, ['application_name']),
    await tx.query(show, ['statement_timeout']),
    await tx.query(show, ['farthing.tenant_id']),
  ]);
  expect(inside.flat()).toEqual([{ value: 'group/3' }, { value: '1234ms' }, { value: "o'brien" }]);
  expect(await dataSource.query(show, ['application_name'])).toEqual([{ value: 'spec' }]);
});

test('the API role sees and writes its tenant only, and nothing without one', async () => {
  const url = new URL(database.adminUrl);
  url.username = `toy_reader_${process.pid}`;
  url.password = 'x';
  const api = await sourceFor(url.href);
  await runAsTenant(api, { tenantId: 'a' }, (tx) => note(tx, 50, 'a'));
  await runAsTenant(api, { tenantId: 'b' }, (tx) => note(tx, 51, 'b'));
  expect(await runAsTenant(api, { tenantId: 'a' }, all)).toEqual([{ id: 50 }]);
  expect(await runInTransaction(api, {}, all)).toEqual([]);
  const foreign = runAsTenant(api, { tenantId: 'a' }, (tx) => note(tx, 52, 'b'));
  await expect(foreign).rejects.toMatchObject({ code: '42501' });
  await api.destroy();
});

test('64-bit integers and decimals stay strings', async () => {
  const [row] = await dataSource.query(`select 9007199254740993::bigint as b, 0.1::numeric as n`);
  expect(row).toEqual({ b: '9007199254740993', n: '0.1' });
});

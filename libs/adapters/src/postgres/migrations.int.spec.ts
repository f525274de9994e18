import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runMigrations } from './migrations.js';

let database: TestDatabase;
let folder: string;
let schema = '';
let turn = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-migrations-'));
  schema = `toy${(turn += 1)}`;
  await query(`create schema ${schema}`);
  await file('0001_notes.sql', 'create table notes (id int);');
  return () => rm(folder, { recursive: true });
});

afterAll(() => database.drop());

const file = (name: string, sql: string) => writeFile(join(folder, name), sql);
const migrate = () => runMigrations({ databaseUrl: database.adminUrl, schema, folder });

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  const result = await client.query(sql);
  await client.end();
  return result.rows;
}

test('files are applied once, in their order, into the schema', async () => {
  await file(
    '0002_more.sql',
    'alter table notes add body text; insert into notes values (1, $$a$$);',
  );
  expect(await migrate()).toEqual(['0001_notes.sql', '0002_more.sql']);
  expect(await migrate()).toEqual([]);
  expect(await query(`select * from ${schema}.notes`)).toEqual([{ id: 1, body: 'a' }]);
});

test('processes that start together take turns', async () => {
  const applied = await Promise.all([migrate(), migrate(), migrate()]);
  expect(applied.flat()).toEqual(['0001_notes.sql']);
});

test('a changed file is refused before anything is applied', async () => {
  await migrate();
  await file('0001_notes.sql', 'create table notes (id bigint);');
  await file('0002_more.sql', 'create table more (id int);');
  await expect(migrate()).rejects.toThrow('0001_notes.sql was changed');
  expect(await query(`select to_regclass('${schema}.more') as more`)).toEqual([{ more: null }]);
});

test('a file that is gone, or misnumbered, is refused', async () => {
  await file('0003_more.sql', 'select 1');
  await expect(migrate()).rejects.toThrow('should be named 0002_<name>.sql');
  await rm(join(folder, '0003_more.sql'));
  await migrate();
  await rm(join(folder, '0001_notes.sql'));
  await expect(migrate()).rejects.toThrow('was applied and is gone');
});

test('a file that fails leaves nothing behind', async () => {
  await file('0002_more.sql', 'create table more (id int); select 1 / 0;');
  await expect(migrate()).rejects.toThrow('0002_more.sql failed: division by zero');
  expect(await query(`select to_regclass('${schema}.more') as more`)).toEqual([{ more: null }]);
  await file('0002_more.sql', 'create table more (id int);');
  expect(await migrate()).toEqual(['0002_more.sql']);
});

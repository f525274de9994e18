import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import { numberArray, textArray } from './array-text.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

it('gives PostgreSQL the texts as they are', async () => {
  const texts = ['', 'plain', 'NULL', 'a,b', '{c}', ' d ', 'say "e"', String.raw`f\g`, 'ü\n'];
  const { rows } = await client.query('select $1::text[] as texts', [textArray(texts)]);
  expect(rows).toEqual([{ texts }]);
  const { rows: none } = await client.query('select $1::text[] as texts', [textArray([])]);
  expect(none).toEqual([{ texts: [] }]);
});

it('gives PostgreSQL the numbers as they are', async () => {
  const sql = 'select $1::numeric[]::text[] as numbers';
  const { rows } = await client.query(sql, [numberArray([1, -2n, '0.000000003'])]);
  expect(rows).toEqual([{ numbers: ['1', '-2', '0.000000003'] }]);
});

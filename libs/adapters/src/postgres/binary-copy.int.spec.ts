import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { BinaryCopyWriter } from './binary-copy.js';
import { createDataSource } from './data-source.js';
import { runInTransaction } from './transaction.js';

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({
    url: database.adminUrl,
    schema: 'public',
    applicationName: 'spec',
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

let tables = 0;

/** Writes one value per row into a column of the type and answers what PostgreSQL makes of it, as text. */
async function roundTrip<Value>(
  type: string,
  values: readonly Value[],
  write: (writer: BinaryCopyWriter, value: Value) => void,
): Promise<(string | null)[]> {
  const table = `copied_${(tables += 1)}`;
  // Starts too small on purpose: the buffer must grow in the middle of a row.
  const writer = new BinaryCopyWriter(64);
  values.forEach((value, at) => write(writer.row(2).int4(at), value));
  return runInTransaction(dataSource, {}, async (tx) => {
    await tx.execute(`create table ${table} (at int, value ${type})`);
    await tx.copyIn(`copy ${table} from stdin (format binary)`, writer.finish());
    const rows = await tx.query<{ value: string | null }>(
      `select value::text from ${table} order by at`,
    );
    return rows.map(({ value }) => value);
  });
}

test('integers, to both ends of their range', async () => {
  expect(await roundTrip('int2', [-32_768, 0, 32_767], (w, v) => w.int2(v))).toEqual([
    '-32768',
    '0',
    '32767',
  ]);
  expect(await roundTrip('int4', [-(2 ** 31), 2 ** 31 - 1], (w, v) => w.int4(v))).toEqual([
    '-2147483648',
    '2147483647',
  ]);
  const large = [
    -(2n ** 63n),
    -1n,
    2n ** 63n - 1n,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    -1,
  ];
  expect(await roundTrip('int8', large, (w, v) => w.int8(v))).toEqual(large.map(String));
});

test('an integer beyond its type is a bug, and is not wrapped', () => {
  const writer = new BinaryCopyWriter();
  expect(() => writer.int2(32_768)).toThrow('no int2');
  expect(() => writer.int4(2 ** 31)).toThrow('no int4');
  expect(() => writer.int8(2n ** 63n)).toThrow('no int8');
});

test('decimals keep every digit and their scale', async () => {
  const cases: [bigint, number, string][] = [
    [0n, 9, '0.000000000'],
    [1n, 9, '0.000000001'],
    [-1n, 9, '-0.000000001'],
    [38_123_944_620n, 9, '38.123944620'],
    [10_000n, 0, '10000'],
    [100_000_000n, 4, '10000.0000'],
    [12_345n, 1, '1234.5'],
    [5n, 3, '0.005'],
    [99_999_999n, 8, '0.99999999'],
    [9_999_999_999_999n, 0, '9999999999999'],
    [20_000_000_000_000_000_001n, 9, '20000000000.000000001'],
    [120_000_000_000_000_000_000_000n, 9, '120000000000000.000000000'],
    [9_007_199_254_740_993_000_000_001n, 9, '9007199254740993.000000001'],
    [-20_000_000_000_000_000_001n, 9, '-20000000000.000000001'],
    [10n ** 37n, 9, '10000000000000000000000000000.000000000'],
  ];
  const written = await roundTrip('numeric', cases, (w, [scaled, scale]) =>
    w.numeric(scaled, scale),
  );
  expect(written).toEqual(cases.map(([, , text]) => text));
});

test('text of any length and script', async () => {
  const texts = ['', 'ascii', 'zwölf Euro €', '😀', 'x'.repeat(48), 'ü'.repeat(5_000), 'a\tb\\c\n'];
  expect(await roundTrip('text', texts, (w, v) => w.text(v))).toEqual(texts);
});

test('instants, to the microsecond and before 1970 and 2000', async () => {
  const instants = [
    '1969-12-31T23:59:59.999999Z',
    '1999-12-31T23:59:59.000001Z',
    '2026-02-28T12:00:00.123456Z',
  ];
  const micros = instants.map((text) => Date.parse(text) * 1_000 + Number(text.slice(23, 26)));
  const written = await roundTrip('timestamptz', micros, (w, v) => w.timestamptz(v));
  expect(written.map((text) => new Date(text!).getTime())).toEqual(
    instants.map((text) => Date.parse(text)),
  );
  expect(written.map((text) => /\.(\d+)/.exec(text!)?.[1])).toEqual(['999999', '000001', '123456']);
});

test('bytes, identifiers, booleans, JSON, arrays and null', async () => {
  const id = '0189f7e4-31d6-7c2b-9d7b-4f1a2b3c4d5e';
  expect(await roundTrip('uuid', [id], (w, v) => w.uuid(v))).toEqual([id]);
  expect(await roundTrip('bytea', [Buffer.from([0, 255, 7])], (w, v) => w.bytea(v))).toEqual([
    '\\x00ff07',
  ]);
  expect(await roundTrip('boolean', [true, false], (w, v) => w.bool(v))).toEqual(['true', 'false']);
  expect(await roundTrip('jsonb', ['{"ä":[1]}'], (w, v) => w.jsonb(v))).toEqual(['{"ä": [1]}']);
  const lists = [[], ['one'], ['a,b', '"', 'ü']];
  expect(await roundTrip('text[]', lists, (w, v) => w.textArray(v))).toEqual([
    '{}',
    '{one}',
    '{"a,b","\\"",ü}',
  ]);
  expect(await roundTrip('int8[]', [[1n, -2]], (w, v) => w.int8Array(v))).toEqual(['{1,-2}']);
  expect(await roundTrip('text', ['x'], (w) => w.null())).toEqual([null]);
});

test('a writer is as good as new after finish', async () => {
  const writer = new BinaryCopyWriter();
  const first = writer.row(1).int4(1).finish();
  expect(writer.rows).toBe(0);
  expect(writer.row(1).int4(1).finish()).toEqual(first);
});

import { createTestDatabase, type TestDatabase } from '@farthing/testing/test-database';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { BinaryCopyReader } from './binary-copy-reader.js';
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
    poolSize: 1,
  });
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** Reads a query's rows; the stream comes in pieces of so many bytes. */
async function rowsOf<Row>(
  query: string,
  { columns, pieceBytes = 1 << 20 }: { readonly columns: number; readonly pieceBytes?: number },
  read: (reader: BinaryCopyReader) => Row,
): Promise<Row[]> {
  const reader = new BinaryCopyReader(columns);
  const rows: Row[] = [];
  await runInTransaction(dataSource, {}, async (tx) => {
    for await (const chunk of tx.copyOut(`copy (${query}) to stdout (format binary)`)) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        reader.push(chunk.subarray(at, at + pieceBytes));
        while (reader.next()) rows.push(read(reader));
      }
    }
  });
  return rows;
}

test.each([1, 7, 1 << 20])('rows whose bytes come %i at a time', async (pieceBytes) => {
  const query = `select at::int2, -at, at::int8 * 1000000000000, at % 2 = 0, nullif('id-' || at, 'id-2')
    from generate_series(1, 3) as at`;
  const rows = await rowsOf(query, { columns: 5, pieceBytes }, (row) => [
    row.int2(0),
    row.int4(1),
    row.int8(2),
    row.safeInt8(2),
    row.bool(3),
    row.isNull(4) ? null : row.ascii(4),
  ]);
  expect(rows).toEqual([
    [1, -1, 10n ** 12n, 1e12, false, 'id-1'],
    [2, -2, 2n * 10n ** 12n, 2e12, true, null],
    [3, -3, 3n * 10n ** 12n, 3e12, false, 'id-3'],
  ]);
});

test('instants before 1970, and both ends of an int8', async () => {
  const query = `select -1::int8, -9223372036854775808, 9223372036854775807`;
  const rows = await rowsOf(query, { columns: 3 }, (row) => [
    row.safeInt8(0),
    row.int8(1),
    row.int8(2),
  ]);
  expect(rows).toEqual([[-1, -(2n ** 63n), 2n ** 63n - 1n]]);
});

const NUMERICS = [
  '0',
  '1',
  '9999',
  '10000',
  '100000000',
  '9007198.999999999',
  '9007199.254740993',
  '12500000',
  '999999999999.999999999',
  '1000000000000',
  '123456789012345678901234567.123456789',
  '99999999999999999999999999999',
  '0.000000001',
  '0.00000001',
  '0.0001',
  '0.1',
  '1.000000001',
  '10000.0001',
  '-1.5',
  '-0.000000001',
];

test.each(NUMERICS)('the numeric %s in units of 10^-9', async (text) => {
  const sql = `select ${text}::numeric(38, 9), (${text}::numeric * 1000000000)::numeric(38, 0)::text`;
  const [row] = await rowsOf(sql, { columns: 2 }, (reader) => [
    String(reader.nanos(0)),
    reader.ascii(1),
  ]);
  expect(row![0]).toBe(row![1]);
});

test('a numeric that is not finite, and a row of other columns, are faults', async () => {
  const notFinite = rowsOf(`select 'NaN'::numeric`, { columns: 1 }, (row) => row.nanos(0));
  await expect(notFinite).rejects.toThrow('not finite');
  const other = rowsOf(`select 1, 2`, { columns: 1 }, (row) => row.int4(0));
  await expect(other).rejects.toThrow('a row of 2 columns, not 1');
});

test('who leaves a COPY in its middle gets a transaction that works the next time', async () => {
  const leaving = runInTransaction(dataSource, {}, async (tx) => {
    const query = `select repeat('x', 1000) from generate_series(1, 100000)`;
    for await (const chunk of tx.copyOut(`copy (${query}) to stdout`)) {
      throw new Error(`enough after ${chunk.length > 0}`);
    }
  });
  await expect(leaving).rejects.toThrow('enough after true');
  const rows = await runInTransaction(dataSource, {}, (tx) => tx.query(`select 1 as one`));
  expect(rows).toEqual([{ one: 1 }]);
});

import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { paceOf, type CpuProbe, type Pace } from './progress.js';

/** The charge rows that rating stored, as COPY gives and takes them. */
export interface StoredRows {
  readonly text: readonly Buffer[];
  readonly binary: readonly Buffer[];
  readonly rows: number;
}

/**
 * The tables of the baselines: `copy_plain` has the columns of `rating.charge_rows` and nothing else;
 * `copy_keyed` is in all a table like those of a month that rating writes to, its key included.
 */
export async function createCopyTables(client: pg.Client): Promise<void> {
  await client.query(`create schema bench`);
  await client.query(
    `create table bench.copy_plain as select * from rating.charge_rows with no data`,
  );
  await client.query(
    `create table bench.copy_keyed (like ${await monthTable(client)} including all)`,
  );
}

/** One of rating's tables of a month: they are all alike. */
async function monthTable(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'rating.charge_rows'::regclass
      order by 1 limit 1`,
  );
  if (!rows[0]) throw new Error('rating has stored no charge');
  return rows[0].name;
}

/** Reads the charges in the order in which they were stored. */
export async function readStoredRows(client: pg.Client): Promise<StoredRows> {
  const rows = `(select * from rating.charge_rows order by tableoid, ctid)`;
  const text: Buffer[] = [];
  const stream = client.query(copyTo(`copy ${rows} to stdout`));
  await pipeline(stream, collectInto(text));
  const binary: Buffer[] = [];
  await pipeline(
    client.query(copyTo(`copy ${rows} to stdout (format binary)`)),
    collectInto(binary),
  );
  return { text, binary, rows: stream.rowCount };
}

/** COPY of the text into the table without a key, and its commit. */
export async function copyText(
  client: pg.Client,
  stored: StoredRows,
  cpu: CpuProbe,
): Promise<Pace> {
  await client.query(`truncate bench.copy_plain`);
  return timedCopy(client, {
    sql: `copy bench.copy_plain from stdin`,
    data: stored.text,
    stored,
    cpu,
  });
}

/** Binary COPY into the table with its key, and its commit. */
export async function copyKeyed(
  client: pg.Client,
  stored: StoredRows,
  cpu: CpuProbe,
): Promise<Pace> {
  await client.query(`truncate bench.copy_keyed`);
  const sql = `copy bench.copy_keyed from stdin (format binary)`;
  return timedCopy(client, { sql, data: stored.binary, stored, cpu });
}

async function timedCopy(
  client: pg.Client,
  copy: {
    readonly sql: string;
    readonly data: readonly Buffer[];
    readonly stored: StoredRows;
    readonly cpu: CpuProbe;
  },
): Promise<Pace> {
  await client.query(`checkpoint`);
  const before = copy.cpu();
  const fromMs = performance.now();
  // COPY outside of a transaction block commits itself.
  const stream = client.query(copyFrom(copy.sql));
  await pipeline(Readable.from(copy.data), stream);
  const seconds = (performance.now() - fromMs) / 1_000;
  const after = copy.cpu();
  if (stream.rowCount !== copy.stored.rows) throw new Error(`COPY took ${stream.rowCount} rows`);
  return paceOf({
    events: copy.stored.rows / CHARGES_PER_EVENT,
    seconds,
    chargesPerEvent: CHARGES_PER_EVENT,
    cpu: { before, after },
  });
}

/** The load's two meters. */
const CHARGES_PER_EVENT = 2;

function collectInto(chunks: Buffer[]): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
}

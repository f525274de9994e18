import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '@farthing/adapters/http/api-client';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import type { BenchPlace } from './bench-place.js';
import { TENANTS } from './load.js';
import { median } from './median.js';
import { emptyTables, startRating, type RatingProcess } from './rating-catch-up.js';
import { chargesToReRate, fillCharges, newPrices, type FilledCharges } from './re-rating-load.js';

/** A diff of stored charges, beside the SQL that reads them. */
export interface ReRatingFigures {
  /** Charges a second of the diff, to those of the SQL. */
  readonly ratio: number;
  readonly charges: number;
  readonly changed: number;
  readonly charges_per_second: { readonly diff: number; readonly sql: number };
  /** Resident memory of rating's process at its highest: in a diff of a tenth of the charges, and in one of all. */
  readonly peak_mb: { readonly tenth: number; readonly all: number };
}

const POLL_MS = 50;
const TIMEOUT_MS = 600_000;
const SQL_COLUMNS = `customer_number, usage_from, price_number, generation, log_offset, event_index, n, partition, kind,
  occurred_at, amount, quote_difference, quantity_before, quantity_after, creators, corrects`;
const ORDER = 'customer_number, usage_from, price_number, generation, log_offset, event_index, n';

/**
 * Both read the same charges of one tenant in the order of their accumulators. The SQL sends every column that a diff
 * needs through a binary COPY, whose bytes nobody looks at; the diff prices them and stores what would change.
 */
export async function measureReRating(
  { alone, tenants }: Pick<BenchPlace, 'alone' | 'tenants'>,
  { charges, rounds }: { readonly charges: number; readonly rounds: number },
): Promise<ReRatingFigures> {
  const { client } = alone;
  await emptyTables(client);
  const filled = await fillCharges(client, { tenant: TENANTS[0], charges });
  const rating = await startRating(alone);
  try {
    const api = new ApiClient(rating.url, tenants.keys[TENANTS[0]]!);
    const diff = (of: FilledCharges, candidates: readonly object[]) =>
      timedDiff({ api, client, rating }, of, candidates);
    // Under the prices that made them nothing changes, or the charges are not what rating would have made.
    const same = await diff(filled, []);
    if (same.changed !== 0) throw new Error(`${same.changed} charges are not what they should be`);
    const tenth = await diff(chargesToReRate(filled, 0.1), newPrices);
    const measured = [];
    for (let round = 0; round <= rounds; round += 1) {
      const sql = await timedSql(client, filled);
      measured.push({ sql, ...(await diff(filled, newPrices)) });
    }
    // The first round warms up.
    const counted = measured.slice(1);
    const { changed } = counted[0]!;
    return {
      ratio: median(counted.map(({ sql, seconds }) => sql / seconds)),
      charges,
      changed,
      charges_per_second: {
        diff: Math.round(median(counted.map(({ seconds }) => charges / seconds))),
        sql: Math.round(median(counted.map(({ sql }) => charges / sql))),
      },
      peak_mb: { tenth: tenth.peakMb, all: Math.max(...counted.map(({ peakMb }) => peakMb)) },
    };
  } finally {
    await rating.stop();
  }
}

async function timedSql(
  client: pg.Client,
  { tenantNumber, from, to }: FilledCharges,
): Promise<number> {
  const sql = `copy (select ${SQL_COLUMNS} from rating.charge_rows
    where tenant_number = ${tenantNumber} and kind in (1, 2) and occurred_at >= ${from} and occurred_at < ${to}
    order by ${ORDER}) to stdout (format binary)`;
  await client.query(`checkpoint`);
  const fromMs = performance.now();
  let bytes = 0;
  for await (const chunk of client.query(copyTo(sql))) bytes += (chunk as Buffer).length;
  if (bytes === 0) throw new Error('nothing was read');
  return (performance.now() - fromMs) / 1_000;
}

const STARTED = z.object({ id: z.string() });

async function timedDiff(
  {
    api,
    client,
    rating,
  }: { readonly api: ApiClient; readonly client: pg.Client; readonly rating: RatingProcess },
  { from, to, charges }: FilledCharges,
  candidates: readonly object[],
): Promise<{ readonly seconds: number; readonly changed: number; readonly peakMb: number }> {
  const [fromText, toText] = [from, to].map((micros) => new Date(micros / 1_000).toISOString());
  const body = JSON.stringify({ from: fromText, to: toText, candidates });
  const headers = { 'content-type': 'application/json' };
  await client.query(`checkpoint`);
  const { id } = await api.json('/v1/re-ratings', STARTED, { method: 'POST', headers, body });
  const deadline = Date.now() + TIMEOUT_MS;
  let peakMb = 0;
  for (;;) {
    peakMb = Math.max(peakMb, residentMb(rating.pid));
    const found = await progressOf(client, id);
    if (found.state === 'finished') {
      if (Number(found.charges) !== charges) {
        throw new Error(`${found.charges} charges were compared, not ${charges}`);
      }
      return { seconds: Number(found.seconds), changed: Number(found.changed), peakMb };
    }
    if (found.state === 'failed' || Date.now() > deadline) {
      throw new Error(`the re-rating did not end: ${found.fault ?? found.state}`);
    }
    await sleep(POLL_MS);
  }
}

interface Progress {
  readonly state: string;
  readonly charges: string;
  readonly changed: string;
  readonly fault: string | null;
  readonly seconds: string | null;
}

/** `seconds`: from the transaction that asked for it to the one that finished it. */
async function progressOf(client: pg.Client, id: string): Promise<Progress> {
  const { rows } = await client.query<Progress>(
    `select state, charges, changed, fault, extract(epoch from finished_at - created_at) as seconds
       from rating.re_ratings where id = $1::text`,
    [id],
  );
  return rows[0]!;
}

/** proc_pid_status(5); NaN where there is no Linux `/proc`. */
function residentMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024);
  } catch {
    return Number.NaN;
  }
}

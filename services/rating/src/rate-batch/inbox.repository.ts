import type { DataSource } from 'typeorm';
import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import { sqlStateOf } from '@farthing/adapters/postgres/failure-class';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import { HASH_BYTES, KEY_BYTES, type ChunkEvents } from './chunk-events.js';
import type { TakenKey } from './known-events.js';

const WEEK_MICROS = 7 * 86_400_000_000;
const COLUMNS = 8;
const writer = new BinaryCopyWriter();

/** The inbox table of an arrival: weeks since 1970-01-01 of the record's log-append time. */
export function inboxWeekOf(appendedAt: number): number {
  return Math.floor(appendedAt / WEEK_MICROS);
}

/** Makes the table of a week, in a transaction of its own; does nothing when it is there. */
export async function ensureInboxWeek(dataSource: DataSource, week: number): Promise<void> {
  await dataSource.query(`select ensure_inbox_week($1::integer)`, [week]);
}

/** Takes the locks of the week, and answers which other weeks have a table. */
export async function enterInboxWeek(tx: Transaction, week: number): Promise<number[]> {
  const rows = await tx.query<{ week: number }>(
    `select week from enter_inbox_week($1::integer) as week`,
    [week],
  );
  return rows.map((row) => row.week).filter((other) => other !== week);
}

/** Takes the keys of these of the events. Fails with 23505 when one of them is taken. */
export async function copyToInbox(
  tx: Transaction,
  events: ChunkEvents,
  applied: {
    readonly ordinals: readonly number[];
    readonly week: number;
    readonly partition: number;
  },
): Promise<void> {
  const { ordinals, week, partition } = applied;
  for (const ordinal of inKeyOrder(events, ordinals)) {
    writer
      .row(COLUMNS)
      .bytes(events.keys, ordinal * KEY_BYTES, ordinal * KEY_BYTES + KEY_BYTES)
      .int8(events.envelopeOf(ordinal).offset)
      .int4(events.indexOf(ordinal))
      .int2(week)
      .int2(LOG_GENERATION)
      .int2(partition)
      .text(events.tenantOf(ordinal))
      .bytes(events.hashes, ordinal * HASH_BYTES, ordinal * HASH_BYTES + HASH_BYTES);
  }
  await tx.copyIn(
    `copy ${tableOf(week)} (key, log_offset, event_index, week, generation, partition, tenant, body_hash)
     from stdin (format binary)`,
    writer.finish(),
  );
}

/** Takes the key of an event that is a record of its own. False when it is taken. */
export async function insertIntoInbox(
  tx: Transaction,
  event: TakenKey & {
    readonly tenant: string;
    readonly offset: bigint;
    readonly week: number;
    readonly partition: number;
  },
): Promise<boolean> {
  const { key, hash, tenant, offset, week, partition } = event;
  const inserted = await tx.execute(
    `insert into ${tableOf(week)} (key, log_offset, event_index, week, generation, partition, tenant, body_hash)
     values ($1::uuid, $2::bigint, 0, $3::smallint, $4::smallint, $5::smallint, $6::text, $7::bytea)
     on conflict do nothing`,
    [uuidText(key), offset, week, LOG_GENERATION, partition, tenant, hash],
  );
  return inserted === 1;
}

/** Whether a failure of `copyToInbox` says that a key is taken. */
export function isTakenKey(error: unknown): boolean {
  const { table } = error as { table?: unknown };
  return sqlStateOf(error) === '23505' && typeof table === 'string' && table.startsWith('inbox_');
}

/** Which of these keys are taken, in the week itself or in all others. */
export async function selectTaken(
  tx: Transaction,
  keys: readonly Buffer[],
  where: { readonly week: number; readonly others: boolean },
): Promise<TakenKey[]> {
  const rows = await tx.query<{ key: string; body_hash: Buffer }>(
    where.others
      ? `select key, body_hash from inbox where key = any($1::uuid[]) and week <> $2::smallint`
      : `select key, body_hash from ${tableOf(where.week)}
          where key = any($1::uuid[]) and week = $2::smallint`,
    [keys.map(uuidText), where.week],
  );
  return rows.map(({ key, body_hash }) => ({
    key: Buffer.from(key.replaceAll('-', ''), 'hex'),
    hash: body_hash,
  }));
}

function tableOf(week: number): string {
  return `inbox_${week}`;
}

/** PostgreSQL reads a uuid without its dashes, too. */
function uuidText(key: Buffer): string {
  return key.toString('hex');
}

/**
 * Sorted by the first 36 bits of the key, which all but decides: all writers take keys in one order, so they do not
 * deadlock, and neighbours in the index are written together.
 */
function* inKeyOrder(events: ChunkEvents, ordinals: readonly number[]): Generator<number> {
  const { keys } = events;
  const order = new Float64Array(ordinals.length);
  for (let at = 0; at < ordinals.length; at++) {
    const ordinal = ordinals[at]!;
    const key = ordinal * KEY_BYTES;
    order[at] = (keys.readUInt32BE(key) * 16 + (keys[key + 4]! >> 4)) * 65_536 + ordinal;
  }
  for (const place of order.toSorted()) yield place % 65_536;
}

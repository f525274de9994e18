import type { DataSource } from 'typeorm';
import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import { sqlStateOf } from '@farthing/adapters/postgres/failure-class';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { AppliedEvent } from './effects.js';
import type { KnownEvent } from './known-events.js';

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

/** Takes the keys of the events. Fails with 23505 when one of them is taken. */
export async function copyToInbox(
  tx: Transaction,
  events: readonly AppliedEvent[],
  { week, partition }: { readonly week: number; readonly partition: number },
): Promise<void> {
  for (const event of inKeyOrder(events)) {
    writer
      .row(COLUMNS)
      .bytes(event.keys, event.keyAt, event.keyAt + 16)
      .int8(event.offset)
      .int4(event.index)
      .int2(week)
      .int2(LOG_GENERATION)
      .int2(partition)
      .text(event.tenant)
      .bytes(event.hashes, event.hashAt, event.hashAt + 32);
  }
  await tx.copyIn(
    `copy ${tableOf(week)} (key, log_offset, event_index, week, generation, partition, tenant, body_hash)
     from stdin (format binary)`,
    writer.finish(),
  );
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
): Promise<KnownEvent[]> {
  const rows = await tx.query<{ key: string; body_hash: Buffer }>(
    where.others
      ? `select key, body_hash from inbox where key = any($1::uuid[]) and week <> $2::smallint`
      : `select key, body_hash from ${tableOf(where.week)}
          where key = any($1::uuid[]) and week = $2::smallint`,
    [keys.map(uuidText), where.week],
  );
  return rows.map(({ key, body_hash }) => ({
    keys: Buffer.from(key.replaceAll('-', ''), 'hex'),
    keyAt: 0,
    hashes: body_hash,
    hashAt: 0,
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
export function inKeyOrder(events: readonly AppliedEvent[]): AppliedEvent[] {
  const order = new Float64Array(events.length);
  for (let at = 0; at < events.length; at++) {
    const { keys, keyAt } = events[at]!;
    const prefix = keys.readUInt32BE(keyAt) * 16 + (keys[keyAt + 4]! >> 4);
    order[at] = prefix * 65_536 + at;
  }
  order.sort();
  return Array.from(order, (place) => events[place % 65_536]!);
}

import type { DataSource } from 'typeorm';
import type { Transaction } from '../postgres/transaction.js';
import type { OutboxRef } from './outbox.js';

export interface OutboxTarget {
  readonly topic: string;
  readonly partition: number;
}

export interface UnpublishedRow extends OutboxRef {
  readonly key: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
}

/** Partitions that somebody left messages for: a process that died, or one that could not reach Kafka. */
export async function findUnpublishedTargets(dataSource: DataSource): Promise<OutboxTarget[]> {
  return dataSource.query<OutboxTarget[]>(
    'select distinct topic, partition from outbox where published_at is null',
  );
}

/** True for the one transaction, in all processes, that may publish to the partition until it ends. */
export async function tryLockTarget(
  tx: Transaction,
  { topic, partition }: OutboxTarget,
): Promise<boolean> {
  const [row] = await tx.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(
       hashtext(current_schema() || '.outbox'), hashtext($1::text || '/' || $2::text)) as locked`,
    [topic, String(partition)],
  );
  return row!.locked;
}

/** The next messages of a partition in their order, at most about `maxBytes` together. */
export async function readUnpublished(
  tx: Transaction,
  { topic, partition }: OutboxTarget,
  maxBytes: number,
): Promise<UnpublishedRow[]> {
  const rows = await tx.query<{ number: string; key: Buffer | null; value: Buffer | null }>(
    `select number, key, value
       from (select number, key, value, sum(bytes) over (order by number) - bytes as before
               from (select number, key, value, coalesce(length(value), 0) as bytes from outbox
                      where topic = $1::text and partition = $2::integer and published_at is null
                      order by number limit 500) as next) as sized
      where before < $3::bigint
      order by number`,
    [topic, partition, maxBytes],
  );
  return rows.map((row) => ({
    topic,
    partition,
    number: BigInt(row.number),
    key: row.key,
    value: row.value,
  }));
}

/**
 * Kafka has them now, and keeps them or erases them by its topic's rules: a copy here would outlive the erasure of a
 * person. The row itself stays, so that it can be asked whether it was published.
 */
export async function markPublished(
  tx: Transaction,
  rows: readonly UnpublishedRow[],
): Promise<void> {
  const first = rows[0]!;
  await tx.execute(
    `update outbox set published_at = clock_timestamp(), key = null, value = null
      where topic = $1::text and partition = $2::integer and number between $3::bigint and $4::bigint`,
    [first.topic, first.partition, first.number, rows.at(-1)!.number],
  );
}

export async function isPublished(dataSource: DataSource, ref: OutboxRef): Promise<boolean> {
  const rows = await dataSource.query<unknown[]>(
    `select 1 from outbox
      where topic = $1::text and partition = $2::integer and number = $3::bigint and published_at is not null`,
    [ref.topic, ref.partition, ref.number],
  );
  return rows.length > 0;
}

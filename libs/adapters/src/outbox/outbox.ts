import type { Transaction } from '../postgres/transaction.js';

/** A message that leaves with the change that made it. */
export interface OutboxMessage {
  readonly topic: string;
  readonly partition: number;
  /** Any bytes: a text column could not hold a key with a zero byte. */
  readonly key?: string | Uint8Array;
  /** `null` is a tombstone: it erases the key from a compacted topic. */
  readonly value: Uint8Array | null;
}

/** Numbers only order the sending to one partition; they are never in a message. */
export interface OutboxRef {
  readonly topic: string;
  readonly partition: number;
  readonly number: bigint;
}

/**
 * For the migration of each service that has an outbox. The API role needs select, insert and update on
 * `outbox_partitions` and insert on `outbox`; the batch role needs select and update on `outbox`.
 */
export const OUTBOX_SQL = `
  create table outbox_partitions (
    topic text not null,
    partition integer not null,
    last_number bigint not null,
    primary key (topic, partition)
  );
  create table outbox (
    topic text not null,
    partition integer not null,
    number bigint not null,
    key bytea,
    value bytea,
    published_at timestamptz,
    primary key (topic, partition, number)
  );
  create index outbox_unpublished on outbox (topic, partition, number) where published_at is null;`;

/**
 * Appends in the transaction of the change. The number is taken under the lock of the target partition's row, which
 * is held until the commit: so numbers are committed in their order, without gaps. Take it late in a transaction.
 */
export async function appendToOutbox(tx: Transaction, message: OutboxMessage): Promise<OutboxRef> {
  const number = await nextNumber(tx, message);
  await tx.execute(
    `insert into outbox (topic, partition, number, key, value)
     values ($1::text, $2::integer, $3::bigint, $4::bytea, $5::bytea)`,
    [message.topic, message.partition, number, keyBytesOf(message), message.value],
  );
  return { topic: message.topic, partition: message.partition, number };
}

async function nextNumber(tx: Transaction, { topic, partition }: OutboxMessage): Promise<bigint> {
  const [row] = await tx.query<{ last_number: string }>(
    `insert into outbox_partitions as p (topic, partition, last_number)
     values ($1::text, $2::integer, 1)
     on conflict (topic, partition) do update set last_number = p.last_number + 1
     returning last_number`,
    [topic, partition],
  );
  return BigInt(row!.last_number);
}

export function keyBytesOf({ key }: OutboxMessage): Buffer | null {
  return key === undefined ? null : Buffer.from(key);
}

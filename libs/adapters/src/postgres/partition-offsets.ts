import type { DataSource } from 'typeorm';
import { sqlStateOf, type FailureClass } from './failure-class.js';
import type { Transaction } from './transaction.js';

/** Where in the source log a derived topic has been applied to: what its reader trims by. */
export interface NextPosition {
  readonly generation: number;
  readonly offset: bigint;
  readonly index: number;
}

/** What one consumer has applied of one partition. It changes in the same transaction as the effects. */
export interface PartitionProgress {
  readonly nextOffset: bigint;
  readonly nextIndex: number;
  /** Only readers of messages that state a range of positions have one. */
  readonly nextPosition?: NextPosition;
}

/** Another owner moved the partition between the lock and the update. The transaction must not commit. */
export class ProgressConflict extends Error {
  override readonly name = 'ProgressConflict';
  readonly failureClass: FailureClass = 'transient';
}

/** The table, for the migration of each service that consumes. The batch role needs select, insert and update. */
export const PARTITION_OFFSETS_SQL = `
  create table partition_offsets (
    consumer text not null,
    topic text not null,
    partition integer not null,
    next_offset bigint not null check (next_offset >= 0),
    next_index integer not null check (next_index >= 0),
    position_generation integer,
    position_offset bigint,
    position_index integer,
    primary key (consumer, topic, partition)
  );`;

interface ProgressRow {
  readonly next_offset: string;
  readonly next_index: number;
  readonly position_generation: number | null;
  readonly position_offset: string | null;
  readonly position_index: number | null;
}

/** The offsets of one consumer group in one topic. The row lock of `lock` is the fence between owners. */
export class PartitionOffsets {
  private readonly lockTimeouts = new Map<number, number>();

  constructor(
    private readonly dataSource: DataSource,
    /** Both without prefix: a restored database must find its rows again. */
    private readonly names: { readonly consumer: string; readonly topic: string },
  ) {}

  /** Every transaction on the partition shows this name, so that a frozen owner can be found and ended. */
  applicationName(partition: number): string {
    // PostgreSQL cuts names at 63 bytes; the end is what tells partitions apart.
    return `${this.names.consumer}/${partition}`.slice(-63);
  }

  /**
   * Step 1 of a consumer's transaction. A partition never seen starts at (0, 0).
   *
   * No timeout of PostgreSQL ends a backend that waits inside COPY for a stopped client, so the second lock
   * timeout running ends the other backends of this role that show the partition's name. Their transactions
   * roll back; the caller's retry then gets the lock.
   */
  async lock(tx: Transaction, partition: number): Promise<PartitionProgress> {
    try {
      const progress = (await this.select(tx, partition)) ?? (await this.insert(tx, partition));
      this.lockTimeouts.delete(partition);
      return progress;
    } catch (error) {
      if (sqlStateOf(error) === '55P03') await this.onLockTimeout(tx, partition);
      throw error;
    }
  }

  /** Step 5: a compare-and-set from what `lock` read. Throws unless it changed exactly one row. */
  async advance(
    tx: Transaction,
    partition: number,
    read: PartitionProgress,
    next: PartitionProgress,
  ): Promise<void> {
    const position = next.nextPosition ?? read.nextPosition;
    const changed = await tx.execute(
      `update partition_offsets
          set next_offset = $4::bigint, next_index = $5::integer, position_generation = $6::integer,
              position_offset = $7::bigint, position_index = $8::integer
        where consumer = $1::text and topic = $2::text and partition = $3::integer
          and next_offset = $9::bigint and next_index = $10::integer`,
      [
        this.names.consumer,
        this.names.topic,
        partition,
        next.nextOffset,
        next.nextIndex,
        position?.generation ?? null,
        position?.offset ?? null,
        position?.index ?? null,
        read.nextOffset,
        read.nextIndex,
      ],
    );
    if (changed !== 1) throw new ProgressConflict(`partition ${partition} moved under its lock`);
  }

  /**
   * Without a lock: for the seek on join and for lags. A partition never seen starts at 0, also where the group's
   * offset in Kafka is further on: then it is the database that was restored.
   */
  async storedNextOffset(partition: number): Promise<bigint> {
    const rows = await this.dataSource.query<{ next_offset: string }[]>(
      `select next_offset from partition_offsets
        where consumer = $1::text and topic = $2::text and partition = $3::integer`,
      [this.names.consumer, this.names.topic, partition],
    );
    return BigInt(rows[0]?.next_offset ?? 0);
  }

  private async select(tx: Transaction, partition: number): Promise<PartitionProgress | undefined> {
    const [row] = await tx.query<ProgressRow>(
      `select next_offset, next_index, position_generation, position_offset, position_index
         from partition_offsets
        where consumer = $1::text and topic = $2::text and partition = $3::integer
          for update`,
      [this.names.consumer, this.names.topic, partition],
    );
    return row && progressFromRow(row);
  }

  /** `on conflict do nothing` waits for a concurrent insert to end, and the second select then sees its row. */
  private async insert(tx: Transaction, partition: number): Promise<PartitionProgress> {
    await tx.execute(
      `insert into partition_offsets (consumer, topic, partition, next_offset, next_index)
       values ($1::text, $2::text, $3::integer, 0, 0) on conflict do nothing`,
      [this.names.consumer, this.names.topic, partition],
    );
    const progress = await this.select(tx, partition);
    if (!progress) throw new Error(`partition ${partition} has no row after its insert`);
    return progress;
  }

  private async onLockTimeout(tx: Transaction, partition: number): Promise<void> {
    const timeouts = (this.lockTimeouts.get(partition) ?? 0) + 1;
    this.lockTimeouts.set(partition, timeouts);
    if (timeouts < 2) return;
    this.lockTimeouts.delete(partition);
    await this.dataSource.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where usename = current_user and datname = current_database()
          and application_name = $1::text and pid <> $2::integer and pid <> pg_backend_pid()`,
      [this.applicationName(partition), tx.backendPid],
    );
  }
}

function progressFromRow(row: ProgressRow): PartitionProgress {
  const progress = { nextOffset: BigInt(row.next_offset), nextIndex: row.next_index };
  if (
    row.position_generation === null ||
    row.position_offset === null ||
    row.position_index === null
  ) {
    return progress;
  }
  const nextPosition = {
    generation: row.position_generation,
    offset: BigInt(row.position_offset),
    index: row.position_index,
  };
  return { ...progress, nextPosition };
}

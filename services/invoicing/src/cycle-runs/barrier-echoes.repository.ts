import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Stream } from '../charges/partition-books.repository.js';
import type { RunKey } from './cycle-runs.repository.js';

/** A partition's barrier in one stream: what its sender says, and what this service counted. */
export interface PassedBarrier {
  readonly stream: Stream;
  readonly partition: number;
  readonly saidCharges: bigint;
  readonly saidSums: string;
  readonly ownCharges: bigint;
  readonly ownSums: string;
}

interface EchoRow {
  readonly stream: Stream;
  readonly partition: number;
  readonly said_charges: string;
  readonly said_sums: string;
  readonly own_charges: string;
  readonly own_sums: string;
}

export async function readPassedBarriers(
  tx: Transaction,
  { tenant, id }: RunKey,
): Promise<PassedBarrier[]> {
  const rows = await tx.query<EchoRow>(
    `select stream, partition, said_charges, said_sums, own_charges, own_sums from barrier_echoes
      where tenant = $1::text and run = $2::text order by partition, stream desc`,
    [tenant, id],
  );
  return rows.map((row) => ({
    stream: row.stream,
    partition: row.partition,
    saidCharges: BigInt(row.said_charges),
    saidSums: row.said_sums,
    ownCharges: BigInt(row.own_charges),
    ownSums: row.own_sums,
  }));
}

/** How many partitions have passed in both streams. */
export async function countPassedPartitions(
  tx: Transaction,
  { tenant, id }: RunKey,
): Promise<number> {
  const [row] = await tx.query<{ passed: string }>(
    `select count(*) as passed
       from (select partition from barrier_echoes where tenant = $1::text and run = $2::text
              group by partition having count(*) = 2) as passed`,
    [tenant, id],
  );
  return Number(row!.passed);
}

import type { DataSource } from 'typeorm';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { WirePosition } from '@farthing/contracts/wire/position-message';
import type { RatedRange } from './rated-range.js';

/** A range that was committed, as its row tells it. */
export interface StoredRange {
  readonly from: WirePosition;
  readonly tenants: readonly string[];
  readonly usageMonths: readonly number[];
  /** The rated message without its charges. */
  readonly frame: Buffer;
}

interface RangeRow {
  readonly partition: number;
  readonly from_offset: string;
  readonly from_index: number;
  readonly tenants: string[];
  readonly usage_months: number[];
  readonly frame: Buffer;
}

export async function insertRanges(tx: Transaction, ranges: readonly RatedRange[]): Promise<void> {
  for (const range of ranges) await insertRange(tx, range);
}

async function insertRange(tx: Transaction, range: RatedRange): Promise<void> {
  const { from, to } = range;
  await tx.execute(
    `insert into rated_ranges (generation, partition, from_offset, from_index, to_offset, to_index, charges, tenants,
                               usage_months, frame)
     values ($1::smallint, $2::smallint, $3::bigint, $4::integer, $5::bigint, $6::integer, $7::integer, $8::text[],
             $9::integer[], $10::bytea)`,
    [
      from.generation,
      from.partition,
      from.offset,
      from.index,
      to.offset,
      to.index,
      range.charges,
      range.tenants,
      range.usageMonths,
      range.frame,
    ],
  );
}

/** What of a partition is not known to be published, in order. */
export async function selectUnpublished(
  tx: Transaction,
  partition: number,
): Promise<StoredRange[]> {
  const rows = await tx.query<RangeRow>(
    `select partition, from_offset, from_index, tenants, usage_months, frame
       from rated_ranges
      where partition = $1::smallint and published_at is null
      order by from_offset, from_index`,
    [partition],
  );
  return rows.map((row) => ({
    from: {
      generation: LOG_GENERATION,
      partition: row.partition,
      offset: BigInt(row.from_offset),
      index: row.from_index,
    },
    tenants: row.tenants,
    usageMonths: row.usage_months,
    frame: row.frame,
  }));
}

/** Partitions with a range that has waited for longer than anyone should need to publish it. */
export async function selectStuckPartitions(
  dataSource: DataSource,
  olderThanSeconds: number,
): Promise<Array<{ readonly partition: number; readonly ageSeconds: number }>> {
  const rows = await dataSource.query<Array<{ partition: number; age: string }>>(
    `select partition, extract(epoch from now() - min(recorded_at)) as age
       from rated_ranges
      where published_at is null
      group by partition
     having min(recorded_at) < now() - make_interval(secs => $1::float8)`,
    [olderThanSeconds],
  );
  return rows.map(({ partition, age }) => ({ partition, ageSeconds: Number(age) }));
}

/** Losing this in a crash only means that the messages are sent again, and readers trim them. */
export async function markPublished(
  tx: Transaction,
  published: readonly WirePosition[],
): Promise<void> {
  await tx.execute(`set local synchronous_commit = off`);
  await tx.execute(
    `update rated_ranges set published_at = now()
       from unnest($2::smallint[], $3::bigint[], $4::integer[]) as sent (partition, from_offset, from_index)
      where rated_ranges.generation = $1::smallint and rated_ranges.partition = sent.partition
        and rated_ranges.from_offset = sent.from_offset and rated_ranges.from_index = sent.from_index`,
    [
      LOG_GENERATION,
      published.map(({ partition }) => partition),
      published.map(({ offset }) => offset),
      published.map(({ index }) => index),
    ],
  );
}

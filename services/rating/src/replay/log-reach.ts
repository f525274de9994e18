import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { DataSource } from 'typeorm';

/** How far rating has applied a partition of the log: up to here, and without it, its charges are compared. */
export interface Reach {
  readonly partition: number;
  readonly nextOffset: bigint;
  /** Above 0 while a barrier is being settled. */
  readonly nextIndex: number;
}

export async function selectReaches(stored: DataSource): Promise<readonly Reach[]> {
  const rows = await stored.query<{ partition: number; next_offset: string; next_index: number }[]>(
    `select partition, next_offset, next_index
       from rating.partition_offsets
      where consumer = $1::text and topic = $2::text
      order by partition`,
    [GROUPS.ratingUsage, TOPICS.usageAccepted],
  );
  return rows.map(({ partition, next_offset, next_index }) => ({
    partition,
    nextOffset: BigInt(next_offset),
    nextIndex: next_index,
  }));
}

/** The offset after the last record that has to be rated for it. */
export function endOf({ nextOffset, nextIndex }: Reach): bigint {
  return nextIndex === 0 ? nextOffset : nextOffset + 1n;
}

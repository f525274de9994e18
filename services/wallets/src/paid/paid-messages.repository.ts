import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Position, Range } from '@farthing/domain/rating/position';

/** A paid message as Kafka will have it. */
export interface OutgoingPaid {
  readonly range: Range;
  readonly bytes: Buffer;
}

/** Stored with the effects, so the very bytes can be sent again after a crash. */
export async function copyPaidMessages(
  tx: Transaction,
  messages: readonly OutgoingPaid[],
): Promise<void> {
  const size = messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const copy = new BinaryCopyWriter(size + messages.length * 80);
  for (const { range, bytes } of messages) {
    const { from, to } = range;
    copy.row(7).int2(from.generation).int4(from.partition).int8(from.offset).int4(from.index);
    copy.int8(to.offset).int4(to.index).bytea(bytes);
  }
  await tx.copyIn(
    `copy paid_messages (generation, partition, from_offset, from_index, to_offset, to_index, message)
       from stdin (format binary)`,
    copy.finish(),
  );
}

interface PaidRow {
  readonly generation: number;
  readonly from_offset: string;
  readonly from_index: number;
  readonly to_offset: string;
  readonly to_index: number;
  readonly message: Buffer;
}

/** What was committed and perhaps never sent, in order. */
export async function findUnpublished(tx: Transaction, partition: number): Promise<OutgoingPaid[]> {
  const rows = await tx.query<PaidRow>(
    `select generation, from_offset, from_index, to_offset, to_index, message from paid_messages
      where partition = $1::integer and published_at is null
      order by generation, from_offset, from_index`,
    [partition],
  );
  return rows.map(({ generation, message, ...row }) => ({
    range: {
      from: { generation, partition, offset: BigInt(row.from_offset), index: row.from_index },
      to: { generation, partition, offset: BigInt(row.to_offset), index: row.to_index },
    },
    bytes: message,
  }));
}

/** Everything below `to` has been sent: messages go out in order and without a gap. Their bytes are let go. */
export async function markPublished(tx: Transaction, to: Position): Promise<void> {
  // Losing this mark in a crash only sends the messages again, and readers trim what they have.
  await tx.execute('set local synchronous_commit = off');
  await tx.execute(
    `update paid_messages set published_at = clock_timestamp(), message = null
      where generation = $1::smallint and partition = $2::integer and published_at is null
        and (from_offset, from_index) < ($3::bigint, $4::integer)`,
    [to.generation, to.partition, to.offset, to.index],
  );
}

/** Partitions in which something has waited for `olderThanMs`: its owner died or cannot reach Kafka. */
export async function findForgottenPartitions(
  tx: Transaction,
  olderThanMs: number,
): Promise<number[]> {
  const rows = await tx.query<{ partition: number }>(
    `select distinct partition from paid_messages
      where published_at is null and recorded_at < clock_timestamp() - $1::integer * interval '1 millisecond'`,
    [olderThanMs],
  );
  return rows.map(({ partition }) => partition);
}

import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import type { NextPosition } from '@farthing/adapters/postgres/partition-offsets';
import type { CustomerChanged } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { DecodedRange } from '@farthing/contracts/wire/ranged-message';

export interface TrimmedRatedMessage {
  /** Those that lie at or after the position applied so far, in order. */
  readonly customers: readonly CustomerChanged[];
  readonly nextPosition: NextPosition;
}

/**
 * What of a message is new. Rating may send a range again, cut in other places, so what lies below the applied
 * position is dropped; a range that starts above it means lost messages, and the partition stops.
 */
export function trimRatedMessage(
  message: DecodedRange,
  applied: NextPosition | undefined,
): TrimmedRatedMessage {
  const { from, to } = message;
  if (applied && compare(from, applied) > 0) {
    throw new PartitionHalted('gap', `a range starts at ${textOf(from)} after ${textOf(applied)}`);
  }
  const nextPosition = applied && compare(to, applied) < 0 ? applied : positionOf(to);
  const customers: CustomerChanged[] = [];
  for (const { offset, index, record } of message.echoes) {
    const position = { generation: from.generation, offset, index };
    if (applied && compare(position, applied) < 0) continue;
    if (record.case === 'customerChanged') customers.push(record.value);
  }
  return { customers, nextPosition };
}

function positionOf({ generation, offset, index }: NextPosition): NextPosition {
  return { generation, offset, index };
}

function textOf({ generation, offset, index }: NextPosition): string {
  return `${generation}-${offset}-${index}`;
}

function compare(a: NextPosition, b: NextPosition): number {
  if (a.generation !== b.generation) return a.generation - b.generation;
  if (a.offset !== b.offset) return a.offset < b.offset ? -1 : 1;
  return a.index - b.index;
}

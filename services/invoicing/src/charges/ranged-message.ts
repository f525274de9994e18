import type {
  BarrierPassed,
  Echo,
} from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { WirePosition } from '@farthing/contracts/wire/position-message';
import type { NextPosition } from '@farthing/adapters/postgres/partition-offsets';
import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import { comparePositions, formatPosition } from '@farthing/domain/rating/position';

/** A message about the half-open range `[from, to)` of positions, with what it says in the order of position. */
export interface RangedMessage<Item extends Placed> {
  readonly from: WirePosition;
  readonly to: WirePosition;
  readonly echoes: readonly Echo[];
  readonly items: readonly Item[];
}

export interface Placed {
  readonly offset: bigint;
  readonly index: number;
}

/** Items up to a barrier, and the barrier; the last stretch of a slice has none. */
export interface Stretch<Item> {
  readonly items: readonly Item[];
  readonly barrier: BarrierPassed | undefined;
}

/**
 * What is new of a message: all of it, the part from `next` on, or undefined when everything lies below. Ranges tile a
 * partition, so a message that begins above `next` means that one was lost: the partition stops, it never skips.
 */
export function trimMessage<Item extends Placed>(
  message: RangedMessage<Item>,
  next: NextPosition | undefined,
  partition: number,
): RangedMessage<Item> | undefined {
  if (message.from.partition !== partition || message.to.partition !== partition) {
    const text = `the range from ${formatPosition(message.from)} lies in partition ${partition}`;
    throw new PartitionHalted('unknown_message', text);
  }
  if (!next) return message;
  const expected = { ...next, partition };
  if (comparePositions(message.to, expected) <= 0) return undefined;
  const begins = comparePositions(message.from, expected);
  if (begins > 0) {
    const found = `${formatPosition(message.from)} follows ${formatPosition(expected)}`;
    throw new PartitionHalted('gap', `positions are missing: ${found}`);
  }
  if (begins === 0) return message;
  const isNew = ({ offset, index }: Placed) =>
    comparePositions({ ...message.from, offset, index }, expected) >= 0;
  return {
    ...message,
    from: expected,
    echoes: message.echoes.filter(isNew),
    items: message.items.filter(isNew),
  };
}

/** Cuts a slice of messages at its barriers: what a barrier says holds before the items of the same position. */
export function stretchesOf<Item extends Placed>(
  messages: readonly RangedMessage<Item>[],
): Stretch<Item>[] {
  const stretches: Stretch<Item>[] = [];
  let items: Item[] = [];
  for (const message of messages) {
    let at = 0;
    for (const echo of message.echoes) {
      if (echo.record.case !== 'barrierPassed') continue;
      while (at < message.items.length && isBefore(message.items[at]!, echo)) {
        items.push(message.items[at++]!);
      }
      stretches.push({ items, barrier: echo.record.value });
      items = [];
    }
    for (const item of message.items.slice(at)) items.push(item);
  }
  return [...stretches, { items, barrier: undefined }];
}

function isBefore(a: Placed, b: Placed): boolean {
  return a.offset < b.offset || (a.offset === b.offset && a.index < b.index);
}

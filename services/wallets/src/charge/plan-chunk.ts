import type { DecodedRatedMessage } from '@farthing/contracts/wire/rated-message';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { comparePositions, type Position, type Range } from '@farthing/domain/rating/position';

/** What of one rated message is applied at once: whole events, and the echoes of the same range. */
export interface RatedPart {
  readonly range: Range;
  readonly charges: readonly RatedCharge[];
  readonly echoes: DecodedRatedMessage['echoes'];
}

export type PartOutcome =
  | { readonly outcome: 'part'; readonly part: RatedPart; readonly last: boolean }
  /** All of it was applied before. */
  | { readonly outcome: 'applied_before' }
  /** It starts beyond what was applied: something is missing. */
  | { readonly outcome: 'refused'; readonly reason: 'gap' | 'foreign_log' };

/**
 * Trims what lies below `next` and takes about `budget` charges of what is left: more when one event has more, all
 * of it when little would remain. Parts tile the message's range as messages tile the log.
 */
export function nextPart(
  message: DecodedRatedMessage,
  next: Position,
  budget: number,
): PartOutcome {
  const { from, to } = message;
  if (from.partition !== next.partition || from.generation !== next.generation) {
    return { outcome: 'refused', reason: 'foreign_log' };
  }
  if (comparePositions(to, next) <= 0) return { outcome: 'applied_before' };
  if (comparePositions(from, next) > 0) return { outcome: 'refused', reason: 'gap' };
  const at = (place: { readonly offset: bigint; readonly index: number }): Position => ({
    generation: next.generation,
    partition: next.partition,
    offset: place.offset,
    index: place.index,
  });
  const isLeft = (place: { readonly offset: bigint; readonly index: number }) =>
    comparePositions(at(place), next) >= 0;
  const { charges } = message;
  const first = charges.findIndex(isLeft);
  const start = first === -1 ? charges.length : first;
  const end = endOfPart(charges, start, budget);
  const following = charges[end];
  const partTo = following ? at(following) : to;
  const range: Range = { from: next, to: partTo };
  const echoes = message.echoes.filter(
    (echo) => isLeft(echo) && comparePositions(at(echo), partTo) < 0,
  );
  return {
    outcome: 'part',
    part: { range, charges: charges.slice(start, end), echoes },
    last: following === undefined,
  };
}

function endOfPart(charges: readonly RatedCharge[], start: number, budget: number): number {
  // A rest of a quarter is not worth a transaction and a message of its own.
  if (charges.length - start <= budget * 1.25) return charges.length;
  let end = start + Math.max(1, budget);
  // Never inside one event: its charges are captured, refunded and shown together.
  while (end < charges.length && isSameEvent(charges[end - 1]!, charges[end]!)) end += 1;
  return end;
}

function isSameEvent(a: RatedCharge, b: RatedCharge): boolean {
  return a.offset === b.offset && a.index === b.index;
}

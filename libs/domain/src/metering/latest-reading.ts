import type { Micros } from '../period/micros.js';
import type { Quantity } from './quantity.js';

/** The event whose reading stands, of a `latest` meter. */
export interface LatestMark {
  readonly occurredAt: Micros;
  /** Source and id, see `eventIdentity`. */
  readonly identity: string;
}

/** What stands in an accumulator, or would. */
export interface StandingReading {
  readonly quantity: Quantity;
  /** Undefined where nothing was read yet. */
  readonly mark: LatestMark | undefined;
}

export interface LatestStep {
  /** What the quantity moves by: below zero where the reading is lower than the one that stood. */
  readonly quantity: Quantity;
  readonly mark: LatestMark;
}

/**
 * Of two readings the later one stands, of two at one instant the one whose source and id are greater in byte order: so
 * the order in which they come does not matter. One that does not stand moves nothing.
 */
export function latestReading(
  standing: StandingReading,
  reading: StandingReading & { readonly mark: LatestMark },
): LatestStep {
  const { mark } = standing;
  if (mark && !isLater(reading.mark, mark)) return { quantity: 0n, mark };
  return { quantity: reading.quantity - standing.quantity, mark: reading.mark };
}

/** Both are visible ASCII, as every door accepts them: texts compare like their bytes, and a space comes before either. */
export function eventIdentity(source: string, id: string): string {
  return `${source} ${id}`;
}

function isLater(a: LatestMark, b: LatestMark): boolean {
  return a.occurredAt === b.occurredAt ? a.identity > b.identity : a.occurredAt > b.occurredAt;
}

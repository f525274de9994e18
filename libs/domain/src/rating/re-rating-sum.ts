import type { Nanos } from '../money/nanos.js';

/** What a re-rating adds up for a customer, a creator or a price. */
export interface ReRatingSum {
  /** Charges, or a creator's shares of them. */
  charges: number;
  /** How many of them would be another amount. */
  changed: number;
  before: Nanos;
  after: Nanos;
}

export function emptySum(): ReRatingSum {
  return { charges: 0, changed: 0, before: 0n, after: 0n };
}

export function addToSum(sum: ReRatingSum, before: Nanos, after: Nanos): void {
  sum.charges += 1;
  if (before !== after) sum.changed += 1;
  sum.before += before;
  sum.after += after;
}

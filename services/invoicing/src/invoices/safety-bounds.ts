import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';

/** A customer's earlier invoices in one currency, the most recent ones. */
export interface TrailingInvoices {
  readonly count: number;
  readonly totalNanos: Nanos;
}

/** An invoice beyond these is held for a person to look at, instead of being sent wrongly. */
export const SAFETY_BOUNDS = {
  /** Above this many times the mean of what came before … */
  timesTheMean: 10n,
  /** … once there are so many to compare with. */
  afterInvoices: 3,
  linesPerDay: 500,
} as const;

const DAY_MICROS = 86_400_000_000;

/** Why a draft is parked; undefined when it is within the bounds. */
export function reasonToPark(
  draft: {
    readonly totalNanos: Nanos;
    readonly lines: number;
    readonly from: Micros;
    readonly to: Micros;
  },
  before: TrailingInvoices | undefined,
): 'above_trailing_mean' | 'too_many_lines' | undefined {
  const days = Math.max(1, (draft.to - draft.from) / DAY_MICROS);
  if (draft.lines > SAFETY_BOUNDS.linesPerDay * days) return 'too_many_lines';
  if (!before || before.count < SAFETY_BOUNDS.afterInvoices || before.totalNanos <= 0n) {
    return undefined;
  }
  // total > times × mean, without a division.
  const bound = SAFETY_BOUNDS.timesTheMean * before.totalNanos;
  return draft.totalNanos * BigInt(before.count) > bound ? 'above_trailing_mean' : undefined;
}

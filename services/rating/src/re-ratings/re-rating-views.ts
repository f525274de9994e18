import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import { NOT_RE_RATED, type NotReRatedReason } from '@farthing/domain/rating/re-rate-charge';
import { idOfRow } from '../charges/charge-row.js';
import type { DifferenceRow, SumRow } from './found.repository.js';
import type { ReRating } from './re-rating.js';
import type { AppliedRecords } from './records.repository.js';

/** A re-rating as the API shows it. */
export function reRatingView(
  reRating: ReRating,
  found: {
    readonly customers: { readonly done: number; readonly of: number };
    readonly prices: readonly SumRow[];
    readonly left: readonly SumRow[];
    /** Undefined while nobody asked for it to be applied. */
    readonly applied: AppliedRecords | undefined;
  },
) {
  const { customer, price, fault } = reRating;
  return {
    id: reRating.id,
    state: stateOf(reRating, found.applied),
    by: reRating.selectedBy,
    from: formatMicros(reRating.from),
    to: formatMicros(reRating.to),
    ...(customer === null ? {} : { customer }),
    ...(price === null ? {} : { price }),
    catalogVersion: reRating.catalogVersion,
    candidates: reRating.candidates.length,
    progress: { customers: found.customers },
    charges: reRating.charges,
    changed: reRating.changed,
    prices: found.prices.map((row) => ({ price: row.name, ...sumView(row) })),
    /** Charges that only the log could say more of, by why. */
    notReRated: found.left.map((row) => ({
      reason: row.name,
      sentence: NOT_RE_RATED[row.name as NotReRatedReason],
      currency: row.currency,
      charges: Number(row.charges),
      amount: formatNanos(BigInt(row.before)),
    })),
    ...(found.applied === undefined
      ? {}
      : { application: applicationView(reRating, found.applied) }),
    ...(fault === null ? {} : { fault }),
  };
}

/** It is applied once each of its records is, not when they are all written. */
function stateOf({ state, records }: ReRating, applied: AppliedRecords | undefined) {
  return state === 'applied' && applied!.records < records ? 'applying' : state;
}

function applicationView(
  { state, records, changed }: ReRating,
  { records: done, adjusted, leftOut, leftOutCharges }: AppliedRecords,
) {
  return {
    charges: changed,
    allWritten: state === 'applied',
    records: { written: records, applied: done },
    adjusted,
    /** They no longer came to what the diff saw: another correction came first. */
    leftOut,
    leftOutCharges,
  };
}

export function sumView(row: Omit<SumRow, 'name' | 'moved'>) {
  const [before, after] = [BigInt(row.before), BigInt(row.after)];
  return {
    currency: row.currency,
    charges: Number(row.charges),
    changed: Number(row.changed),
    before: formatNanos(before),
    after: formatNanos(after),
    difference: formatNanos(after - before),
  };
}

/** A charge that would be another amount, or shared otherwise. */
export function differenceView(row: DifferenceRow) {
  const [before, after] = [BigInt(row.before), BigInt(row.after)];
  return {
    charge: idOfRow(row),
    customer: row.customer,
    price: row.price,
    priceVersion: row.version,
    ...(row.cell === '' ? {} : { cell: JSON.parse(row.cell) as Record<string, string> }),
    usageFrom: formatMicros(Number(row.usage_from)),
    currency: row.currency,
    before: formatNanos(before),
    after: formatNanos(after),
    difference: formatNanos(after - before),
  };
}

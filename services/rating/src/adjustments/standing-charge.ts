import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Nanos } from '@farthing/domain/money/nanos';
import { creatorsFromColumn, priceOf } from '../charges/charge-row.js';
import type { Adjustment } from './adjustment.js';
import type { StoredCharge } from './stored-charges.repository.js';

/** A charge with what was made to correct it so far, oldest first. */
export interface StandingCharge {
  readonly original: StoredCharge;
  readonly adjustments: readonly StoredCharge[];
}

/** What it comes to by now. */
export function standingAmount({ original, adjustments }: StandingCharge): Nanos {
  return [original, ...adjustments].reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/**
 * Gives back all of it, by the version that it stands under: each re-rating leaves the creators with just what that
 * version gives them of what the charge came to.
 */
export function takeBack(charge: StandingCharge, view: CatalogView): Adjustment {
  const { original } = charge;
  const amountNanos = -standingAmount(charge);
  const row = standsBy(charge);
  if (row === original) return { original, amountNanos };
  const creators = creatorsFromColumn(row.creators);
  const repriced = { price: priceOf(row, view), number: row.price_number, creators };
  return { original, amountNanos, repriced };
}

/** The row whose price version and creators it stands under. */
export function standsBy({ original, adjustments }: StandingCharge): StoredCharge {
  return adjustments.at(-1) ?? original;
}

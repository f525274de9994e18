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

/** Gives back all of it, each part by the version that charged it: so each creator gives back what it got. */
export function takeBack(
  { original, adjustments }: StandingCharge,
  view: CatalogView,
): Adjustment[] {
  return [original, ...adjustments]
    .filter(({ amount }) => amount !== '0')
    .map((row) => {
      const amountNanos = -BigInt(row.amount);
      if (row === original) return { original, amountNanos };
      const creators = creatorsFromColumn(row.creators);
      const repriced = { price: priceOf(row, view), number: row.price_number, creators };
      return { original, amountNanos, repriced };
    });
}

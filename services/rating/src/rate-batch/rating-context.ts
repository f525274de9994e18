import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { PriceBook } from '@farthing/domain/rating/price-book';
import type { ChargeNumbers } from '../charges/charge-numbers.js';

/** What rating an event needs besides the state of its partition. */
export interface RatingContext {
  readonly view: CatalogView;
  readonly book: PriceBook;
  readonly numbers: ChargeNumbers;
  /** Events that occurred longer before their log-append time are `too_late`. */
  readonly horizonMicros: number;
}

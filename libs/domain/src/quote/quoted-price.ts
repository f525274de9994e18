import type { Micros } from '../period/micros.js';
import { priceInForce } from '../pricing/price-in-force.js';
import type { BookedPrice, BookedVersion } from '../rating/price-book.js';
import type { QuotedCharge } from './quote.js';

/** A use that was quoted, as far as it says which price moves with it. */
export interface QuotedUse {
  readonly occurredAt: Micros;
  /** In which it was quoted. */
  readonly currency: string;
  /** The value of a dimension of the charge's meter. */
  readonly dimensionOf: (name: string) => string | undefined;
}

/**
 * What a quoted charge may be a charge of, the best first. By the version in force, so that what the quote made of it shows; by
 * the quoted one where that is not to be used: it prices another meter, in another currency, unlocks, has no cell for the
 * use, or (which is seen when it is rated) does not take it. None when the use belongs to another cell than the quoted one.
 *
 * `versions` are those of the price key that the event's catalog version knows, oldest first. It may know less than the
 * quote: then the version in force must have the quoted cell.
 */
export function quotedPrices(
  charge: QuotedCharge,
  versions: readonly BookedVersion[],
  use: QuotedUse,
): BookedPrice[] {
  const quoted = versions.find(({ version }) => version === charge.version);
  const asQuoted = quoted && bookedFor(quoted, use);
  const inForce = priceInForce(versions, use.occurredAt);
  const now = inForce && isUsable(inForce, charge, use) ? bookedFor(inForce, use) : undefined;
  if ((quoted ? asQuoted : now)?.cell !== charge.cell) return [];
  return [now, asQuoted].filter((booked) => booked !== undefined);
}

function bookedFor({ whole, cellOf }: BookedVersion, use: QuotedUse): BookedPrice | undefined {
  return whole ?? cellOf(use.dimensionOf);
}

function isUsable(
  { price, whole }: BookedVersion,
  { meter }: QuotedCharge,
  { currency }: QuotedUse,
): boolean {
  return price.meterKey === meter && price.currency === currency && !whole?.unlock;
}

import { isAmountInRange, type Nanos } from '../money/nanos.js';
import type { Price } from '../pricing/price.js';
import type { RatedReading } from './rate-reading.js';
import { splitCharge } from './split-charge.js';

export type AsQuotedOutcome =
  | {
      readonly outcome: 'rated';
      /** Its amount and shares are of what was quoted; its accumulator moves by what the use costs. */
      readonly reading: RatedReading;
      /** What is charged minus what the use costs, so that charges minus their differences telescope. */
      readonly quoteDifference: Nanos;
    }
  | { readonly outcome: 'refused'; readonly reason: 'amount_out_of_range' };

/** Charges what was quoted for a reading instead of what it costs. */
export function asQuoted(
  reading: RatedReading,
  quoted: Nanos,
  { price, creators }: { readonly price: Price; readonly creators: readonly string[] },
): AsQuotedOutcome {
  const quoteDifference = quoted - reading.amount;
  if (!isAmountInRange(quoteDifference)) {
    return { outcome: 'refused', reason: 'amount_out_of_range' };
  }
  const { shares, tenantAmount } = splitCharge(price.split, creators, quoted);
  return {
    outcome: 'rated',
    reading: { ...reading, amount: quoted, shares, tenantAmount },
    quoteDifference,
  };
}

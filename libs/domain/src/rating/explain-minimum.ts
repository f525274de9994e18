import { formatQuantity, type Quantity } from '../metering/quantity.js';
import { formatNanos, type Nanos } from '../money/nanos.js';
import type { ExplainedMinimum } from '../pricing/explain-price.js';
import { groupDigits } from '../pricing/group-digits.js';
import type { Price } from '../pricing/price.js';
import { compileSettlement, leastCost } from '../pricing/settlement.js';

export interface MinimumExplanation {
  readonly parts: readonly ExplainedMinimum[];
  readonly sentence: string;
}

/**
 * How a minimum charge came about, worked out again from what its row holds: all that was used in
 * the period, and what was missing.
 */
export function explainMinimum(
  price: Price,
  { quantity, amount }: { readonly quantity: Quantity; readonly amount: Nanos },
): MinimumExplanation {
  const settlement = compileSettlement(price);
  const least = leastCost(settlement, quantity);
  const charged = formatNanos(least - amount);
  const missing = formatNanos(amount);
  const isFee = least !== settlement.minimum;
  const what = isFee ? 'the first fee of a period without use,' : 'the minimum';
  return {
    parts: [
      {
        ...(isFee ? { unusedFee: formatNanos(least) } : { minimum: formatNanos(least) }),
        charged,
        amount: missing,
      },
    ],
    sentence:
      `${price.description}: the close of the period adds what is missing to ${what} of ` +
      `${formatNanos(least)}; ${groupDigits(formatQuantity(quantity))} used came to ${charged} = ` +
      `${missing} ${price.currency}`,
  };
}

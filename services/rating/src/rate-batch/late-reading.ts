import type { Price } from '@farthing/domain/pricing/price';
import { lateAmount } from '@farthing/domain/pricing/settlement';
import type { RatedReading } from '@farthing/domain/rating/rate-reading';
import { splitCharge } from '@farthing/domain/rating/split-charge';
import { slotsOfPrice, type OpenedPeriod } from '../customers/customer.js';

/** What a reading is charged in a period whose minimum was settled. The accumulator goes on counting what use costs. */
export function lateReading(
  reading: RatedReading,
  period: OpenedPeriod,
  { price, creators }: { readonly price: Price; readonly creators: readonly string[] },
): RatedReading {
  const least = period.settled?.get(price.key);
  if (least === undefined) return reading;
  let amountSoFar = 0n;
  for (const { current } of slotsOfPrice(period, price.key)) amountSoFar += current.amount;
  const amount = lateAmount(least, amountSoFar, reading.amount);
  const { shares, tenantAmount } = splitCharge(price.split, creators, amount);
  return { ...reading, amount, shares, tenantAmount };
}

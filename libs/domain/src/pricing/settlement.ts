import type { Nanos } from '../money/nanos.js';
import { divideRounded } from '../money/round.js';
import type { Quantity } from '../metering/quantity.js';
import { amountOf } from './amount-bound.js';
import { modelQuantity } from './model-quantity.js';
import { checkPriceRule, type PriceRule } from './price-rule.js';
import { compileTransform } from './quantity-transform.js';
import { unitPrice } from './unit-price.js';

/** What the close of a usage period adds to its charges. */
export interface CompiledSettlement {
  /** Zero where the price has no minimum. */
  readonly minimum: Nanos;
  /** The first tier's flat fee, where the price charges it of those who enter no tier. */
  readonly unusedFee: Nanos;
  /** Whether a quantity enters no tier: nothing is left of it after the free units. */
  readonly isUnused: (quantity: Quantity) => boolean;
}

/** Of one price key in a usage period: over all its versions and cells. */
export interface PeriodTotals {
  readonly quantity: Quantity;
  readonly amountSoFar: Nanos;
}

/** Throws on a rule that `checkPriceRule` finds fault with. */
export function compileSettlement(rule: PriceRule): CompiledSettlement {
  const [fault] = checkPriceRule(rule);
  if (fault) throw new Error(`price rule: ${fault.reason} at ${fault.pointer}`);
  const { transform, freeQuantity, minimum } = rule;
  const free = freeQuantity === undefined ? 0n : modelQuantity(freeQuantity);
  const apply = transform && compileTransform(transform);
  return {
    minimum: minimum === undefined ? 0n : amountOf(minimum),
    unusedFee: unusedFeeOf(rule),
    isUnused: (quantity) => (apply?.(quantity) ?? quantity) <= free,
  };
}

/**
 * What the close of the period still charges: what is missing to the minimum, flat fees and all
 * other charges counted. Never negative.
 */
export function minimumDue(settlement: CompiledSettlement, totals: PeriodTotals): Nanos {
  const fee = settlement.isUnused(totals.quantity) ? settlement.unusedFee : 0n;
  const least = fee > settlement.minimum ? fee : settlement.minimum;
  return least > totals.amountSoFar ? least - totals.amountSoFar : 0n;
}

/**
 * What a sealed period costs: `max(cost(q), minimum)`. A late charge is the difference of this, so
 * late use is not charged again under a minimum that was settled. `amountSoFar` counts charges of
 * use alone, not what the close has added.
 */
export function sealedCost(settlement: CompiledSettlement, totals: PeriodTotals): Nanos {
  return totals.amountSoFar + minimumDue(settlement, totals);
}

/** No more than the maximum, like every cost. */
function unusedFeeOf({ model, maximum, chargeFirstTierWhenUnused }: PriceRule): Nanos {
  if (chargeFirstTierWhenUnused !== true || !('tiers' in model)) return 0n;
  const { mantissa, scale } = unitPrice(model.tiers[0]?.flatFee ?? '0');
  const nanos = divideRounded(mantissa * 10n ** 9n, 10n ** BigInt(scale), 'half_even');
  const most = maximum === undefined ? undefined : amountOf(maximum);
  return most !== undefined && nanos > most ? most : nanos;
}

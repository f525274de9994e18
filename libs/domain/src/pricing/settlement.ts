import type { Nanos } from '../money/nanos.js';
import { divideRounded } from '../money/round.js';
import type { Quantity } from '../metering/quantity.js';
import { amountOf } from './amount-bound.js';
import { checkAnyPriceRule, type AnyPriceRule } from './any-price-rule.js';
import { modelQuantity } from './model-quantity.js';
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

/** Whether the close of a period may add anything. */
export function isSettled({ minimum, chargeFirstTierWhenUnused }: AnyPriceRule): boolean {
  return minimum !== undefined || chargeFirstTierWhenUnused === true;
}

/** Throws on a rule that `checkAnyPriceRule` finds fault with. */
export function compileSettlement(rule: AnyPriceRule): CompiledSettlement {
  const [fault] = checkAnyPriceRule(rule);
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

/** What a period of so much use costs at least. */
export function leastCost(settlement: CompiledSettlement, quantity: Quantity): Nanos {
  const fee = settlement.isUnused(quantity) ? settlement.unusedFee : 0n;
  return greater(fee, settlement.minimum);
}

/**
 * What the close of the period still charges: what is missing to the minimum, flat fees and all
 * other charges counted. Never negative.
 */
export function minimumDue(settlement: CompiledSettlement, totals: PeriodTotals): Nanos {
  return sealedCost(settlement, totals) - totals.amountSoFar;
}

/**
 * What a closed period costs: `max(cost(q), minimum)`. `amountSoFar` counts what use costs alone,
 * not what the close has added.
 */
export function sealedCost(settlement: CompiledSettlement, totals: PeriodTotals): Nanos {
  return greater(totals.amountSoFar, leastCost(settlement, totals.quantity));
}

/**
 * The charge of late use that would by itself be `amount`: the difference of `max(cost, settled)`,
 * so late use is not charged again under a settled minimum. `settled` is what the period came to
 * cost at least when it was closed: a version made since does not change a sealed period.
 */
export function lateAmount(settled: Nanos, amountSoFar: Nanos, amount: Nanos): Nanos {
  return greater(amountSoFar + amount, settled) - greater(amountSoFar, settled);
}

/** No more than the maximum, like every cost. */
function unusedFeeOf({ model, maximum, chargeFirstTierWhenUnused }: AnyPriceRule): Nanos {
  if (chargeFirstTierWhenUnused !== true || !('tiers' in model)) return 0n;
  const { mantissa, scale } = unitPrice(model.tiers[0]?.flatFee ?? '0');
  const nanos = divideRounded(mantissa * 10n ** 9n, 10n ** BigInt(scale), 'half_even');
  const most = maximum === undefined ? undefined : amountOf(maximum);
  return most !== undefined && nanos > most ? most : nanos;
}

function greater(a: Nanos, b: Nanos): Nanos {
  return a > b ? a : b;
}

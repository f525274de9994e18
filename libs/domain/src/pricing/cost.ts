import type { Nanos } from '../money/nanos.js';
import { divideRounded } from '../money/round.js';
import type { Quantity } from '../metering/quantity.js';
import { compileGraduatedPrice } from './graduated-price.js';
import { compilePerUnitPrice } from './per-unit-price.js';
import { checkPriceModel, type PriceModel } from './price-model.js';

/** A stretch of cumulative quantity at one unit price. */
export interface PricedPart {
  readonly from: Quantity;
  readonly to: Quantity;
  /** Decimal string as the model writes it. */
  readonly unitPrice: string;
  /** The tier's flat fee, when this stretch enters the tier. */
  readonly flatFee: string | undefined;
}

/** A model with its decimals parsed: an exact rational cost function over one denominator. */
export interface CompiledModel {
  readonly denominator: bigint;
  /** Cost in nanos × denominator of a cumulative quantity. */
  readonly numeratorAt: (quantity: Quantity) => bigint;
  /** The stretches between two quantities, the lower first. */
  readonly partsBetween: (low: Quantity, high: Quantity) => PricedPart[];
}

/** Throws on a model that `checkPriceModel` finds fault with. */
export function compileModel(model: PriceModel): CompiledModel {
  const [fault] = checkPriceModel(model);
  if (fault) throw new Error(`price model: ${fault.reason} at ${fault.pointer}`);
  switch (model.kind) {
    case 'per_unit':
      return compilePerUnitPrice(model);
    case 'graduated':
      return compileGraduatedPrice(model);
  }
}

/**
 * What a cumulative quantity costs, in nanos: an exact rational, rounded half-even once. Charges are differences of
 * this, so rounding never accumulates. The result may leave int64; who stores it checks.
 */
export function costOf(model: CompiledModel, quantity: Quantity): Nanos {
  return divideRounded(model.numeratorAt(quantity), model.denominator, 'half_even');
}

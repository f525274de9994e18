import type { Nanos } from '../money/nanos.js';
import { divideRounded } from '../money/round.js';
import type { Quantity } from '../metering/quantity.js';
import type { CompiledModel } from './compiled-model.js';
import { compileGraduatedPrice } from './graduated-price.js';
import { compilePerUnitPrice } from './per-unit-price.js';
import { checkPriceModel, type PriceModel } from './price-model.js';

/** Throws on a model that `checkPriceModel` finds fault with. */
export function compileModel(model: PriceModel): CompiledModel {
  const [fault] = checkPriceModel(model);
  if (fault) throw new Error(`price model: ${fault.reason} at ${fault.pointer}`);
  return model.kind === 'per_unit' ? compilePerUnitPrice(model) : compileGraduatedPrice(model);
}

/**
 * What a cumulative quantity costs, in nanos: an exact rational, rounded half-even once. Charges
 * are differences of this, so rounding never accumulates. The result may leave int64; who stores it
 * checks.
 */
export function costOf(model: CompiledModel, quantity: Quantity): Nanos {
  return divideRounded(model.numeratorAt(quantity), model.denominator, 'half_even');
}

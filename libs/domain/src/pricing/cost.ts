import type { Nanos } from '../money/nanos.js';
import { divideRounded } from '../money/round.js';
import type { Quantity } from '../metering/quantity.js';
import type { CompiledModel } from './compiled-model.js';

/**
 * What a cumulative quantity costs, in nanos: an exact rational, rounded half-even once. Charges
 * are differences of this, so rounding never accumulates. The result may leave int64; who stores it
 * checks.
 */
export function costOf(model: CompiledModel, quantity: Quantity): Nanos {
  return divideRounded(model.numeratorAt(quantity), model.denominator, 'half_even');
}

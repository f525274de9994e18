import { divideDown, divideRounded, divideUp } from '../money/round.js';
import { ONE, type Quantity } from '../metering/quantity.js';
import type { CompiledModel } from './compiled-model.js';
import { groupDigits } from './group-digits.js';
import { checkPositiveQuantity, modelQuantity } from './model-quantity.js';
import type { PriceModelFault } from './price-model-fault.js';

/** The cumulative quantity is divided and rounded to whole units before anything else. */
export interface QuantityTransform {
  /** Decimal string, above zero. */
  readonly divideBy: string;
  readonly round: 'up' | 'down' | 'half_up';
}

export function checkQuantityTransform(
  { divideBy }: QuantityTransform,
  pointer: string,
): PriceModelFault[] {
  return checkPositiveQuantity(divideBy, `${pointer}/divideBy`);
}

/** What becomes of a cumulative quantity. Throws on a transform that `checkQuantityTransform` finds fault with. */
export function compileTransform({
  divideBy,
  round,
}: QuantityTransform): (quantity: Quantity) => Quantity {
  const divisor = modelQuantity(divideBy);
  const divide = DIVISIONS[round];
  return (quantity) => divide(quantity, divisor) * ONE;
}

export function transformed(model: CompiledModel, transform: QuantityTransform): CompiledModel {
  const apply = compileTransform(transform);
  return {
    ...model,
    numeratorAt: (quantity) => model.numeratorAt(apply(quantity)),
    partsBetween: (low, high) => model.partsBetween(apply(low), apply(high)),
    transform: { apply, words: transformInWords(transform) },
  };
}

/** `divided by 1,024, rounded up`. */
export function transformInWords({ divideBy, round }: QuantityTransform): string {
  return `divided by ${groupDigits(divideBy)}, rounded ${round.replace('_', ' ')}`;
}

const DIVISIONS = {
  up: divideUp,
  down: divideDown,
  half_up: (quantity: Quantity, divisor: Quantity) => divideRounded(quantity, divisor, 'half_up'),
} as const;

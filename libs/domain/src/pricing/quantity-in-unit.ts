import type { MeterUnit } from '../metering/meter.js';
import { formatQuantity, ONE, type Quantity } from '../metering/quantity.js';
import { divideRounded } from '../money/round.js';
import { groupDigits } from './group-digits.js';
import { modelQuantity } from './model-quantity.js';

/** A quantity as people read it, rounded half-even to nine decimals: it is shown so, and never priced so. */
export function quantityInUnit(quantity: Quantity, { size }: MeterUnit): string {
  return formatQuantity(divideRounded(quantity * ONE, modelQuantity(size), 'half_even'));
}

/** What prices call a unit, in a sentence. */
export function unitInWords({ name, size }: MeterUnit): string {
  return modelQuantity(size) === ONE
    ? `A unit is one ${name}.`
    : `Usage is shown in ${name}, of ${groupDigits(size)} units each.`;
}

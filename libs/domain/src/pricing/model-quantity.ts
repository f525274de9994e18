import { parseQuantity, type Quantity } from '../metering/quantity.js';
import type { PriceModelFault } from './price-model-fault.js';

/** The fault of a quantity in a price that must be above zero. */
export function checkPositiveQuantity(text: string, pointer: string): PriceModelFault[] {
  const parsed = parseQuantity(text);
  return parsed.outcome === 'parsed' && parsed.quantity > 0n
    ? []
    : [{ reason: 'not_a_positive_quantity', pointer }];
}

/** Throws on text that is no quantity. */
export function modelQuantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (parsed.outcome === 'refused') throw new Error(`quantity ${text}: ${parsed.reason}`);
  return parsed.quantity;
}

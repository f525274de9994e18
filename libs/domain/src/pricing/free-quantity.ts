import { parseQuantity, type Quantity } from '../metering/quantity.js';
import type { CompiledModel, PricedPart } from './compiled-model.js';
import { modelQuantity } from './model-quantity.js';
import type { PriceModelFault } from './price-model-fault.js';

export function checkFreeQuantity(text: string, pointer: string): PriceModelFault[] {
  return parseQuantity(text).outcome === 'parsed' ? [] : [{ reason: 'not_a_quantity', pointer }];
}

/**
 * `cost(max(0, q − freeQuantity))`: free units are gone before the tier is chosen and before
 * packages are counted.
 */
export function afterFree(model: CompiledModel, freeQuantity: string): CompiledModel {
  const free = modelQuantity(freeQuantity);
  const payable = (quantity: Quantity) => (quantity > free ? quantity - free : 0n);
  return {
    ...model,
    numeratorAt: (quantity) => model.numeratorAt(payable(quantity)),
    partsBetween: (low, high) => {
      const parts = model
        .partsBetween(payable(low), payable(high))
        .map((part) => moved(part, free));
      const to = high < free ? high : free;
      return low < to ? [{ kind: 'free', from: low, to }, ...parts] : parts;
    },
  };
}

/** A part counts from where the free units end; people count from zero. */
function moved(part: PricedPart, by: Quantity): PricedPart {
  if (part.kind !== 'used') return part;
  return { ...part, from: part.from + by, to: part.to + by };
}

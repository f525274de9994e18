import type { Quantity } from '../metering/quantity.js';
import { checkUnitPrice, unitPrice } from './unit-price.js';
import type { CompiledModel, PricedPart } from './compiled-model.js';
import type { PriceModelFault } from './price-model-fault.js';

/** `cost(q) = q × unitPrice`. */
export interface PerUnitPrice {
  readonly kind: 'per_unit';
  /** Decimal string in major units, up to 18 places. */
  readonly unitPrice: string;
}

export function checkPerUnitPrice(price: PerUnitPrice): PriceModelFault[] {
  return checkUnitPrice(price.unitPrice, '/unitPrice');
}

export function compilePerUnitPrice(price: PerUnitPrice): CompiledModel {
  const { mantissa, scale } = unitPrice(price.unitPrice);
  return {
    denominator: 10n ** BigInt(scale),
    scale,
    numeratorAt: (quantity) => quantity * mantissa,
    partsBetween: (from: Quantity, to: Quantity): PricedPart[] =>
      from === to
        ? []
        : [{ kind: 'used', from, to, unitPrice: price.unitPrice, flatFee: undefined }],
  };
}

import type { PriceModelFault } from './price-model-fault.js';
import { checkGraduatedPrice, type GraduatedPrice } from './graduated-price.js';
import { checkPerUnitPrice, type PerUnitPrice } from './per-unit-price.js';

/** How a cumulative quantity becomes an amount. Plain data, as catalog stores and sends it. */
export type PriceModel = PerUnitPrice | GraduatedPrice;

/** What is wrong with a model; nothing when it can be compiled. */
export function checkPriceModel(model: PriceModel): PriceModelFault[] {
  return model.kind === 'per_unit' ? checkPerUnitPrice(model) : checkGraduatedPrice(model);
}

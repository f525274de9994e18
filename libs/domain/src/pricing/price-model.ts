import { checkGraduatedPrice, type GraduatedPrice } from './graduated-price.js';
import { checkPerUnitPrice, type PerUnitPrice } from './per-unit-price.js';

/** How a cumulative quantity becomes an amount. Plain data, as catalog stores and sends it. */
export type PriceModel = PerUnitPrice | GraduatedPrice;

export type PriceModelFault = {
  readonly reason:
    | 'not_a_decimal'
    | 'too_many_decimals'
    | 'decimal_out_of_range'
    | 'negative_price'
    | 'no_tiers'
    | 'tier_bound_not_a_quantity'
    | 'tiers_not_ascending'
    | 'last_tier_not_open'
    | 'open_tier_not_last';
  /** Where in the model the fault is, as a JSON pointer. */
  readonly pointer: string;
};

/** What is wrong with a model; nothing when it can be compiled. */
export function checkPriceModel(model: PriceModel): PriceModelFault[] {
  switch (model.kind) {
    case 'per_unit':
      return checkPerUnitPrice(model);
    case 'graduated':
      return checkGraduatedPrice(model);
  }
}

import type { Quantity } from '../metering/quantity.js';

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

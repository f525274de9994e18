import type { Decimal } from '../money/decimal.js';
import type { Quantity } from '../metering/quantity.js';

/** A stretch of cumulative quantity at one unit price. */
export interface UsedPart {
  readonly kind: 'used';
  readonly from: Quantity;
  readonly to: Quantity;
  /** Decimal string as the model writes it: of one unit, or of one block where there are blocks. */
  readonly unitPrice: string;
  /** The tier's flat fee, when this stretch enters the tier. */
  readonly flatFee: string | undefined;
  readonly blocks?: CountedBlocks;
  /** The whole of a tier that a volume price has left: it counts against the others. */
  readonly givenBack?: true;
}

export interface CountedBlocks {
  readonly name: 'package' | 'block';
  readonly size: Quantity;
  /** How many the stretch begins; none when it stays inside one that was begun before. */
  readonly count: bigint;
}

/** What a model's cost function does between two quantities. */
export type PricedPart =
  | UsedPart
  | { readonly kind: 'free'; readonly from: Quantity; readonly to: Quantity }
  | {
      readonly kind: 'above_maximum';
      readonly maximum: string;
      /** By how much what is above the maximum grows, in nanos; negative when it shrinks. */
      readonly growth: Decimal;
    };

/** A model with its decimals parsed: an exact rational cost function over one denominator. */
export interface CompiledModel {
  readonly denominator: bigint;
  /** The denominator is ten to this power. */
  readonly scale: number;
  /** Cost in nanos × denominator of a cumulative quantity. */
  readonly numeratorAt: (quantity: Quantity) => bigint;
  /** What is paid between two quantities, the lower first. Its sum is the difference of the cost. */
  readonly partsBetween: (low: Quantity, high: Quantity) => PricedPart[];
  /** What becomes of the quantity before all of that, where the price transforms it. */
  readonly transform?: CompiledTransform;
}

export interface CompiledTransform {
  readonly apply: (quantity: Quantity) => Quantity;
  /** `divided by 1,024, rounded up`. */
  readonly words: string;
}

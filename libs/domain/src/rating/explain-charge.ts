import { formatNanos, type Nanos } from '../money/nanos.js';
import type { Quantity } from '../metering/quantity.js';
import { explainPrice, type ExplainedPart } from '../pricing/explain-price.js';
import type { CompiledPrice } from './rate-reading.js';
import { splitCharge } from './split-charge.js';

/** The inputs that a stored charge holds. */
export interface ChargeInputs {
  readonly quantityBefore: Quantity;
  readonly quantityAfter: Quantity;
  readonly amount: Nanos;
  /** By part of the split rule, '' for none. */
  readonly creators: readonly string[];
}

export interface ChargeExplanation {
  readonly parts: readonly ExplainedPart[];
  readonly shares: readonly { readonly creator: string; readonly amount: string }[];
  readonly tenantAmount: string;
  readonly sentence: string;
}

/** Works out again, from a charge and the price version that made it, how its amount came about. */
export function explainCharge(charge: ChargeInputs, compiled: CompiledPrice): ChargeExplanation {
  const { price, model } = compiled;
  const explained = explainPrice(model, charge);
  const amount = `${formatNanos(charge.amount)} ${price.currency}`;
  const split = splitCharge(price.split, charge.creators, charge.amount);
  return {
    parts: explained.parts,
    shares: split.shares.map(({ creator, amountNanos }) => ({
      creator,
      amount: formatNanos(amountNanos),
    })),
    tenantAmount: formatNanos(split.tenantAmount),
    sentence: `${price.description}: ${explained.sentence} = ${amount}`,
  };
}

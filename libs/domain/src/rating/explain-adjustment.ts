import { formatNanos } from '../money/nanos.js';
import { explainPrice, type PriceExplanation } from '../pricing/explain-price.js';
import type { CompiledModel } from '../pricing/compiled-model.js';
import type { ChargeExplanation, ChargeInputs } from './explain-charge.js';
import type { CompiledPrice } from './rate-reading.js';
import { splitCharge } from './split-charge.js';

/** What the amount of a charge that corrects another follows from. */
export interface AdjustmentInputs extends ChargeInputs {
  /** The id of the charge that it corrects. */
  readonly corrects: string;
}

/**
 * The arithmetic of a charge that corrects another. One that moves no quantity has none: it gives back, or adds, an
 * amount.
 */
export function explainAdjustedPrice(
  model: CompiledModel,
  { quantityBefore, quantityAfter, corrects }: Omit<AdjustmentInputs, 'amount' | 'creators'>,
): PriceExplanation {
  if (quantityBefore === quantityAfter) {
    return { parts: [], sentence: `corrects ${corrects}, the quantity stays` };
  }
  const { parts, sentence } = explainPrice(model, { quantityBefore, quantityAfter });
  return { parts, sentence: `corrects ${corrects}, ${sentence}` };
}

/** What `explainCharge` is for a charge of usage. */
export function explainAdjustment(
  charge: AdjustmentInputs,
  { price, model }: CompiledPrice,
): ChargeExplanation {
  const { parts, sentence } = explainAdjustedPrice(model, charge);
  const split = splitCharge(price.split, charge.creators, charge.amount);
  return {
    parts,
    shares: split.shares.map(({ creator, amountNanos }) => ({
      creator,
      amount: formatNanos(amountNanos),
    })),
    tenantAmount: formatNanos(split.tenantAmount),
    sentence: `${price.description}: ${sentence} = ${formatNanos(charge.amount)} ${price.currency}`,
  };
}

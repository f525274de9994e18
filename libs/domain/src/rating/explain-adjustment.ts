import { formatNanos } from '../money/nanos.js';
import {
  explainSpan,
  type ChargedSpan,
  type ChargeExplanation,
  type ChargeInputs,
  type SpanExplanation,
} from './explain-charge.js';
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
export function explainAdjustedSpan(
  compiled: CompiledPrice,
  { corrects, ...span }: ChargedSpan & Pick<AdjustmentInputs, 'corrects'>,
): SpanExplanation {
  if (span.quantityBefore === span.quantityAfter) {
    return { parts: [], sentence: `corrects ${corrects}, the quantity stays` };
  }
  if (compiled.perEvent && span.quantityAfter < span.quantityBefore) {
    return { parts: [], sentence: `corrects ${corrects}, what it came to is given back` };
  }
  const { parts, sentence } = explainSpan(compiled, span);
  return { parts, sentence: `corrects ${corrects}, ${sentence}` };
}

/** What `explainCharge` is for a charge of usage. */
export function explainAdjustment(
  charge: AdjustmentInputs,
  compiled: CompiledPrice,
): ChargeExplanation {
  const { price } = compiled;
  const { parts, sentence } = explainAdjustedSpan(compiled, charge);
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

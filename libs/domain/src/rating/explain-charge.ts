import { formatNanos, type Nanos } from '../money/nanos.js';
import type { Quantity } from '../metering/quantity.js';
import { NOTHING_PRICED, type PricedBefore } from '../pricing/compiled-event-price.js';
import { explainEventPrice, type EventPriceExplanation } from '../pricing/explain-event-price.js';
import { explainPrice, type ExplainedPart } from '../pricing/explain-price.js';
import type { CompiledPrice } from './rate-reading.js';
import { splitCharge } from './split-charge.js';

/** From where to where a charge moved its accumulator, and the amount where that is not decided by it. */
export interface ChargedSpan {
  readonly quantityBefore: Quantity;
  readonly quantityAfter: Quantity;
  readonly amount?: Nanos;
  /** Absent where the price asked for none. */
  readonly pricedBefore?: PricedBefore | undefined;
}

/** The inputs that a stored charge holds. */
export interface ChargeInputs extends ChargedSpan {
  readonly amount: Nanos;
  /** By part of the split rule, '' for none. */
  readonly creators: readonly string[];
}

/** The arithmetic alone, of a cumulative price or of one that is paid per event. */
export interface SpanExplanation {
  readonly parts: readonly (ExplainedPart | EventPriceExplanation['parts'][number])[];
  readonly sentence: string;
}

export interface ChargeExplanation extends SpanExplanation {
  readonly shares: readonly { readonly creator: string; readonly amount: string }[];
  readonly tenantAmount: string;
}

/** Works out again, from a charge and the price version that made it, how its amount came about. */
export function explainCharge(charge: ChargeInputs, compiled: CompiledPrice): ChargeExplanation {
  const { price } = compiled;
  const explained = explainSpan(compiled, charge);
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

/** How what lies between two quantities came to its amount. */
export function explainSpan(compiled: CompiledPrice, span: ChargedSpan): SpanExplanation {
  if (!compiled.perEvent) return explainPrice(compiled.model, span);
  const { quantityBefore, quantityAfter, pricedBefore, ...rest } = span;
  return explainEventPrice(compiled.perEvent, {
    before: { ...NOTHING_PRICED, ...pricedBefore, quantity: quantityBefore },
    eventAmount: quantityAfter - quantityBefore,
    ...rest,
  });
}

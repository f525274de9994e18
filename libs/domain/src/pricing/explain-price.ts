import { formatDecimal, mantissaAt } from '../money/decimal.js';
import { formatQuantity, type Quantity } from '../metering/quantity.js';
import type { CompiledModel, PricedPart } from './compiled-model.js';
import { unitPrice } from './unit-price.js';

/** One line of tier arithmetic: quantity × unit price + flat fee, exact and unrounded. */
export interface ExplainedPart {
  /** Decimal strings without trailing zeros. Cumulative bounds of the stretch. */
  readonly from: string;
  readonly to: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly flatFee?: string;
  /** Exact amount in major units, before the cumulative cost is rounded to nanos. */
  readonly amount: string;
}

export interface PriceExplanation {
  readonly parts: readonly ExplainedPart[];
  /** `units 9,998 to 10,003: 2 at 0.0020, 3 at 0.0015`. */
  readonly sentence: string;
}

/**
 * The arithmetic between two cumulative quantities. When the quantity falls, the parts are given
 * back.
 */
export function explainPrice(
  model: CompiledModel,
  { quantityBefore, quantityAfter }: { quantityBefore: Quantity; quantityAfter: Quantity },
): PriceExplanation {
  const falls = quantityAfter < quantityBefore;
  const [low, high] = falls ? [quantityAfter, quantityBefore] : [quantityBefore, quantityAfter];
  const parts = model.partsBetween(low, high).map(explainPart);
  const span = `units ${grouped(quantityBefore)} to ${grouped(quantityAfter)}`;
  if (parts.length === 0) return { parts, sentence: `${span}: nothing used` };
  const said = parts.map(
    (part) =>
      `${groupDigits(part.quantity)} at ${part.unitPrice}` +
      (part.flatFee === undefined ? '' : ` plus ${part.flatFee} once`),
  );
  return { parts, sentence: `${span}: ${falls ? 'given back ' : ''}${said.join(', ')}` };
}

function explainPart(part: PricedPart): ExplainedPart {
  const price = unitPrice(part.unitPrice);
  const fee = unitPrice(part.flatFee ?? '0');
  const quantity = part.to - part.from;
  const scale = Math.max(price.scale, fee.scale);
  const mantissa = quantity * mantissaAt(price, scale) + mantissaAt(fee, scale) * 1_000_000_000n;
  return {
    from: formatQuantity(part.from),
    to: formatQuantity(part.to),
    quantity: formatQuantity(quantity),
    unitPrice: part.unitPrice,
    ...(part.flatFee === undefined ? {} : { flatFee: part.flatFee }),
    amount: formatDecimal({ mantissa, scale: scale + 9 }).replace(/\.?0+$/, ''),
  };
}

function grouped(quantity: Quantity): string {
  return groupDigits(formatQuantity(quantity));
}

function groupDigits(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

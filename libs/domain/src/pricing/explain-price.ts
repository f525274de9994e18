import { mantissaAt, type Decimal } from '../money/decimal.js';
import type { Nanos } from '../money/nanos.js';
import { formatQuantity, ONE, type Quantity } from '../metering/quantity.js';
import type { CompiledModel, PricedPart, UsedPart } from './compiled-model.js';
import { costOf } from './cost.js';
import { groupDigits } from './group-digits.js';
import { settledParts, settledWords, type ExplainedSettled } from './explain-settled.js';
import { shortDecimal } from './short-decimal.js';
import { unitPrice } from './unit-price.js';

/** One line of arithmetic: quantity or blocks × unit price + flat fee, exact and unrounded. */
export interface ExplainedUse {
  /** Decimal strings without trailing zeros. Cumulative bounds of the stretch, transformed. */
  readonly from: string;
  readonly to: string;
  readonly quantity: string;
  /** Of a unit, or of a block or package where these are counted. */
  readonly unitPrice: string;
  readonly flatFee?: string;
  readonly blockSize?: string;
  /** How many blocks or packages the stretch begins. */
  readonly blocks?: string;
  /** Exact amount in major units, before the cumulative cost is rounded to nanos. */
  readonly amount: string;
}

/** How much of the lines before it is above the maximum and so not charged: a negative amount. */
export interface ExplainedExcess {
  readonly maximum: string;
  readonly amount: string;
}

/** What the close of a period adds up to: its minimum, or the first tier's fee of who used nothing. */
export interface ExplainedMinimum {
  readonly minimum?: string;
  readonly unusedFee?: string;
  /** What use had come to. */
  readonly charged: string;
  readonly amount: string;
}

/** What is given back is negative. A free stretch has the unit price 0. */
export type ExplainedPart = ExplainedUse | ExplainedExcess | ExplainedSettled | ExplainedMinimum;

export interface PriceExplanation {
  /** Their amounts sum to the difference of the cumulative cost, before it is rounded. */
  readonly parts: readonly ExplainedPart[];
  /** `units 9,998 to 10,003: 2 at 0.0020, 3 at 0.0015`. */
  readonly sentence: string;
}

/** A part as it is charged: `sign` is -1 for what is given back. */
interface SignedPart {
  readonly part: PricedPart;
  readonly sign: 1n | -1n;
  readonly amount: Decimal;
}

/**
 * The arithmetic between two cumulative quantities. A falling quantity gives parts back. An
 * `amount` that is not their difference is that of late use under a settled minimum.
 */
export function explainPrice(
  model: CompiledModel,
  {
    quantityBefore,
    quantityAfter,
    amount,
  }: {
    readonly quantityBefore: Quantity;
    readonly quantityAfter: Quantity;
    readonly amount?: Nanos;
  },
): PriceExplanation {
  const falls = quantityAfter < quantityBefore;
  const [low, high] = falls ? [quantityAfter, quantityBefore] : [quantityBefore, quantityAfter];
  const signed = model.partsBetween(low, high).map((part): SignedPart => {
    const back = part.kind === 'used' && part.givenBack === true;
    const sign = back === falls ? 1n : -1n;
    const { mantissa, scale } = exactAmount(part);
    return { part, sign, amount: { mantissa: mantissa * sign, scale } };
  });
  const span =
    `units ${grouped(quantityBefore)} to ${grouped(quantityAfter)}` +
    (model.transform === undefined
      ? ''
      : `, ${model.transform.words}: ${grouped(model.transform.apply(quantityBefore))}` +
        ` to ${grouped(model.transform.apply(quantityAfter))}`);
  const difference = model.numeratorAt(quantityAfter) - model.numeratorAt(quantityBefore);
  const settled =
    amount === undefined
      ? 0n
      : amount - (costOf(model, quantityAfter) - costOf(model, quantityBefore));
  const words = said(signed) || unpaidWords(quantityBefore, quantityAfter);
  return {
    parts: [...signed.map(explainPart), ...settledParts(settled)],
    sentence: `${span}: ${words}${rebateWords(difference, falls)}${settledWords(settled)}`,
  };
}

/** In the order in which a person adds up: what is paid, what is given back, what is not charged. */
function said(parts: readonly SignedPart[]): string {
  const words: string[] = [];
  const takenBack: string[] = [];
  const excess: string[] = [];
  for (const { part, sign, amount } of parts) {
    if (part.kind === 'above_maximum') {
      const exact = shortDecimal({ ...amount, mantissa: absolute(amount.mantissa) });
      const of = `the maximum of ${groupDigits(part.maximum)}`;
      excess.push(
        amount.mantissa < 0n ? `less ${exact} above ${of}` : `of which ${exact} was above ${of}`,
      );
    } else {
      (sign > 0n ? words : takenBack).push(part.kind === 'free' ? freeWords(part) : useWords(part));
    }
  }
  if (takenBack.length > 0) words.push(`given back ${takenBack.join(', ')}`);
  words.push(...excess);
  return words.join(', ');
}

function freeWords({ from, to }: { from: Quantity; to: Quantity }): string {
  return `${grouped(to - from)} free`;
}

function useWords(part: UsedPart): string {
  const fee = part.flatFee === undefined ? '' : ` plus ${part.flatFee} once`;
  if (part.blocks === undefined) {
    return `${grouped(part.to - part.from)} at ${part.unitPrice}${fee}`;
  }
  const { name, size, count } = part.blocks;
  if (count === 0n) return `no more ${name}s of ${grouped(size)}`;
  const many = `${groupDigits(String(count))} ${name}${count === 1n ? '' : 's'}`;
  return `${many} of ${grouped(size)} at ${part.unitPrice}${fee}`;
}

/** Rounded, a changed quantity can be the same. */
function unpaidWords(before: Quantity, after: Quantity): string {
  return before === after ? 'nothing used' : 'nothing changes';
}

/** Only a volume price makes more use cost less. */
function rebateWords(difference: bigint, falls: boolean): string {
  if (!falls && difference < 0n) return ': a volume rebate';
  if (falls && difference > 0n) return ': a volume rebate taken back';
  return '';
}

function explainPart({ part, amount }: SignedPart): ExplainedPart {
  if (part.kind === 'above_maximum') {
    return { maximum: part.maximum, amount: shortDecimal(amount) };
  }
  const { from, to } = part;
  return {
    from: formatQuantity(from),
    to: formatQuantity(to),
    quantity: formatQuantity(to - from),
    ...(part.kind === 'free' ? { unitPrice: '0' } : usedFields(part)),
    amount: shortDecimal(amount),
  };
}

function usedFields({ unitPrice: price, flatFee, blocks }: UsedPart) {
  return {
    unitPrice: price,
    ...(flatFee === undefined ? {} : { flatFee }),
    ...(blocks === undefined
      ? {}
      : { blockSize: formatQuantity(blocks.size), blocks: String(blocks.count) }),
  };
}

/** In major units, as if the quantity rose. */
function exactAmount(part: PricedPart): Decimal {
  if (part.kind === 'free') return { mantissa: 0n, scale: 0 };
  if (part.kind === 'above_maximum') {
    return { mantissa: -part.growth.mantissa, scale: part.growth.scale + 9 };
  }
  const price = unitPrice(part.unitPrice);
  const fee = unitPrice(part.flatFee ?? '0');
  const scale = Math.max(price.scale, fee.scale);
  const count = part.blocks === undefined ? part.to - part.from : part.blocks.count * ONE;
  const mantissa = count * mantissaAt(price, scale) + mantissaAt(fee, scale) * ONE;
  return { mantissa, scale: scale + 9 };
}

function absolute(mantissa: bigint): bigint {
  return mantissa < 0n ? -mantissa : mantissa;
}

function grouped(quantity: Quantity): string {
  return groupDigits(formatQuantity(quantity));
}

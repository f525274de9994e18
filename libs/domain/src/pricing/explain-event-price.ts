import { mantissaAt, type Decimal } from '../money/decimal.js';
import { formatNanos, type Nanos } from '../money/nanos.js';
import { formatQuantity, ONE, type Quantity } from '../metering/quantity.js';
import type { CompiledEventPrice, EventPart, PricedState } from './compiled-event-price.js';
import { underPeriodMaximum } from './event-price.js';
import { settledParts, settledWords, type ExplainedSettled } from './explain-settled.js';
import { groupDigits } from './group-digits.js';
import { unitPriceOfRate } from './percent-rate.js';
import { shortDecimal } from './short-decimal.js';
import { unitPrice } from './unit-price.js';

/** One line of what an event's amount came to; decimal strings without trailing zeros. */
export interface ExplainedEventPart {
  readonly kind: EventPart['kind'] | 'above_period_maximum';
  /** Of the event's amount, how much this line is about. */
  readonly of?: string;
  /** In per cent. */
  readonly rate?: string;
  readonly flatFee?: string;
  /** Signed and exact, in major units; the charge is their sum, rounded once. */
  readonly amount: string;
}

export interface EventPriceExplanation {
  readonly parts: readonly (ExplainedEventPart | ExplainedSettled)[];
  /** `amount 25: 5 free, 20 at 2.9 %, 0.30 fixed, raised to the minimum of 1`. */
  readonly sentence: string;
}

/**
 * The arithmetic of one event, from the state that it was priced on. An `amount` that is not what it
 * costs is that of late use under a settled minimum.
 */
export function explainEventPrice(
  compiled: CompiledEventPrice,
  {
    before,
    eventAmount,
    amount,
  }: {
    readonly before: PricedState;
    readonly eventAmount: Quantity;
    readonly amount?: Nanos;
  },
): EventPriceExplanation {
  const parts = compiled.partsOf(before, eventAmount);
  const explained = parts.map(explainPart);
  const words = parts.map(partInWords);
  const charge = compiled.chargeOf(before, eventAmount);
  const cost = underPeriodMaximum(compiled, before, charge);
  const settled = amount === undefined ? 0n : amount - cost;
  const excess = charge - cost;
  if (excess > 0n) {
    const most = groupDigits(trimmed(formatNanos(compiled.periodMaximum ?? 0n)));
    const above = trimmed(formatNanos(excess));
    explained.push({ kind: 'above_period_maximum', amount: `-${above}` });
    words.push(`less ${above} above the maximum of ${most}`);
  }
  const said = words.length === 0 ? 'nothing to pay' : words.join(', ');
  return {
    parts: [...explained, ...settledParts(settled)],
    sentence: `amount ${grouped(eventAmount)}: ${said}${settledWords(settled)}`,
  };
}

function explainPart(part: EventPart): ExplainedEventPart {
  const { kind } = part;
  const amount = shortDecimal(exactAmount(part));
  if (!('amount' in part)) return { kind, amount };
  return {
    kind,
    of: formatQuantity(part.amount),
    ...('rate' in part && { rate: part.rate }),
    ...('flatFee' in part && { flatFee: part.flatFee }),
    amount,
  };
}

function exactAmount(part: EventPart): Decimal {
  switch (part.kind) {
    case 'free':
      return { mantissa: 0n, scale: 0 };
    case 'given':
      return { mantissa: part.amount, scale: 9 };
    case 'fixed':
      return unitPrice(part.fixed);
    case 'minimum':
    case 'maximum':
      return part.by;
    case 'rated':
    case 'markup': {
      const price = unitPrice(unitPriceOfRate(part.rate));
      const fee = unitPrice((part.kind === 'rated' ? part.flatFee : undefined) ?? '0');
      const scale = Math.max(price.scale, fee.scale);
      const mantissa = part.amount * mantissaAt(price, scale) + mantissaAt(fee, scale) * ONE;
      return { mantissa, scale: scale + 9 };
    }
  }
}

function partInWords(part: EventPart): string {
  switch (part.kind) {
    case 'free':
      return part.whole ? 'free' : `${grouped(part.amount)} free`;
    case 'rated': {
      const fee = part.flatFee === undefined ? '' : ` plus ${part.flatFee} once`;
      return `${grouped(part.amount)} at ${part.rate} %${fee}`;
    }
    case 'fixed':
      return `${part.fixed} fixed`;
    case 'minimum':
      return `raised to the minimum of ${groupDigits(part.bound)}`;
    case 'maximum':
      return `lowered to the maximum of ${groupDigits(part.bound)}`;
    case 'given':
      return `${grouped(part.amount)} as the event says`;
    case 'markup':
      return `${part.rate} % on top`;
  }
}

function grouped(quantity: Quantity): string {
  return groupDigits(formatQuantity(quantity));
}

function trimmed(text: string): string {
  return text.replace(/\.?0+$/, '');
}

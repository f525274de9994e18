import { mantissaAt } from '../money/decimal.js';
import { divideRounded } from '../money/round.js';
import { amountOf, checkAmount, checkAmountBounds, type AmountBounds } from './amount-bound.js';
import type { CompiledEventPrice } from './compiled-event-price.js';
import { checkPercentRate, unitPriceOfRate } from './percent-rate.js';
import type { PriceModelFault } from './price-model-fault.js';
import { unitPrice } from './unit-price.js';

/**
 * The event carries its own amount: a tip, pay what you want, a price that a seller works out. One
 * outside of `minimum` to `maximum` is refused.
 */
export interface AmountOnEventPrice extends AmountBounds {
  readonly kind: 'amount_on_event';
  /** Decimal strings that a page offers, each within the range. They decide nothing. */
  readonly suggestions?: readonly string[];
  /** Decimal string in per cent, up to 16 places: added on top of the amount. */
  readonly markup?: string;
}

export function checkAmountOnEventPrice(price: AmountOnEventPrice): PriceModelFault[] {
  const faults = checkAmountBounds(price, '');
  if (price.markup !== undefined) faults.push(...checkPercentRate(price.markup, '/markup'));
  const refusalOf = faults.length === 0 ? rangeRefusalOf(price) : undefined;
  const seen = new Set<bigint>();
  price.suggestions?.forEach((text, at) => {
    const pointer = `/suggestions/${at}`;
    const unreadable = checkAmount(text, pointer);
    faults.push(...unreadable);
    if (unreadable.length > 0 || !refusalOf) return;
    const nanos = amountOf(text);
    if (refusalOf(nanos) !== undefined) {
      faults.push({ reason: 'suggestion_out_of_range', pointer });
    }
    if (seen.has(nanos)) faults.push({ reason: 'suggestion_named_twice', pointer });
    seen.add(nanos);
  });
  return faults;
}

export function compileAmountOnEventPrice(price: AmountOnEventPrice): CompiledEventPrice {
  const markup = unitPrice(unitPriceOfRate(price.markup ?? '0'));
  const denominator = 10n ** BigInt(markup.scale);
  const factor = denominator + mantissaAt(markup, markup.scale);
  return {
    refusalOf: rangeRefusalOf(price),
    chargeOf: (_, amount) =>
      factor === denominator ? amount : divideRounded(amount * factor, denominator, 'half_even'),
    partsOf: (_, amount) => [
      { kind: 'given', amount },
      ...(price.markup === undefined
        ? []
        : [{ kind: 'markup', amount, rate: price.markup } as const]),
    ],
  };
}

type RangeRefusal = 'amount_below_minimum' | 'amount_above_maximum';

function rangeRefusalOf({
  minimum,
  maximum,
}: AmountBounds): (amount: bigint) => RangeRefusal | undefined {
  const least = minimum === undefined ? 0n : amountOf(minimum);
  const most = maximum === undefined ? undefined : amountOf(maximum);
  return (amount) => {
    if (amount < least) return 'amount_below_minimum';
    return most !== undefined && amount > most ? 'amount_above_maximum' : undefined;
  };
}

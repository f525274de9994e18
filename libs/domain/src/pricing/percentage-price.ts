import { mantissaAt } from '../money/decimal.js';
import { divideRounded } from '../money/round.js';
import type { Nanos } from '../money/nanos.js';
import type { Quantity } from '../metering/quantity.js';
import { amountOf, checkAmount, checkAmountBounds, type AmountBounds } from './amount-bound.js';
import type { CompiledModel } from './compiled-model.js';
import type { CompiledEventPrice, EventPart, PricedState } from './compiled-event-price.js';
import { compileGraduatedPrice } from './graduated-price.js';
import { checkPercentRate, unitPriceOfRate } from './percent-rate.js';
import { compilePerUnitPrice } from './per-unit-price.js';
import type { PriceModelFault } from './price-model-fault.js';
import { checkTierBounds, type Tier } from './tier.js';
import { checkUnitPrice, unitPrice } from './unit-price.js';

/** What surrounds the rate, each time for one event. `minimum` and `maximum` are of its charge. */
export interface PercentageTerms extends AmountBounds {
  /** Decimal string in major units, up to 18 places: added to every event that is not free. */
  readonly fixed?: string;
  /** How many events are free. Ends with the free amount, whichever is used up first. */
  readonly freeEvents?: number;
  /** Decimal string in major units, up to nine places: how much of the amounts is free. */
  readonly freeAmount?: string;
}

/** A share of the amount that the event carries. */
export interface PercentagePrice extends PercentageTerms {
  readonly kind: 'percentage';
  /** Decimal string in per cent, up to 16 places. A markup is above 100. */
  readonly rate: string;
}

/** A share whose rate depends on the cumulative paid amount: each part at the rate of its tier. */
export interface GraduatedPercentagePrice extends PercentageTerms {
  readonly kind: 'graduated_percentage';
  readonly tiers: readonly PercentageTier[];
}

export interface PercentageTier {
  /** Decimal string: the last of the cumulative amount in this tier. Absent in the last tier. */
  readonly upTo?: string;
  readonly rate: string;
  /** Decimal string in major units: added once, by the event that enters the tier. */
  readonly flatFee?: string;
}

export function checkPercentagePrice(
  price: PercentagePrice | GraduatedPercentagePrice,
): PriceModelFault[] {
  const { fixed, freeEvents, freeAmount } = price;
  const faults = price.kind === 'percentage' ? checkPercentRate(price.rate, '/rate') : [];
  if (price.kind === 'graduated_percentage') {
    faults.push(...checkPercentageTiers(price.tiers));
    // The tier of an event would depend on how much the free events carried, which nobody keeps.
    if (freeEvents !== undefined) {
      faults.push({ reason: 'free_events_with_tiers', pointer: '/freeEvents' });
    }
  }
  if (fixed !== undefined) faults.push(...checkUnitPrice(fixed, '/fixed'));
  if (freeEvents !== undefined && (!Number.isSafeInteger(freeEvents) || freeEvents < 0)) {
    faults.push({ reason: 'not_a_whole_number', pointer: '/freeEvents' });
  }
  if (freeAmount !== undefined) faults.push(...checkAmount(freeAmount, '/freeAmount'));
  faults.push(...checkAmountBounds(price, ''));
  return faults;
}

export function compilePercentagePrice(
  price: PercentagePrice | GraduatedPercentagePrice,
): CompiledEventPrice {
  const rated = rateModel(price);
  const fixed = unitPrice(price.fixed ?? '0');
  const scale = Math.max(rated.scale, fixed.scale);
  const denominator = 10n ** BigInt(scale);
  // The fixed part counts whole units of money and the amounts nanos: nine more digits.
  const fixedNumerator = mantissaAt(fixed, scale + 9);
  const stretch = 10n ** BigInt(scale - rated.scale);
  const minimum = price.minimum === undefined ? undefined : amountOf(price.minimum) * denominator;
  const maximum = price.maximum === undefined ? undefined : amountOf(price.maximum) * denominator;
  const allowance = allowanceOf(price);
  const numeratorOf = (paidBefore: Quantity, paid: Quantity): bigint =>
    (rated.numeratorAt(paidBefore + paid) - rated.numeratorAt(paidBefore)) * stretch +
    fixedNumerator;

  return {
    chargeOf: (before, amount): Nanos => {
      const { free, paidBefore, whole } = allowance(before, amount);
      if (whole) return 0n;
      const numerator = numeratorOf(paidBefore, amount - free);
      const bound = boundOf(numerator, { minimum, maximum });
      return divideRounded(bound?.numerator ?? numerator, denominator, 'half_even');
    },
    partsOf: (before, amount): EventPart[] => {
      const { free, paidBefore, whole } = allowance(before, amount);
      const parts: EventPart[] = whole || free > 0n ? [{ kind: 'free', amount: free, whole }] : [];
      if (whole) return parts;
      parts.push(...ratedParts(price, rated, paidBefore, amount - free));
      if (price.fixed !== undefined) parts.push({ kind: 'fixed', fixed: price.fixed });
      const numerator = numeratorOf(paidBefore, amount - free);
      const bound = boundOf(numerator, { minimum, maximum });
      if (bound === undefined) return parts;
      const by = { mantissa: bound.numerator - numerator, scale: scale + 9 };
      parts.push({ kind: bound.kind, bound: price[bound.kind] ?? '', by });
      return parts;
    },
  };
}

type Allowance = (
  before: PricedState,
  amount: Quantity,
) => {
  readonly free: Quantity;
  /** What of the amounts before was not free: where the tiers of a graduated rate go on. */
  readonly paidBefore: Quantity;
  /** Whether the whole event is free: it pays no fixed part and no minimum. */
  readonly whole: boolean;
};

/** Free events and free amount end as soon as either is used up. */
function allowanceOf({ freeEvents, freeAmount }: PercentageTerms): Allowance {
  if (freeEvents === undefined && freeAmount === undefined) {
    return (before) => ({ free: 0n, paidBefore: before.quantity, whole: false });
  }
  const most = freeAmount === undefined ? undefined : amountOf(freeAmount);
  return ({ events, quantity }, amount) => {
    const paidBefore = most === undefined || quantity < most ? 0n : quantity - most;
    const ended =
      (freeEvents !== undefined && events >= freeEvents) ||
      (most !== undefined && quantity >= most);
    if (ended) return { free: 0n, paidBefore, whole: false };
    const left = most === undefined ? amount : most - quantity;
    const free = left < amount ? left : amount;
    return { free, paidBefore, whole: free === amount };
  };
}

function boundOf(
  numerator: bigint,
  { minimum, maximum }: { minimum: bigint | undefined; maximum: bigint | undefined },
): { kind: 'minimum' | 'maximum'; numerator: bigint } | undefined {
  if (minimum !== undefined && numerator < minimum) return { kind: 'minimum', numerator: minimum };
  if (maximum !== undefined && numerator > maximum) return { kind: 'maximum', numerator: maximum };
  return undefined;
}

/** Money costs money: the rate is the price of a unit of the amount. */
function rateModel(price: PercentagePrice | GraduatedPercentagePrice): CompiledModel {
  if (price.kind === 'percentage') {
    return compilePerUnitPrice({ kind: 'per_unit', unitPrice: unitPriceOfRate(price.rate) });
  }
  const tiers = price.tiers.map(({ rate, ...tier }): Tier => ({
    ...tier,
    unitPrice: unitPriceOfRate(rate),
  }));
  return compileGraduatedPrice({ kind: 'graduated', tiers });
}

function ratedParts(
  price: PercentagePrice | GraduatedPercentagePrice,
  rated: CompiledModel,
  paidBefore: Quantity,
  paid: Quantity,
): EventPart[] {
  const rates = price.kind === 'percentage' ? [price.rate] : price.tiers.map(({ rate }) => rate);
  const textOf = new Map(rates.map((rate) => [unitPriceOfRate(rate), rate]));
  return rated.partsBetween(paidBefore, paidBefore + paid).map((part): EventPart => {
    if (part.kind !== 'used') throw new Error('a rate has only stretches that are paid');
    const rate = textOf.get(part.unitPrice) ?? part.unitPrice;
    const amount = part.to - part.from;
    return part.flatFee === undefined
      ? { kind: 'rated', amount, rate }
      : { kind: 'rated', amount, rate, flatFee: part.flatFee };
  });
}

function checkPercentageTiers(tiers: readonly PercentageTier[]): PriceModelFault[] {
  const faults = checkTierBounds(tiers);
  tiers.forEach(({ rate, flatFee }, at) => {
    faults.push(...checkPercentRate(rate, `/tiers/${at}/rate`));
    if (flatFee !== undefined) faults.push(...checkUnitPrice(flatFee, `/tiers/${at}/flatFee`));
  });
  return faults;
}

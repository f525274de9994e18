import { mantissaAt } from '../money/decimal.js';
import { parseQuantity, type Quantity } from '../metering/quantity.js';
import { checkUnitPrice, unitPrice } from './unit-price.js';
import type { CompiledModel, PricedPart } from './compiled-model.js';
import type { PriceModelFault } from './price-model-fault.js';

export interface GraduatedTier {
  /**
   * Decimal string: the last cumulative quantity in this tier. Absent in the last tier, which is
   * open.
   */
  readonly upTo?: string;
  /** Decimal string in major units, up to 18 places. */
  readonly unitPrice: string;
  /** Decimal string in major units: added once, by the quantity that enters the tier. */
  readonly flatFee?: string;
}

/** Each part of the quantity at the price of the tier it lies in. */
export interface GraduatedPrice {
  readonly kind: 'graduated';
  readonly tiers: readonly GraduatedTier[];
}

interface CompiledTier {
  readonly from: Quantity;
  /** Undefined in the open last tier. */
  readonly upTo: Quantity | undefined;
  readonly mantissa: bigint;
  /** Cost numerator of everything below this tier, this tier's own flat fee included. */
  readonly base: bigint;
  readonly tier: GraduatedTier;
}

export function checkGraduatedPrice(price: GraduatedPrice): PriceModelFault[] {
  if (price.tiers.length === 0) return [{ reason: 'no_tiers', pointer: '/tiers' }];
  const faults: PriceModelFault[] = [];
  let below = 0n;
  price.tiers.forEach((tier, at) => {
    const pointer = `/tiers/${at}`;
    faults.push(...checkUnitPrice(tier.unitPrice, `${pointer}/unitPrice`));
    if (tier.flatFee !== undefined) {
      faults.push(...checkUnitPrice(tier.flatFee, `${pointer}/flatFee`));
    }
    const last = at === price.tiers.length - 1;
    if (tier.upTo === undefined) {
      if (!last) faults.push({ reason: 'open_tier_not_last', pointer });
      return;
    }
    if (last) faults.push({ reason: 'last_tier_not_open', pointer: `${pointer}/upTo` });
    const bound = parseQuantity(tier.upTo);
    if (bound.outcome === 'refused') {
      faults.push({ reason: 'tier_bound_not_a_quantity', pointer: `${pointer}/upTo` });
      return;
    }
    if (bound.quantity <= below) {
      faults.push({ reason: 'tiers_not_ascending', pointer: `${pointer}/upTo` });
    }
    below = bound.quantity;
  });
  return faults;
}

/**
 * Bounds are cumulative, inclusive at the top and continuous: with a bound of 100, unit 100 is
 * below it and 100.5 is above. The sums below each tier are worked out here, so that pricing is one
 * look-up and one multiplication.
 */
export function compileGraduatedPrice(price: GraduatedPrice): CompiledModel {
  const scale = commonScale(price);
  const tiers: CompiledTier[] = [];
  let from = 0n;
  let below = 0n;
  for (const tier of price.tiers) {
    const mantissa = mantissaAt(unitPrice(tier.unitPrice), scale);
    // A quantity counts 1e-9 units and a fee whole ones, so the fee takes nine more digits to the
    // same numerator.
    const fee = mantissaAt(unitPrice(tier.flatFee ?? '0'), scale) * 1_000_000_000n;
    const upTo = tier.upTo === undefined ? undefined : boundOf(tier.upTo);
    tiers.push({ from, upTo, mantissa, base: below + fee, tier });
    if (upTo === undefined) break;
    below += fee + (upTo - from) * mantissa;
    from = upTo;
  }
  return {
    denominator: 10n ** BigInt(scale),
    numeratorAt: (quantity) => {
      // Nothing used enters no tier, so it owes no flat fee.
      if (quantity <= 0n) return 0n;
      const tier = tierOf(tiers, quantity);
      return tier.base + (quantity - tier.from) * tier.mantissa;
    },
    partsBetween: (low, high) => partsBetween(tiers, low, high),
  };
}

function partsBetween(tiers: readonly CompiledTier[], low: Quantity, high: Quantity): PricedPart[] {
  const parts: PricedPart[] = [];
  for (const { from, upTo, tier } of tiers) {
    const start = low > from ? low : from;
    const end = upTo !== undefined && upTo < high ? upTo : high;
    if (start >= end) continue;
    const flatFee = low <= from ? tier.flatFee : undefined;
    parts.push({ from: start, to: end, unitPrice: tier.unitPrice, flatFee });
  }
  return parts;
}

function tierOf(tiers: readonly CompiledTier[], quantity: Quantity): CompiledTier {
  for (const tier of tiers) {
    if (tier.upTo === undefined || quantity <= tier.upTo) return tier;
  }
  throw new Error('the last tier is not open');
}

function commonScale(price: GraduatedPrice): number {
  const scales = price.tiers.flatMap((tier) => [
    unitPrice(tier.unitPrice).scale,
    unitPrice(tier.flatFee ?? '0').scale,
  ]);
  return Math.max(...scales);
}

function boundOf(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (parsed.outcome === 'refused') throw new Error(`tier bound ${text}: ${parsed.reason}`);
  return parsed.quantity;
}

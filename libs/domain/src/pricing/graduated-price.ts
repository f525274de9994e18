import type { Quantity } from '../metering/quantity.js';
import type { CompiledModel, PricedPart } from './compiled-model.js';
import { compileTiers, tierNumerator, tierOf, tierPart } from './tier.js';
import type { CompiledTier, Tier } from './tier.js';

/** Each part of the quantity at the price of the tier it lies in. */
export interface GraduatedPrice {
  readonly kind: 'graduated';
  /** A tier's blocks are counted from its lower bound; one that the next tier cuts is paid whole. */
  readonly tiers: readonly Tier[];
}

interface GraduatedTier extends CompiledTier {
  /** Cost numerator of everything below this tier, this tier's own flat fee included. */
  readonly base: bigint;
}

/**
 * The sums below each tier are worked out here, so that pricing is one look-up and one
 * multiplication.
 */
export function compileGraduatedPrice(price: GraduatedPrice): CompiledModel {
  const { compiled, scale } = compileTiers(price.tiers);
  let below = 0n;
  const tiers = compiled.map((tier): GraduatedTier => {
    const base = below + tier.fee;
    below = base + (tier.upTo === undefined ? 0n : tierNumerator(tier, tier.upTo - tier.from));
    return { ...tier, base };
  });
  return {
    denominator: 10n ** BigInt(scale),
    scale,
    numeratorAt: (quantity) => {
      // Nothing used enters no tier, so it owes no flat fee.
      if (quantity <= 0n) return 0n;
      const tier = tierOf(tiers, quantity);
      return tier.base + tierNumerator(tier, quantity - tier.from);
    },
    partsBetween: (low, high) => partsBetween(tiers, low, high),
  };
}

function partsBetween(tiers: readonly CompiledTier[], low: Quantity, high: Quantity): PricedPart[] {
  const parts: PricedPart[] = [];
  for (const tier of tiers) {
    const from = low > tier.from ? low : tier.from;
    const to = tier.upTo !== undefined && tier.upTo < high ? tier.upTo : high;
    if (from >= to) continue;
    parts.push(tierPart(tier, { from, to, origin: tier.from, enters: low <= tier.from }));
  }
  return parts;
}

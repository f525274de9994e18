import type { Quantity } from '../metering/quantity.js';
import type { CompiledModel, PricedPart } from './compiled-model.js';
import { compileTiers, tierNumerator, tierOf, tierPart } from './tier.js';
import type { CompiledTier, Tier } from './tier.js';

/**
 * The whole quantity at the price of the tier it lies in, and that tier's flat fee. What crosses
 * into a cheaper tier can lower the cost: a negative charge, the volume rebate.
 */
export interface VolumePrice {
  readonly kind: 'volume';
  /** Blocks are counted over the whole quantity. */
  readonly tiers: readonly Tier[];
}

export function compileVolumePrice(price: VolumePrice): CompiledModel {
  const { compiled: tiers, scale } = compileTiers(price.tiers);
  return {
    denominator: 10n ** BigInt(scale),
    scale,
    numeratorAt: (quantity) => {
      // Nothing used lies in no tier, so it owes no flat fee.
      if (quantity <= 0n) return 0n;
      const tier = tierOf(tiers, quantity);
      return tier.fee + tierNumerator(tier, quantity);
    },
    partsBetween: (low, high) => partsBetween(tiers, low, high),
  };
}

function partsBetween(tiers: readonly CompiledTier[], low: Quantity, high: Quantity): PricedPart[] {
  if (low >= high) return [];
  const tier = tierOf(tiers, high);
  const used = { to: high, origin: 0n };
  if (low <= 0n) return [tierPart(tier, { ...used, from: low, enters: true })];
  const left = tierOf(tiers, low);
  if (left === tier) return [tierPart(tier, { ...used, from: low, enters: false })];
  return [
    tierPart(tier, { ...used, from: 0n, enters: true }),
    { ...tierPart(left, { from: 0n, to: low, origin: 0n, enters: true }), givenBack: true },
  ];
}

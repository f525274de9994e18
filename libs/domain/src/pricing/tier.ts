import { mantissaAt } from '../money/decimal.js';
import { divideUp } from '../money/round.js';
import { ONE, parseQuantity, type Quantity } from '../metering/quantity.js';
import { checkPositiveQuantity, modelQuantity } from './model-quantity.js';
import { checkUnitPrice, unitPrice } from './unit-price.js';
import type { UsedPart } from './compiled-model.js';
import type { PriceModelFault } from './price-model-fault.js';

/** One band of a graduated or volume price. */
export interface Tier {
  /**
   * Decimal string: the last cumulative quantity in this tier. Absent in the last tier, which is
   * open.
   */
  readonly upTo?: string;
  /** Decimal string in major units, up to 18 places: of one unit, or of one block. */
  readonly unitPrice: string;
  /** Decimal string in major units: added once, by the quantity that enters the tier. */
  readonly flatFee?: string;
  /** Decimal string, above zero: the tier is paid by blocks of so many units, each whole. */
  readonly blockSize?: string;
}

export interface CompiledTier {
  readonly from: Quantity;
  /** Undefined in the open last tier. */
  readonly upTo: Quantity | undefined;
  /** What a unit of 1e-9, or a block, adds to the cost numerator. */
  readonly each: bigint;
  readonly blockSize: Quantity | undefined;
  /** The flat fee as part of the cost numerator. */
  readonly fee: bigint;
  readonly tier: Tier;
}

export function checkTiers(tiers: readonly Tier[]): PriceModelFault[] {
  return [
    ...tiers.flatMap((tier, at) => checkTierPrice(tier, `/tiers/${at}`)),
    ...checkTierBounds(tiers),
  ];
}

/** Whether tiers follow one another without a gap, up to one that is open. */
export function checkTierBounds(tiers: readonly Pick<Tier, 'upTo'>[]): PriceModelFault[] {
  if (tiers.length === 0) return [{ reason: 'no_tiers', pointer: '/tiers' }];
  const faults: PriceModelFault[] = [];
  let below = 0n;
  tiers.forEach((tier, at) => {
    const pointer = `/tiers/${at}`;
    const last = at === tiers.length - 1;
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
 * below it and 100.5 is above.
 */
export function compileTiers(tiers: readonly Tier[]): {
  readonly compiled: readonly CompiledTier[];
  readonly scale: number;
} {
  const scale = commonScale(tiers);
  let from = 0n;
  const compiled = tiers.map((tier): CompiledTier => {
    const mantissa = mantissaAt(unitPrice(tier.unitPrice), scale);
    const blockSize = tier.blockSize === undefined ? undefined : modelQuantity(tier.blockSize);
    const upTo = tier.upTo === undefined ? undefined : modelQuantity(tier.upTo);
    const bounds = { from, upTo };
    from = upTo ?? from;
    return {
      ...bounds,
      // A quantity counts 1e-9 units, blocks and fees whole ones: nine more digits to the same
      // numerator.
      each: blockSize === undefined ? mantissa : mantissa * ONE,
      blockSize,
      fee: mantissaAt(unitPrice(tier.flatFee ?? '0'), scale) * ONE,
      tier,
    };
  });
  return { compiled, scale };
}

/** The tier that a quantity above zero lies in. */
export function tierOf<T extends { readonly upTo: Quantity | undefined }>(
  tiers: readonly T[],
  quantity: Quantity,
): T {
  for (const tier of tiers) {
    if (tier.upTo === undefined || quantity <= tier.upTo) return tier;
  }
  throw new Error('the last tier is not open');
}

/** Cost numerator of so much in a tier, without its flat fee. */
export function tierNumerator({ blockSize, each }: CompiledTier, quantity: Quantity): bigint {
  return (blockSize === undefined ? quantity : divideUp(quantity, blockSize)) * each;
}

/** A stretch in one tier, whose blocks are counted from `origin`; it pays the fee if it `enters`. */
export function tierPart(
  { tier, blockSize }: CompiledTier,
  { from, to, origin, enters }: { from: Quantity; to: Quantity; origin: Quantity; enters: boolean },
): UsedPart {
  const part: UsedPart = {
    kind: 'used',
    from,
    to,
    unitPrice: tier.unitPrice,
    flatFee: enters ? tier.flatFee : undefined,
  };
  if (blockSize === undefined) return part;
  const count = divideUp(to - origin, blockSize) - divideUp(from - origin, blockSize);
  return { ...part, blocks: { name: 'block', size: blockSize, count } };
}

function checkTierPrice(tier: Tier, pointer: string): PriceModelFault[] {
  const faults = checkUnitPrice(tier.unitPrice, `${pointer}/unitPrice`);
  if (tier.flatFee !== undefined) {
    faults.push(...checkUnitPrice(tier.flatFee, `${pointer}/flatFee`));
  }
  if (tier.blockSize !== undefined) {
    faults.push(...checkPositiveQuantity(tier.blockSize, `${pointer}/blockSize`));
  }
  return faults;
}

function commonScale(tiers: readonly Tier[]): number {
  const scales = tiers.flatMap((tier) => [
    unitPrice(tier.unitPrice).scale,
    unitPrice(tier.flatFee ?? '0').scale,
  ]);
  return Math.max(...scales);
}

import fc from 'fast-check';
import { formatQuantity, ONE } from '../metering/quantity.js';
import { formatNanos } from '../money/nanos.js';
import type { PriceModel } from './price-model.js';
import type { PriceRule } from './price-rule.js';
import type { Tier } from './tier.js';

/** Small enough that quantities cross bounds, blocks and free units all the time. */
const MOST_UNITS = 300n;

/** Cumulative quantities: whole units, bounds among them, and any fraction. */
export const anyQuantity = fc.oneof(
  fc.bigInt(0n, MOST_UNITS).map((units) => units * ONE),
  fc.bigInt(0n, MOST_UNITS * ONE),
);

const positiveQuantity = fc.oneof(
  fc.bigInt(1n, 60n).map((units) => units * ONE),
  fc.bigInt(1n, 60n * ONE),
);
/** Sizes and divisors: not so small that the amounts leave their range. */
const sizeText = fc
  .oneof(
    fc.bigInt(1n, 60n).map((units) => units * ONE),
    fc.bigInt(ONE / 10n, 60n * ONE),
  )
  .map(formatQuantity);

/** Decimal strings of up to 18 places. */
const decimal = fc
  .tuple(fc.nat(20), fc.constantFrom(1, 3, 9, 18), fc.bigInt(0n, 10n ** 18n - 1n))
  .map(([whole, places, digits]) => {
    const fraction = String(digits % 10n ** BigInt(places)).padStart(places, '0');
    return `${whole}.${fraction}`;
  });

const tierPrice = fc.record(
  { unitPrice: decimal, flatFee: decimal, blockSize: sizeText },
  { requiredKeys: ['unitPrice'] },
);

const tiers = fc
  .tuple(
    fc.uniqueArray(positiveQuantity, { maxLength: 3 }),
    fc.array(tierPrice, { minLength: 4, maxLength: 4 }),
  )
  .map(([bounds, prices]): Tier[] => {
    const ascending = bounds.toSorted((a, b) => (a < b ? -1 : 1));
    return prices.slice(0, ascending.length + 1).map((price, at) => {
      const upTo = ascending[at];
      return upTo === undefined ? price : { ...price, upTo: formatQuantity(upTo) };
    });
  });

export const MODELS: Readonly<Record<PriceModel['kind'], fc.Arbitrary<PriceModel>>> = {
  per_unit: decimal.map((unitPrice) => ({ kind: 'per_unit', unitPrice })),
  graduated: tiers.map((some) => ({ kind: 'graduated', tiers: some })),
  volume: tiers.map((some) => ({ kind: 'volume', tiers: some })),
  package: fc
    .tuple(sizeText, decimal)
    .map(([size, packagePrice]) => ({ kind: 'package', size, packagePrice })),
};

export const KINDS = Object.keys(MODELS) as readonly PriceModel['kind'][];

/** A model of the kind, bare or in any composition of what may surround it. */
export function anyRule(kind: PriceModel['kind']): fc.Arbitrary<PriceRule> {
  return fc.record(
    {
      transform: fc.record({
        divideBy: sizeText,
        round: fc.constantFrom('up', 'down', 'half_up'),
      }),
      freeQuantity: anyQuantity.map(formatQuantity),
      model: MODELS[kind],
      maximum: fc.bigInt(0n, 500n * ONE).map(formatNanos),
    },
    { requiredKeys: ['model'] },
  );
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuantity } from '../metering/quantity.js';
import { formatNanos } from '../money/nanos.js';
import { costOf } from './cost.js';
import { compileModel, type PriceModel } from './price-model.js';
import type { Tier } from './tier.js';

const ARTICLES: PriceModel = {
  kind: 'graduated',
  tiers: [
    { upTo: '20', unitPrice: '0.002' },
    { upTo: '100', unitPrice: '0.0015' },
    { unitPrice: '0.001' },
  ],
};
const WITH_FEES: PriceModel = {
  kind: 'graduated',
  tiers: [
    { upTo: '100', unitPrice: '0.01', flatFee: '5' },
    { unitPrice: '0.005', flatFee: '0.000000001' },
  ],
};
const perUnit = (unitPrice: string): PriceModel => ({ kind: 'per_unit', unitPrice });

function quantityOf(text: string): bigint {
  const parsed = parseQuantity(text);
  if (parsed.outcome === 'refused') throw new Error(parsed.reason);
  return parsed.quantity;
}

test.each([
  [perUnit('0.0001'), '3', '0.000300000'],
  [perUnit('0.0001'), '0', '0.000000000'],
  [perUnit('2'), '1.5', '3.000000000'],
  // A token at less than a nano: only the cumulative cost is rounded, half to even.
  [perUnit('0.000000000500000000'), '1', '0.000000000'],
  [perUnit('0.000000000500000000'), '3', '0.000000002'],
  [perUnit('0.000000000500000000'), '5', '0.000000002'],
  [perUnit('0.000000000000000001'), '3000000000', '0.000000003'],
  [perUnit('0.000000000000000001'), '2500000000', '0.000000002'],
  [ARTICLES, '20', '0.040000000'],
  [ARTICLES, '21', '0.041500000'],
  [ARTICLES, '100', '0.160000000'],
  // Inclusive at the top and continuous: half a unit above the bound is in the next tier.
  [ARTICLES, '100.5', '0.160500000'],
  [ARTICLES, '101', '0.161000000'],
  [WITH_FEES, '0', '0.000000000'],
  [WITH_FEES, '0.000000001', '5.000000000'],
  [WITH_FEES, '100', '6.000000000'],
  [WITH_FEES, '100.000000001', '6.000000001'],
  [WITH_FEES, '200', '6.500000001'],
] as const)('%j: %s costs %s', (model, quantity, cost) => {
  expect(formatNanos(costOf(compileModel(model), quantityOf(quantity)))).toBe(cost);
});

const decimal = (most: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(1000), fc.nat(10 ** most - 1))
    .map(([whole, part]) => `${whole}.${String(part).padStart(most, '0')}`);
const anyModel: fc.Arbitrary<PriceModel> = fc.oneof(
  decimal(9).map(perUnit),
  fc
    .tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { maxLength: 4 }),
      fc.array(fc.tuple(decimal(9), fc.option(decimal(3), { nil: undefined })), {
        minLength: 5,
        maxLength: 5,
      }),
    )
    .map(([bounds, prices]): PriceModel => {
      const ascending = bounds.toSorted((a, b) => a - b);
      const tiers = prices.slice(0, ascending.length + 1).map(([unitPrice, flatFee], at): Tier => ({
        unitPrice,
        ...(flatFee === undefined ? {} : { flatFee }),
        ...(at < ascending.length ? { upTo: String(ascending[at]) } : {}),
      }));
      return { kind: 'graduated', tiers };
    }),
);

test('a cumulative cost never falls, so no charge of these models is negative', () => {
  const quantity = fc.bigInt(0n, 10n ** 12n);
  fc.assert(
    fc.property(anyModel, quantity, quantity, (model, a, b) => {
      const compiled = compileModel(model);
      const [low, high] = a < b ? [a, b] : [b, a];
      expect(costOf(compiled, low) <= costOf(compiled, high)).toBe(true);
    }),
  );
});

test('the compiled cost is the sum over tiers, worked out the slow way', () => {
  fc.assert(
    fc.property(anyModel, fc.bigInt(0n, 10n ** 12n), (model, quantity) => {
      const tiers = model.kind === 'graduated' ? model.tiers : [{ unitPrice: model.unitPrice }];
      // Every decimal here has at most nine places, so cost × 1e9 is an integer.
      let exact = 0n;
      let from = 0n;
      for (const tier of tiers as readonly Tier[]) {
        if (quantity <= from) break;
        const upTo = tier.upTo === undefined ? quantity : quantityOf(tier.upTo);
        const part = (quantity < upTo ? quantity : upTo) - from;
        exact += part * quantityOf(tier.unitPrice) + quantityOf(tier.flatFee ?? '0') * 10n ** 9n;
        from = upTo;
      }
      const error = costOf(compileModel(model), quantity) * 10n ** 9n - exact;
      expect((error < 0n ? -error : error) * 2n <= 10n ** 9n).toBe(true);
    }),
  );
});

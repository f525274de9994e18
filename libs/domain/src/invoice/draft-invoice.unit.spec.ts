import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nanosPerMinor } from '../money/currency.js';
import {
  draftInvoice,
  type CategoryBalance,
  type ChargeAggregate,
  type DraftInput,
  type DraftInvoice,
  type InvoiceSettings,
} from './draft-invoice.js';

const PERIOD = { from: 0, to: 2_678_400_000_000 };
const SETTINGS: InvoiceSettings = {
  roundingMode: 'half_up',
  minimumNanos: 0n,
  taxes: { kind: 'none' },
};
const CENT = 10_000_000n;

const aggregate = (
  receivableNanos: bigint,
  parts: Partial<ChargeAggregate> = {},
): ChargeAggregate => ({
  priceKey: 'articles',
  priceVersion: 1,
  description: 'An article',
  cell: {},
  kind: 'usage',
  taxCategory: 'standard',
  late: false,
  usagePeriod: PERIOD,
  charges: 1,
  quantity: 1_000_000_000n,
  chargeNanos: receivableNanos + (parts.paidFromWalletNanos ?? 0n),
  receivableNanos,
  paidFromWalletNanos: 0n,
  ...parts,
});

function draft(
  aggregates: readonly ChargeAggregate[],
  parts: Partial<DraftInput> = {},
): DraftInvoice {
  const outcome = draftInvoice({
    tenant: 'acme',
    customer: 'zoe',
    currency: 'USD',
    period: PERIOD,
    aggregates,
    previous: [],
    settings: SETTINGS,
    ...parts,
  });
  if (outcome.outcome === 'refused') throw new Error(outcome.reason);
  return outcome.draft;
}

const rates = (ratePpm: number, pricesIncludeTax: boolean): InvoiceSettings => ({
  ...SETTINGS,
  taxes: {
    kind: 'rates',
    pricesIncludeTax,
    rates: { standard: { kind: 'standard', ratePpm }, free: { kind: 'exempt' } },
  },
});

test('ten thousand charges of 0.001 are 10.00, not 0 and not 100', () => {
  const drafted = draft([aggregate(10_000n * 1_000_000n)]);
  expect(drafted.totalNanos).toBe(10_000_000_000n);
  expect(drafted.balances).toEqual([
    { taxCategory: 'standard', residualNanos: 0n, carriedForwardNanos: 0n },
  ]);
});

test.each([
  // exact, previous residual, net, new residual
  [14_000_000n, 0n, 10_000_000n, 4_000_000n],
  [15_000_000n, 0n, 20_000_000n, -5_000_000n],
  [14_000_000n, 1_000_000n, 20_000_000n, -5_000_000n],
  [5_000_000n, -5_000_000n, 0n, 0n],
  [4_999_999n, 0n, 0n, 4_999_999n],
])('%s exact with %s left open is billed as %s and leaves %s', (exact, before, net, after) => {
  const previous = [{ taxCategory: 'standard', residualNanos: before, carriedForwardNanos: 0n }];
  const drafted = draft([aggregate(exact)], { previous });
  expect(drafted.disposition).toBe('invoice');
  expect(drafted.netNanos).toBe(net);
  expect(drafted.balances[0]?.residualNanos).toBe(after);
});

test('a total that rounds to 0.00 is still an invoice', () => {
  expect(draft([aggregate(1n)]).disposition).toBe('invoice');
  expect(draft([aggregate(0n, { paidFromWalletNanos: 5n })]).disposition).toBe('invoice');
});

test('1.00 of credit and 3.00 of use are a bill of 2.00 that shows 1.00 as paid', () => {
  const drafted = draft([aggregate(2_000_000_000n, { paidFromWalletNanos: 1_000_000_000n })]);
  expect(drafted.chargesNanos).toBe(3_000_000_000n);
  expect(drafted.paidFromWalletNanos).toBe(1_000_000_000n);
  expect(drafted.totalNanos).toBe(2_000_000_000n);
});

test('line amounts are whole cents that sum to the net, ties by line order', () => {
  const drafted = draft([aggregate(15_000_000n), aggregate(15_000_000n), aggregate(4_000_000n)]);
  expect(drafted.netNanos).toBe(30_000_000n);
  expect(drafted.lines.map((line) => line.amountNanos)).toEqual([20_000_000n, 10_000_000n, 0n]);
  expect(drafted.lines.map((line) => line.exactNanos)).toEqual([
    15_000_000n,
    15_000_000n,
    4_000_000n,
  ]);
});

test.each([
  ['negative', -30_000_000n, 0n],
  ['below the minimum', 30_000_000n, 40_000_000n],
])('a total that is %s is carried forward as a whole, exact', (_, exact, minimumNanos) => {
  const previous = [{ taxCategory: 'standard', residualNanos: 7n, carriedForwardNanos: 0n }];
  const settings = { ...SETTINGS, minimumNanos };
  const first = draft([aggregate(exact)], { previous, settings });
  expect(first.disposition).toBe('carried_forward');
  expect(first.balances).toEqual([
    { taxCategory: 'standard', residualNanos: 0n, carriedForwardNanos: exact + 7n },
  ]);
  const next = draft([aggregate(100_000_000n)], { previous: first.balances, settings });
  expect(next.disposition).toBe('invoice');
  expect(next.lines.map((line) => [line.kind, line.exactNanos])).toEqual([
    ['charges', 100_000_000n],
    ['carried_forward', exact + 7n],
  ]);
  expect(next.netNanos).toBe(100_000_000n + exact);
  expect(next.balances).toEqual([
    { taxCategory: 'standard', residualNanos: 7n, carriedForwardNanos: 0n },
  ]);
});

test('a residual alone waits for charges of its category: a half would come and go', () => {
  const previous = [{ taxCategory: 'other', residualNanos: -5_000_000n, carriedForwardNanos: 0n }];
  const drafted = draft([aggregate(CENT)], { previous });
  expect(drafted.lines).toHaveLength(1);
  expect(drafted.balances).toContainEqual(previous[0]);
});

test.each([
  ['on top', 190_000, false, 1_004_000_000n, 1_000_000_000n, 190_000_000n, 4_000_000n],
  ['contained', 190_000, true, 1_194_000_000n, 1_000_000_000n, 190_000_000n, 4_000_000n],
  ['eight and seven eighths', 88_750, false, 1_000_000_000n, 1_000_000_000n, 90_000_000n, 0n],
  ['none', 0, false, 1_000_000_000n, 1_000_000_000n, 0n, 0n],
])('tax %s', (_, ratePpm, included, exact, net, tax, residual) => {
  const drafted = draft([aggregate(exact)], { settings: rates(ratePpm, included) });
  expect(drafted.netNanos).toBe(net);
  expect(drafted.taxNanos).toBe(tax);
  expect(drafted.totalNanos).toBe(net + tax);
  expect(drafted.balances[0]?.residualNanos).toBe(residual);
  expect(drafted.lines[0]?.amountNanos).toBe(net);
});

test('each tax category is rounded by itself, and an exempt one has no tax', () => {
  const both = [aggregate(1_004_000_000n), aggregate(1_006_000_000n, { taxCategory: 'free' })];
  const drafted = draft(both, { settings: rates(190_000, false) });
  expect(drafted.categories.map(({ netNanos, taxNanos }) => [netNanos, taxNanos])).toEqual([
    [1_000_000_000n, 190_000_000n],
    [1_010_000_000n, 0n],
  ]);
});

test('a category without a rate is refused, never taken as free of tax', () => {
  const outcome = draftInvoice({
    tenant: 'acme',
    customer: 'zoe',
    currency: 'USD',
    period: PERIOD,
    aggregates: [aggregate(1n, { taxCategory: 'toString' })],
    previous: [],
    settings: rates(190_000, false),
  });
  expect(outcome).toEqual({ outcome: 'refused', reason: 'no_tax_rate', taxCategory: 'toString' });
});

test('charges that are not what was paid and what is due are a bug', () => {
  expect(() => draft([aggregate(1n, { chargeNanos: 2n })])).toThrow('articles');
});

test('the identity holds to the nano over any run of periods', () => {
  const amount = fc.bigInt(-(10n ** 10n), 10n ** 11n);
  const anyAggregate = fc.record({
    receivable: amount,
    wallet: fc.bigInt(0n, 10n ** 10n),
    taxCategory: fc.constantFrom('standard', 'free'),
  });
  const periods = fc.array(fc.array(anyAggregate, { minLength: 1, maxLength: 5 }), {
    maxLength: 6,
  });
  const settings = fc.record({
    roundingMode: fc.constantFrom('half_up' as const, 'half_even' as const),
    minimumNanos: fc.constantFrom(0n, 5_000_000_000n),
    ratePpm: fc.constantFrom(0, 70_000, 88_750, 190_000),
    included: fc.boolean(),
    currency: fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'),
  });
  fc.assert(
    fc.property(
      periods,
      settings,
      (all, { roundingMode, minimumNanos, ratePpm, included, currency }) => {
        const chosen = { ...rates(ratePpm, included), roundingMode, minimumNanos };
        let previous: readonly CategoryBalance[] = [];
        let charges = 0n;
        let settled = 0n;
        for (const period of all) {
          const aggregates = period.map(({ receivable, wallet, taxCategory }) =>
            aggregate(receivable, { paidFromWalletNanos: wallet, taxCategory }),
          );
          const drafted = draft(aggregates, { previous, settings: chosen, currency });
          charges += drafted.chargesNanos;
          settled += drafted.paidFromWalletNanos;
          const isInvoice = drafted.disposition === 'invoice';
          for (const category of drafted.categories) {
            settled += isInvoice ? category.settledNanos : 0n;
            const lines = drafted.lines.filter((line) => line.taxCategory === category.taxCategory);
            const sum = lines.reduce((total, line) => total + line.amountNanos, 0n);
            expect(sum).toBe(category.netNanos);
            expect(category.netNanos % nanosPerMinor(currency)).toBe(0n);
          }
          previous = drafted.balances;
        }
        const open = previous.reduce(
          (sum, each) => sum + each.residualNanos + each.carriedForwardNanos,
          0n,
        );
        expect(settled + open).toBe(charges);
      },
    ),
    { numRuns: 300 },
  );
});

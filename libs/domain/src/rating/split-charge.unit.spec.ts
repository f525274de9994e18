import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocate } from '../money/allocate.js';
import type { SplitRule } from '../pricing/price.js';
import { areSharedAlike, creatorsOf, splitCharge } from './split-charge.js';

const rule = (...shares: number[]): SplitRule =>
  shares.map((shareBps, at) => ({
    creator: { kind: 'property', property: `/creator${at}` },
    shareBps,
  }));

test.each<[string, SplitRule, string[], bigint, Record<string, bigint>, bigint]>([
  ['no rule leaves all with the tenant', [], [], 10n, {}, 10n],
  ['seventy percent', rule(7000), ['ann'], 1000n, { ann: 700n }, 300n],
  ['the larger remainder gets the odd nano', rule(7000), ['ann'], 3n, { ann: 2n }, 1n],
  ['a tie goes to the earlier, before the tenant', rule(5000), ['ann'], 1n, { ann: 1n }, 0n],
  ['three ways', rule(3333, 3333), ['ann', 'bob'], 10n, { ann: 3n, bob: 3n }, 4n],
  ['a negative charge is shared as its opposite', rule(7000), ['ann'], -3n, { ann: -2n }, -1n],
  ['a charge of nothing names its creators', rule(7000), ['ann'], 0n, { ann: 0n }, 0n],
  ['a missing creator leaves the share', rule(5000, 2000), ['', 'bob'], 100n, { bob: 20n }, 80n],
  ['one creator twice is added up', rule(5000, 2000), ['ann', 'ann'], 100n, { ann: 70n }, 30n],
  ['the whole', rule(10_000), ['ann'], 7n, { ann: 7n }, 0n],
])('%s', (_, split, creators, amount, shares, tenantAmount) => {
  const outcome = splitCharge(split, creators, amount);
  const byCreator = Object.fromEntries(
    outcome.shares.map((each) => [each.creator, each.amountNanos]),
  );
  expect(byCreator).toEqual(shares);
  expect(outcome.tenantAmount).toBe(tenantAmount);
});

test('shares sum to the charge exactly, none has the opposite sign', () => {
  const shares = fc
    .array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 5 })
    .filter((all) => all.reduce((sum, share) => sum + share, 0) <= 10_000);
  const creators = fc.array(fc.constantFrom('', 'ann', 'bob', 'eve'), {
    minLength: 5,
    maxLength: 5,
  });
  fc.assert(
    fc.property(shares, creators, fc.bigInt(-(10n ** 18n), 10n ** 18n), (all, named, amount) => {
      const outcome = splitCharge(rule(...all), named.slice(0, all.length), amount);
      const parts = [...outcome.shares.map((share) => share.amountNanos), outcome.tenantAmount];
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
      expect(parts.every((part) => part === 0n || part < 0n === amount < 0n)).toBe(true);
      expect(new Set(outcome.shares.map((share) => share.creator)).size).toBe(
        outcome.shares.length,
      );
    }),
  );
});

test('a rule of one part splits by largest remainder, too', () => {
  const shareBps = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(shareBps, fc.bigInt(-(10n ** 18n), 10n ** 18n), (bps, amount) => {
      const [creator, tenant] = allocate(amount, [BigInt(bps), BigInt(10_000 - bps)]);
      expect(splitCharge(rule(bps), ['ann'], amount)).toEqual({
        shares: [{ creator: 'ann', amountNanos: creator }],
        tenantAmount: tenant,
      });
    }),
    { numRuns: 10_000 },
  );
});

test('creators that are not as many as the parts are a bug', () => {
  expect(() => splitCharge(rule(7000), [], 1n)).toThrow('do not match');
});

test('creators come from the rule and from the event, when their ids are valid', () => {
  const split: SplitRule = [
    { creator: { kind: 'fixed', id: 'house' }, shareBps: 1000 },
    ...rule(1000, 1000, 1000, 1000),
  ];
  const properties = new Map([
    ['/creator0', 'ann'],
    ['/creator1', 'has space'],
    ['/creator2', 'x'.repeat(256)],
  ]);
  const found = creatorsOf(split, (property) => properties.get(property));
  expect(found).toEqual(['house', 'ann', '', '', '']);
});

const sharesOf = (all: Record<string, bigint>[]) =>
  all.flatMap((each) =>
    Object.entries(each).map(([creator, amountNanos]) => ({ creator, amountNanos })),
  );

test.each<[string, Record<string, bigint>[], Record<string, bigint>[], boolean]>([
  ['one share each', [{ ann: 3n }], [{ ann: 3n }], true],
  ['another amount', [{ ann: 3n }], [{ ann: 2n }], false],
  ['another creator', [{ ann: 3n }], [{ bob: 3n }], false],
  ['in two shares', [{ ann: 1n }, { ann: 2n }], [{ ann: 3n }], true],
  ['in another order', [{ ann: 1n }, { bob: 2n }], [{ bob: 2n }, { ann: 1n }], true],
  ['the same sum, shared otherwise', [{ ann: 1n }, { bob: 2n }], [{ ann: 2n }, { bob: 1n }], false],
  ['nobody, and one who gets something', [], [{ ann: 1n }], false],
])('tells whether creators have the same: %s', (_, some, others, alike) => {
  expect(areSharedAlike(sharesOf(some), sharesOf(others))).toBe(alike);
  expect(areSharedAlike(sharesOf(others), sharesOf(some))).toBe(alike);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocate, allocateRounded } from './allocate.js';
import { divideRounded } from './round.js';

const sum = (parts: readonly bigint[]): bigint => parts.reduce((total, part) => total + part, 0n);

test.each([
  [10n, [1n, 1n, 1n], [4n, 3n, 3n]],
  [-10n, [1n, 1n, 1n], [-4n, -3n, -3n]],
  [1n, [5000n, 5000n], [1n, 0n]],
  [100n, [7000n, 3000n], [70n, 30n]],
  [3n, [7000n, 3000n], [2n, 1n]],
  [0n, [1n, 2n], [0n, 0n]],
  [5n, [0n, 1n], [0n, 5n]],
  [2n, [1n, 2n, 3n], [0n, 1n, 1n]],
])('%s over %s is %s', (total, weights, parts) => {
  expect(allocate(total, weights)).toEqual(parts);
});

test('weights that are negative or sum to zero are a bug', () => {
  expect(() => allocate(1n, [1n, -1n])).toThrow('negative');
  expect(() => allocate(1n, [0n])).toThrow('zero');
  expect(() => allocate(1n, [])).toThrow('zero');
});

test('parts sum to the total, none has the opposite sign, each is within one of its quota', () => {
  const weights = fc
    .array(fc.bigInt(0n, 10n ** 20n), { minLength: 1, maxLength: 12 })
    .filter((all) => sum(all) > 0n);
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 19n), 10n ** 19n), weights, (total, all) => {
      const parts = allocate(total, all);
      expect(sum(parts)).toBe(total);
      parts.forEach((part, at) => {
        expect(part === 0n || part < 0n === total < 0n).toBe(true);
        const distance = part * sum(all) - total * (all[at] ?? 0n);
        expect((distance < 0n ? -distance : distance) < sum(all)).toBe(true);
      });
      expect(allocate(-total, all)).toEqual(parts.map((part) => -part));
    }),
  );
});

test.each([
  // total, exact amounts, unit → amounts
  [10n, [4n, 3n, 3n], 10n, [10n, 0n, 0n]],
  [20n, [15n, 15n, -10n], 10n, [20n, 10n, -10n]],
  [-10n, [-4n, -5n], 10n, [0n, -10n]],
  [0n, [4n, -4n], 10n, [0n, 0n]],
  [10n, [0n, 12n], 10n, [0n, 10n]],
  // A half that rounds down leaves less than the parts cut down to the unit.
  [-10n, [0n, -5n], 10n, [0n, -10n]],
  [0n, [10n, 10n], 10n, [0n, 0n]],
])('%s from %s by %s is %s', (total, exact, unit, amounts) => {
  expect(allocateRounded(total, exact, unit)).toEqual(amounts);
});

test('rounded parts sum to the rounded total and lie at most one unit from the exact ones', () => {
  const amounts = fc.array(fc.bigInt(-(10n ** 15n), 10n ** 15n), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(amounts, fc.constantFrom(1n, 7n, 10_000_000n), (exact, unit) => {
      const total = divideRounded(sum(exact), unit, 'half_up') * unit;
      const parts = allocateRounded(total, exact, unit);
      expect(sum(parts)).toBe(total);
      parts.forEach((part, at) => {
        const distance = part - (exact[at] ?? 0n);
        expect((distance < 0n ? -distance : distance) <= unit).toBe(true);
      });
    }),
  );
});

test('a total between units, or nothing to allocate to, is a bug', () => {
  expect(() => allocateRounded(5n, [5n], 10n)).toThrow('multiple');
  expect(() => allocateRounded(0n, [], 10n)).toThrow('nothing');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divideDown, divideRounded, divideUp, roundToMinor } from './round.js';

test.each([
  // numerator, denominator, half even, half up
  [1n, 2n, 0n, 1n],
  [3n, 2n, 2n, 2n],
  [5n, 2n, 2n, 3n],
  [-1n, 2n, 0n, -1n],
  [-3n, 2n, -2n, -2n],
  [-5n, 2n, -2n, -3n],
  [4n, 3n, 1n, 1n],
  [5n, 3n, 2n, 2n],
  [-5n, 3n, -2n, -2n],
  [0n, 7n, 0n, 0n],
])('%s / %s is %s half even and %s half up', (numerator, denominator, even, up) => {
  expect(divideRounded(numerator, denominator, 'half_even')).toBe(even);
  expect(divideRounded(numerator, denominator, 'half_up')).toBe(up);
});

test('a denominator that is not positive is a bug', () => {
  expect(() => divideRounded(1n, 0n, 'half_up')).toThrow('positive');
  expect(() => divideRounded(1n, -2n, 'half_up')).toThrow('positive');
});

test.each([
  // numerator, denominator, down, up
  [0n, 7n, 0n, 0n],
  [1n, 7n, 0n, 1n],
  [6n, 7n, 0n, 1n],
  [7n, 7n, 1n, 1n],
  [8n, 7n, 1n, 2n],
  [-1n, 7n, -1n, 0n],
  [-7n, 7n, -1n, -1n],
  [-8n, 7n, -2n, -1n],
])('%s / %s is %s down and %s up', (numerator, denominator, down, up) => {
  expect(divideDown(numerator, denominator)).toBe(down);
  expect(divideUp(numerator, denominator)).toBe(up);
});

test.each([
  ['USD', 1_005_000_000n, 1_000_000_000n, 1_010_000_000n],
  ['USD', -1_005_000_000n, -1_000_000_000n, -1_010_000_000n],
  ['JPY', 2_500_000_000n, 2_000_000_000n, 3_000_000_000n],
  ['KWD', 1_000_500_000n, 1_000_000_000n, 1_001_000_000n],
  ['CLF', 1_000_050_000n, 1_000_000_000n, 1_000_100_000n],
])('%s %s nanos round to %s or %s', (currency, nanos, even, up) => {
  expect(roundToMinor(nanos, currency, 'half_even')).toBe(even);
  expect(roundToMinor(nanos, currency, 'half_up')).toBe(up);
});

test('the result is never more than half a unit away, and symmetric about zero', () => {
  const mode = fc.constantFrom('half_even' as const, 'half_up' as const);
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt(1n, 10n ** 12n), mode, (numerator, denominator, chosen) => {
      const rounded = divideRounded(numerator, denominator, chosen);
      const error = (rounded * denominator - numerator) * 2n;
      expect((error < 0n ? -error : error) <= denominator).toBe(true);
      expect(divideRounded(-numerator, denominator, chosen)).toBe(-rounded);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatNanos, isAmountInRange, parseNanos } from './nanos.js';

test.each([
  [0n, '0.000000000'],
  [1n, '0.000000001'],
  [1_250_000n, '0.001250000'],
  [-1n, '-0.000000001'],
  [-12_345_678_900n, '-12.345678900'],
  [2n ** 63n - 1n, '9223372036.854775807'],
  [-(2n ** 63n), '-9223372036.854775808'],
])('%s nanos are written %s', (nanos, text) => {
  expect(formatNanos(nanos)).toBe(text);
  expect(parseNanos(text)).toEqual({ outcome: 'parsed', nanos });
});

test.each([
  ['', 'not_a_decimal'],
  ['.5', 'not_a_decimal'],
  ['5.', 'not_a_decimal'],
  ['+1', 'not_a_decimal'],
  ['01', 'not_a_decimal'],
  ['1e3', 'not_a_decimal'],
  ['1,5', 'not_a_decimal'],
  [' 1', 'not_a_decimal'],
  ['1\n', 'not_a_decimal'],
  ['١', 'not_a_decimal'],
  ['0.0000000001', 'too_many_decimals'],
  ['9223372036.854775808', 'amount_out_of_range'],
  ['-9223372036.854775809', 'amount_out_of_range'],
  ['1'.repeat(100_000), 'amount_out_of_range'],
])('%s is refused as %s', (text, reason) => {
  expect(parseNanos(text)).toEqual({ outcome: 'refused', reason });
});

test('what is written is read back, for every amount', () => {
  const amount = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
  fc.assert(
    fc.property(amount, (nanos) => {
      expect(parseNanos(formatNanos(nanos))).toEqual({ outcome: 'parsed', nanos });
    }),
  );
});

test('an amount is in range up to the last value of 64 bits', () => {
  expect(isAmountInRange(2n ** 63n - 1n)).toBe(true);
  expect(isAmountInRange(2n ** 63n)).toBe(false);
  expect(isAmountInRange(-(2n ** 63n))).toBe(true);
  expect(isAmountInRange(-(2n ** 63n) - 1n)).toBe(false);
});

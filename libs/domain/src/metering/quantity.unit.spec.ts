import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalQuantity,
  formatQuantity,
  mantissaOfQuantity,
  parseQuantity,
  quantityOfMantissa,
} from './quantity.js';

test.each([
  ['0', 0n, '0'],
  ['1', 1_000_000_000n, '1'],
  ['1.50', 1_500_000_000n, '1.5'],
  ['0.000000001', 1n, '0.000000001'],
  ['100', 100_000_000_000n, '100'],
  ['-0', 0n, '0'],
  [0, 0n, '0'],
  [-0, 0n, '0'],
  [42, 42_000_000_000n, '42'],
  [9_007_199_254_740_991, 9_007_199_254_740_991_000_000_000n, '9007199254740991'],
  ['9223372036854775807', 9_223_372_036_854_775_807_000_000_000n, '9223372036854775807'],
])('%s is %s, written %s', (value, quantity, text) => {
  expect(parseQuantity(value)).toEqual({ outcome: 'parsed', quantity });
  expect(formatQuantity(quantity)).toBe(text);
});

test.each([
  [undefined, 'value_missing'],
  [null, 'not_a_number'],
  [true, 'not_a_number'],
  [[1], 'not_a_number'],
  ['', 'not_a_number'],
  ['NaN', 'not_a_number'],
  ['1e3', 'not_a_number'],
  ['0x10', 'not_a_number'],
  ['1 ', 'not_a_number'],
  [Number.NaN, 'not_a_number'],
  [0.1, 'number_not_exact'],
  [2 ** 53, 'number_not_exact'],
  [1e300, 'number_not_exact'],
  [-1, 'negative_quantity'],
  [-Infinity, 'negative_quantity'],
  ['-0.5', 'negative_quantity'],
  ['0.00000000000000000001', 'too_many_decimals'],
  ['1.0000000000', 'too_many_decimals'],
  [JSON.parse('1e309'), 'quantity_out_of_range'],
  ['9223372036854775808', 'quantity_out_of_range'],
  ['9223372036.854775808', 'quantity_out_of_range'],
  ['9'.repeat(100_000), 'quantity_out_of_range'],
])('%.30s is refused as %s', (value, reason) => {
  expect(parseQuantity(value)).toEqual({ outcome: 'refused', reason });
});

test('a leaf writes nine places', () => {
  expect(canonicalQuantity(1_500_000_000n)).toBe('1.500000000');
  expect(canonicalQuantity(0n)).toBe('0.000000000');
  expect(canonicalQuantity(-1n)).toBe('-0.000000001');
});

test.each([
  [0n, { mantissa: 0n, scale: 0 }],
  [100_000_000_000n, { mantissa: 100n, scale: 0 }],
  [1_500_000_000n, { mantissa: 15n, scale: 1 }],
  [1n, { mantissa: 1n, scale: 9 }],
  [-10n, { mantissa: -1n, scale: 8 }],
])('%s travels as %o', (quantity, wire) => {
  expect(mantissaOfQuantity(quantity)).toEqual(wire);
  expect(quantityOfMantissa(wire)).toBe(quantity);
});

test('every quantity survives text and wire', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 63n - 1n), (quantity) => {
      expect(parseQuantity(formatQuantity(quantity))).toEqual({ outcome: 'parsed', quantity });
      expect(parseQuantity(canonicalQuantity(quantity))).toEqual({ outcome: 'parsed', quantity });
      expect(quantityOfMantissa(mantissaOfQuantity(quantity))).toBe(quantity);
    }),
  );
});

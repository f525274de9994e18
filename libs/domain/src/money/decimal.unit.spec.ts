import { expect, test } from 'vitest';
import { formatDecimal, mantissaAt, parseDecimal } from './decimal.js';

test.each([
  ['0', 0n, 0, '0'],
  ['0.00125', 125n, 5, '0.00125'],
  ['0.0020', 2n, 3, '0.002'],
  ['12.50', 125n, 1, '12.5'],
  ['-0.5', -5n, 1, '-0.5'],
  ['100', 100n, 0, '100'],
  ['0.000000000000000001', 1n, 18, '0.000000000000000001'],
])('%s is %s with %s places, written %s', (text, mantissa, scale, written) => {
  const decimal = { mantissa, scale };
  expect(parseDecimal(text)).toEqual({ outcome: 'parsed', decimal });
  expect(formatDecimal(decimal)).toBe(written);
});

test.each([
  ['1e-3', 'not_a_decimal'],
  ['', 'not_a_decimal'],
  ['0x10', 'not_a_decimal'],
  ['0.0000000000000000001', 'too_many_decimals'],
  ['1000000000000000000', 'decimal_out_of_range'],
])('%s is refused as %s', (text, reason) => {
  expect(parseDecimal(text)).toEqual({ outcome: 'refused', reason });
});

test('a mantissa moves to a finer scale and never to a coarser one', () => {
  expect(mantissaAt({ mantissa: 15n, scale: 1 }, 3)).toBe(1500n);
  expect(() => mantissaAt({ mantissa: 15n, scale: 1 }, 0)).toThrow('would lose digits');
});

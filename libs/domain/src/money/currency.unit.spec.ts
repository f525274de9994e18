import { expect, test } from 'vitest';
import { isCurrency, minorDigits, nanosPerMinor } from './currency.js';

test.each([
  ['USD', 2, 10_000_000n],
  ['EUR', 2, 10_000_000n],
  ['JPY', 0, 1_000_000_000n],
  ['KWD', 3, 1_000_000n],
  ['CLF', 4, 100_000n],
])('%s has %s digits', (currency, digits, nanos) => {
  expect(isCurrency(currency)).toBe(true);
  expect(minorDigits(currency)).toBe(digits);
  expect(nanosPerMinor(currency)).toBe(nanos);
});

test.each(['usd', 'XAU', 'XTS', 'DEM', '', 'toString'])('%s is no currency', (text) => {
  expect(isCurrency(text)).toBe(false);
  expect(() => minorDigits(text)).toThrow('unknown currency');
});

import { expect, test } from 'vitest';
import { ONE } from '../metering/quantity.js';
import { quantityInUnit, unitInWords } from './quantity-in-unit.js';

test.each([
  [5_250_000n * ONE, '1000000', '5.25'],
  [0n, '1000000', '0'],
  [ONE, '1', '1'],
  [-1_500n * ONE, '1000', '-1.5'],
  [ONE, '1048576', '0.000000954'],
  [10n * ONE, '3', '3.333333333'],
  [20n * ONE, '3', '6.666666667'],
  [5n * ONE, '10000000000', '0'],
  [15n * ONE, '10000000000', '0.000000002'],
  [ONE, '0.5', '2'],
])('%s of units of %s is %s', (quantity, size, shown) => {
  expect(quantityInUnit(quantity, { name: 'MB', size })).toBe(shown);
});

test.each([
  ['1', 'A unit is one seat.'],
  ['1.0', 'A unit is one seat.'],
  ['1000000', 'Usage is shown in seat, of 1,000,000 units each.'],
])('a unit of %s in words', (size, words) => {
  expect(unitInWords({ name: 'seat', size })).toBe(words);
});

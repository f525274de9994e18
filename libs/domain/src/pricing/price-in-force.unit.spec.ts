import { expect, test } from 'vitest';
import { priceInForce } from './price-in-force.js';

const version = (number: number, effectiveFrom: number) => ({ version: number, effectiveFrom });

test.each([
  ['none before the first', [version(1, 10)], 9, undefined],
  ['from its first instant on', [version(1, 10)], 10, 1],
  ['the latest that has begun', [version(1, 0), version(2, 10), version(3, 20)], 15, 2],
  ['by its time and not its number', [version(1, 10), version(2, 5)], 15, 1],
  ['of two at one time the higher version', [version(1, 10), version(2, 10)], 10, 2],
  ['in whatever order they come', [version(2, 10), version(1, 10)], 10, 2],
  ['nothing of nothing', [], 10, undefined],
])('%s', (_, versions, occurredAt, expected) => {
  expect(priceInForce(versions, occurredAt)?.version).toBe(expected);
});

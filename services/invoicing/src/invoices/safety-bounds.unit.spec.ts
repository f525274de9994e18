import { expect, test } from 'vitest';
import { reasonToPark } from './safety-bounds.js';

const DAY = 86_400_000_000;

test.each([
  // total, lines, days, earlier invoices and their sum → parked for
  [100n, 1, 30, undefined, undefined],
  [1_000n, 1, 30, { count: 2, totalNanos: 2n }, undefined],
  [1_000n, 1, 30, { count: 3, totalNanos: 300n }, undefined],
  [1_001n, 1, 30, { count: 3, totalNanos: 300n }, 'above_trailing_mean'],
  [1_001n, 1, 30, { count: 3, totalNanos: 0n }, undefined],
  [1n, 500, 1, undefined, undefined],
  [1n, 501, 1, undefined, 'too_many_lines'],
  [1n, 501, 2, undefined, undefined],
  [1n, 501, 0.5, undefined, 'too_many_lines'],
])(
  'a total of %s with %i lines over %s days after %o: %s',
  (totalNanos, lines, days, before, reason) => {
    expect(reasonToPark({ totalNanos, lines, from: 0, to: days * DAY }, before)).toBe(reason);
  },
);

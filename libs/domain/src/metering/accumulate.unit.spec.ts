import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accumulate } from './accumulate.js';

test.each([
  ['count', 5n, 1n, 6n],
  ['sum', 5n, 0n, 5n],
  ['sum', 5n, 7n, 12n],
  ['max', 5n, 4n, 5n],
  ['max', 5n, 5n, 5n],
  ['max', 5n, 6n, 6n],
  ['max', 0n, 0n, 0n],
] as const)('%s: %s and then %s is %s', (aggregation, before, reading, after) => {
  expect(accumulate(aggregation, before, reading)).toBe(after);
});

test('the greatest of a period is the same in any order', () => {
  const readings = fc.array(fc.bigInt({ min: 0n, max: 10n ** 27n }), { minLength: 1 });
  fc.assert(
    fc.property(readings, (all) => {
      const greatest = all.reduce((state, reading) => accumulate('max', state, reading), 0n);
      expect(greatest).toBe(all.toSorted((a, b) => (a < b ? -1 : 1)).at(-1));
    }),
    { numRuns: 10_000 },
  );
});

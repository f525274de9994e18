import { expect, test } from 'vitest';
import { checkWatermarks } from './join-check.js';

test.each([
  ['retention deleted what was never applied', 10n, { low: 12n, high: 30n }, 'data_lost'],
  ['the topic was made anew, or is another cluster', 10n, { low: 0n, high: 9n }, 'wrong_cluster'],
  ['all is applied', 10n, { low: 0n, high: 10n }, undefined],
  ['exactly the next record is still there', 10n, { low: 10n, high: 20n }, undefined],
])('%s', (_what, nextOffset, watermarks, reason) => {
  expect(checkWatermarks(nextOffset, watermarks)?.reason).toBe(reason);
});

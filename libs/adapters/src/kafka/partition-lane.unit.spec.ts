import { expect, test } from 'vitest';
import { PartitionLane } from './partition-lane.js';

test('the wait doubles with each failure, jittered, up to five seconds, and a success ends it', () => {
  const lane = new PartitionLane();
  const waits = Array.from({ length: 10 }, () => {
    lane.failed(0, () => 1);
    return lane.retryAtMs;
  });
  expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800]);
  expect(waits.at(-1)).toBe(5_000);
  lane.failed(0, () => 0);
  expect(lane.retryAtMs).toBe(2_500);
  lane.applied(7n);
  expect([lane.failures, lane.retryAtMs, lane.appliedOffset]).toEqual([0, 0, 8n]);
});

import { expect, test } from 'vitest';
import { eventIdentity, latestReading } from './latest-reading.js';

const at = (occurredAt: number, source: string, id: string) => ({
  occurredAt,
  identity: eventIdentity(source, id),
});
const STANDING = { quantity: 5n, mark: at(10, 'web', 'm') };

test.each([
  ['a later one stands', at(11, 'app', 'a'), 2n],
  ['an earlier one does not', at(9, 'web', 'z'), 0n],
  ['of one instant the greater source stands', at(10, 'web2', 'a'), 2n],
  ['of one instant the smaller source does not', at(10, 'we', 'z'), 0n],
  ['of one source the greater id stands', at(10, 'web', 'n'), 2n],
  ['of one source the smaller id does not', at(10, 'web', 'lz'), 0n],
  ['capitals come before small letters', at(10, 'web', 'Z'), 0n],
  ['the same event does not move it', at(10, 'web', 'm'), 0n],
])('%s', (_, mark, moves) => {
  const step = latestReading(STANDING, { quantity: 7n, mark });
  expect(step).toEqual({ quantity: moves, mark: moves === 0n ? STANDING.mark : mark });
});

test('the first stands whatever it reads, and a later one may lower it', () => {
  const mark = at(1, 'web', 'a');
  expect(latestReading({ quantity: 0n, mark: undefined }, { quantity: 0n, mark })).toEqual({
    quantity: 0n,
    mark,
  });
  const step = latestReading(STANDING, { quantity: 2n, mark: at(20, 'a', 'a') });
  expect(step.quantity).toBe(-3n);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chargeId, parseChargeId } from './charge-id.js';
import {
  comparePositions,
  formatPosition,
  isInRange,
  nextOffset,
  parsePosition,
  type Position,
} from './position.js';

const at = (generation: number, partition: number, offset: bigint, index: number): Position => ({
  generation,
  partition,
  offset,
  index,
});
const anyPosition: fc.Arbitrary<Position> = fc.record({
  generation: fc.nat(99),
  partition: fc.nat(47),
  offset: fc.bigInt(0n, 2n ** 63n - 1n),
  index: fc.nat(3000),
});

test('positions are ordered by generation, partition, offset and index', () => {
  const ordered = [
    at(1, 0, 9n, 9),
    at(1, 1, 2n, 0),
    at(1, 1, 2n, 1),
    at(1, 1, 10n, 0),
    at(2, 0, 0n, 0),
  ];
  const shuffled = [3, 0, 4, 2, 1].map((index) => ordered[index] ?? at(0, 0, 0n, 0));
  expect(shuffled.toSorted(comparePositions)).toEqual(ordered);
  expect(comparePositions(at(1, 2, 3n, 4), at(1, 2, 3n, 4))).toBe(0);
});

test('a range contains its from and not its to', () => {
  const range = { from: at(1, 0, 5n, 3), to: at(1, 0, 7n, 0) };
  expect(isInRange(at(1, 0, 5n, 3), range)).toBe(true);
  expect(isInRange(at(1, 0, 6n, 999), range)).toBe(true);
  expect(isInRange(at(1, 0, 5n, 2), range)).toBe(false);
  expect(isInRange(at(1, 0, 7n, 0), range)).toBe(false);
});

test("after an offset's last index comes the next offset's first", () => {
  expect(nextOffset(at(1, 2, 3n, 4))).toEqual(at(1, 2, 4n, 0));
});

test('positions and charge ids are read back as written', () => {
  expect(chargeId({ ...at(1, 2, 3n, 4), n: 5 })).toBe('chg_1-2-3-4-5');
  fc.assert(
    fc.property(anyPosition, fc.nat(9), (position, n) => {
      expect(parsePosition(formatPosition(position))).toEqual(position);
      expect(parseChargeId(chargeId({ ...position, n }))).toEqual({ ...position, n });
    }),
  );
});

test.each(['', '1-2-3', '1-2-3-4-5', '01-2-3-4', '1-2--3-4', 'a-2-3-4', '1-2-3-4\n'])(
  '%j is no position',
  (text) => {
    expect(parsePosition(text)).toBeUndefined();
  },
);

test.each([
  '',
  'chg_',
  'chg_1-2-3-4',
  'chg_1-2-3-4-05',
  '1-2-3-4-5',
  'chg_1-2-3-4-5-6',
  'CHG_1-2-3-4-5',
])('%j is no charge id', (text) => {
  expect(parseChargeId(text)).toBeUndefined();
});

import { create } from '@bufbuild/protobuf';
import { EchoSchema } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { expect, test } from 'vitest';
import { stretchesOf, trimMessage, type Placed, type RangedMessage } from './ranged-message.js';

const at = (offset: bigint, index = 0) => ({ generation: 1, partition: 3, offset, index });

function message(
  from: bigint,
  to: bigint,
  items: readonly Placed[] = [],
  barriers: readonly Placed[] = [],
): RangedMessage<Placed> {
  const echoes = barriers.map(({ offset, index }) =>
    create(EchoSchema, {
      offset,
      index,
      record: { case: 'barrierPassed', value: { runId: `run-${offset}` } },
    }),
  );
  return { from: at(from), to: at(to), items, echoes };
}

const item = (offset: bigint, index = 0): Placed => ({ offset, index });

test('the first message of a partition, and one that begins where the last ended, are whole', () => {
  const whole = message(4n, 6n, [item(4n), item(5n)]);
  expect(trimMessage(whole, undefined, 3)).toBe(whole);
  expect(trimMessage(whole, { generation: 1, offset: 4n, index: 0 }, 3)).toBe(whole);
});

test('what was applied is trimmed, inside of an offset too', () => {
  const again = message(4n, 7n, [item(4n), item(5n, 0), item(5n, 1), item(6n)], [item(5n, 0)]);
  const trimmed = trimMessage(again, { generation: 1, offset: 5n, index: 1 }, 3);
  expect(trimmed?.items).toEqual([item(5n, 1), item(6n)]);
  expect(trimmed?.echoes).toEqual([]);
  expect(trimMessage(again, { generation: 1, offset: 7n, index: 0 }, 3)).toBeUndefined();
  expect(trimMessage(again, { generation: 1, offset: 9n, index: 0 }, 3)).toBeUndefined();
});

test('a missing range stops the partition, and so does a range of another one', () => {
  expect(() => trimMessage(message(4n, 6n), { generation: 1, offset: 3n, index: 9 }, 3)).toThrow(
    'positions are missing: 1-3-4-0 follows 1-3-3-9',
  );
  expect(() => trimMessage(message(4n, 6n), undefined, 2)).toThrow('partition 2');
});

test('a later generation follows an earlier one', () => {
  const next = { ...message(0n, 1n, [item(0n)]), from: at(0n), to: at(1n) };
  const later = {
    ...next,
    from: { ...next.from, generation: 2 },
    to: { ...next.to, generation: 2 },
  };
  expect(() => trimMessage(later, { generation: 1, offset: 9n, index: 0 }, 3)).toThrow('missing');
  expect(trimMessage(next, { generation: 2, offset: 0n, index: 0 }, 3)).toBeUndefined();
});

test('a barrier parts what lies before it from what lies at its place or after', () => {
  const messages = [
    message(1n, 4n, [item(1n), item(2n, 0), item(2n, 1), item(3n)], [item(2n, 1), item(3n, 5)]),
    message(4n, 6n, [item(4n), item(5n)], [item(5n, 1)]),
    message(6n, 7n, [item(6n)]),
  ];
  const stretches = stretchesOf(messages).map(({ items, barrier }) => [items, barrier?.runId]);
  expect(stretches).toEqual([
    [[item(1n), item(2n, 0)], 'run-2'],
    [[item(2n, 1), item(3n)], 'run-3'],
    [[item(4n), item(5n)], 'run-5'],
    [[item(6n)], undefined],
  ]);
});

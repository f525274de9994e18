import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import { EchoSchema } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { trimRatedMessage } from './trim-rated-message.js';

const position = (offset: bigint, index = 0) => ({ generation: 1, partition: 0, offset, index });
const at = (offset: bigint, index = 0) => ({ generation: 1, offset, index });
const echo = (customer: string, offset: bigint, index = 0) =>
  create(EchoSchema, {
    offset,
    index,
    record: { case: 'customerChanged', value: { customer } },
  });

/** [3.0, 5.2): one customer in the middle of an envelope, one in another. */
const message = {
  from: position(3n),
  to: position(5n, 2),
  echoes: [echo('a', 3n, 7), echo('b', 5n, 1)],
};

test.each([
  [undefined, ['a', 'b'], at(5n, 2)],
  [at(3n), ['a', 'b'], at(5n, 2)],
  [at(3n, 7), ['a', 'b'], at(5n, 2)],
  [at(3n, 8), ['b'], at(5n, 2)],
  [at(5n, 1), ['b'], at(5n, 2)],
  [at(5n, 2), [], at(5n, 2)],
  [at(9n), [], at(9n)],
  [{ ...at(0n), generation: 2 }, [], { ...at(0n), generation: 2 }],
])('with %o applied it tells of %j and reaches %o', (applied, customers, reached) => {
  const trimmed = trimRatedMessage(message, applied);
  expect(trimmed.customers.map(({ customer }) => customer)).toEqual(customers);
  expect(trimmed.nextPosition).toEqual(reached);
});

test('a range that starts above what was applied stops the partition', () => {
  expect(() => trimRatedMessage(message, at(2n, 9))).toThrow(PartitionHalted);
});

import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import { createRecordProducer } from '@farthing/adapters/kafka/record-producer';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createRatingDatabase,
  envelopeOf,
  logger,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { LogIncomplete, replayLog, type ReplayedLog } from './replay-log.js';

let topics: TestTopics;
let kafka: KafkaConnection;
let scratch: RatingDatabase;

beforeAll(async () => {
  topics = await createTestTopics({ partitions: 2 });
  scratch = await createRatingDatabase();
  const { brokers, prefix: topicPrefix } = topics;
  kafka = createKafka({ brokers, clientId: 'spec', topicPrefix, logger });
  const producer = createRecordProducer({ kafka });
  const records = ['1', '2', '3'].map((id) => ({ value: envelopeOf([{ id }]) }));
  await producer.send({ topic: TOPICS.usageAccepted, partition: 0, records, deadlineMs: 10_000 });
  await producer.close();
});

afterAll(async () => {
  await Promise.all([topics.drop(), scratch.drop()]);
});

function replayTo(partition: number, nextOffset: bigint, nextIndex = 0): Promise<ReplayedLog> {
  return replayLog({
    kafka,
    scratch: scratch.batch,
    reaches: [{ partition, nextOffset, nextIndex }],
    horizonMs: 86_400_000,
    logger,
    onProgress: () => {},
  });
}

test('a log that ends before what rating has applied is refused', async () => {
  const refused = replayTo(0, 4n);
  await expect(refused).rejects.toThrow(LogIncomplete);
  await expect(refused).rejects.toThrow(
    'partition 0 of the log holds offsets 0 to 3, and rating has applied 0 to 4',
  );
  // Rating stands inside of record 3, which is needed as a whole.
  await expect(replayTo(0, 3n, 1)).rejects.toThrow(LogIncomplete);
  await expect(replayTo(7, 1n)).rejects.toThrow(LogIncomplete);
});

test('nothing is rated where rating has applied nothing', async () => {
  expect(await replayTo(0, 0n)).toMatchObject({ records: 0 });
  expect(await scratch.charges()).toEqual([]);
});

test('a log whose beginning retention has deleted is refused', async () => {
  const admin = kafka.kafka.admin();
  await admin.connect();
  const topic = kafka.withPrefix(TOPICS.usageAccepted);
  // kafkajs deletes only of a topic whose leaders it has asked for before.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] });
  await admin.disconnect();
  await expect(replayTo(0, 3n)).rejects.toThrow('holds offsets 1 to 3');
});

import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { until } from '@farthing/testing/until';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { createKafka, type KafkaConnection } from './kafka-client.js';
import { createRecordProducer, type RecordProducer } from './record-producer.js';
import { createTopicAdmin, type TopicAdmin } from './topic-admin.js';
import { createWholeTopicReader } from './whole-topic-reader.js';

const logger = createLogger({ service: 'test', level: 'silent' });
let topics: TestTopics;
let kafka: KafkaConnection;
let admin: TopicAdmin;
let producer: RecordProducer;

beforeAll(async () => {
  topics = await createTestTopics({ declared: false });
  kafka = createKafka({
    brokers: topics.brokers,
    clientId: 'spec',
    topicPrefix: topics.prefix,
    logger,
  });
  admin = createTopicAdmin(kafka);
  producer = createRecordProducer({ kafka });
});

afterAll(async () => {
  await producer.close();
  await admin.close();
  await topics.drop();
});

async function topicWith(name: string, texts: readonly string[]): Promise<string> {
  await admin.ensureTopics([{ name, partitions: 1 }]);
  if (texts.length > 0) await send(name, texts);
  return name;
}

const send = (topic: string, texts: readonly string[]) =>
  producer.send({
    topic,
    partition: 0,
    records: texts.map((text) => ({ value: Buffer.from(text) })),
  });

function readerOf(topic: string, seen: string[]) {
  const onRecord = ({ value }: { value: Buffer | null }) => void seen.push(value!.toString());
  return createWholeTopicReader({ kafka, topic, service: 'spec', onRecord, logger });
}

test('every reader has everything, and what was made a moment ago is read when it asks', async () => {
  const topic = await topicWith('facts', ['a', 'b']);
  const [one, two]: [string[], string[]] = [[], []];
  const readers = await Promise.all([readerOf(topic, one), readerOf(topic, two)]);
  await Promise.all(readers.map((reader) => reader.readToEndAsOfNow()));
  expect([one, two]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  await send(topic, ['c']);
  const startedAtMs = Date.now();
  await Promise.all(readers.map((reader) => reader.readToEndAsOfNow()));
  expect([one.at(-1), two.at(-1)]).toEqual(['c', 'c']);
  expect(Date.now() - startedAtMs).toBeLessThan(3_000);
  await Promise.all(readers.map((reader) => reader.close()));
  const raw = kafka.kafka.admin();
  await raw.connect();
  const { groups } = await raw.listGroups();
  await raw.disconnect();
  expect(groups.filter(({ groupId }) => groupId.startsWith(topics.prefix))).toEqual([]);
});

test('an empty topic is read to its end at once', async () => {
  const seen: string[] = [];
  const reader = await readerOf(await topicWith('empty', []), seen);
  await reader.readToEndAsOfNow(1_000);
  await reader.close();
  expect(seen).toEqual([]);
});

test('a record that cannot be applied ends the process: a projection with a hole lies', async () => {
  const topic = await topicWith('bad-facts', ['a']);
  const fatals: unknown[] = [];
  const reader = await createWholeTopicReader({
    kafka,
    topic,
    service: 'spec',
    logger,
    onFatal: (error) => fatals.push(error),
    onRecord: () => {
      throw new Error('unknown kind');
    },
  });
  await until('the end', () => fatals.length > 0);
  expect(fatals[0]).toMatchObject({ message: 'unknown kind' });
  await reader.close();
});

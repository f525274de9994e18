import { setTimeout as sleep } from 'node:timers/promises';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { createKafka, type KafkaConnection } from './kafka-client.js';
import { createRecordProducer } from './record-producer.js';
import { createTopicAdmin, type TopicAdmin } from './topic-admin.js';

const logger = createLogger({ service: 'test', level: 'silent' });
let topics: TestTopics;
let kafka: KafkaConnection;
let admin: TopicAdmin;

beforeAll(async () => {
  topics = await createTestTopics({ declared: false });
  kafka = createKafka({
    brokers: topics.brokers,
    clientId: 'spec',
    topicPrefix: topics.prefix,
    logger,
  });
  admin = createTopicAdmin(kafka);
  await admin.ensureTopics([
    { name: 'readings', partitions: 2, config: { 'max.message.bytes': '100000' } },
  ]);
});

afterAll(async () => {
  await admin.close();
  await topics.drop();
});

const record = (text: string) => ({ value: Buffer.from(text) });

test('offsets are dense, in the order of the calls, and each call gets its own', async () => {
  const producer = createRecordProducer({ kafka });
  const send = (...texts: string[]) =>
    producer.send({ topic: 'readings', partition: 1, records: texts.map(record) });
  const bases = await Promise.all([send('a'), send('b', 'c'), send('d')]);
  expect(bases.map((base) => base - bases[0]!)).toEqual([0n, 1n, 3n]);
  const marks = await admin.watermarks('readings');
  expect(marks.get(1)).toEqual({ low: 0n, high: bases[2]! + 1n });
  expect(marks.get(0)).toEqual({ low: 0n, high: 0n });
  await producer.close();
});

test('ensureTopics makes what is missing and leaves the rest', async () => {
  expect(await admin.ensureTopics([{ name: 'readings', partitions: 9 }])).toEqual([]);
  expect(await admin.listTopics()).toEqual(['readings']);
  expect(await admin.watermarks('absent')).toEqual(new Map());
});

test('a record that the topic refuses fails by itself, and the next one is sent', async () => {
  const producer = createRecordProducer({ kafka });
  const large = producer.send({
    topic: 'readings',
    partition: 0,
    records: [record('x'.repeat(200_000))],
  });
  const next = producer.send({ topic: 'readings', partition: 0, records: [record('small')] });
  await expect(large).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
  expect(await next).toBe(0n);
  await producer.close();
});

test('without Kafka a send ends at its own deadline, and the queue is bounded', async () => {
  const away = createKafka({ brokers: ['127.0.0.1:1'], clientId: 'spec', topicPrefix: '', logger });
  const producer = createRecordProducer({ kafka: away, maxQueuedBytes: 10 });
  const send = (text: string) =>
    producer.send({ topic: 'readings', partition: 0, records: [record(text)], deadlineMs: 200 });
  const first = send('123456');
  await expect(send('7890123')).rejects.toMatchObject({ name: 'Overloaded' });
  const startedAtMs = Date.now();
  await expect(first).rejects.toMatchObject({ name: 'DeadlineExceeded' });
  expect(Date.now() - startedAtMs).toBeLessThan(1_000);
  await producer.close();
});

test('an idle client does not spin', async () => {
  const producer = createRecordProducer({ kafka });
  await producer.send({ topic: 'readings', partition: 0, records: [record('wake')] });
  await sleep(300);
  const before = process.cpuUsage();
  await sleep(1_500);
  const used = process.cpuUsage(before);
  // With kafkajs' own timer this is above 40 ms.
  expect((used.user + used.system) / 1_000).toBeLessThan(30);
  await producer.close();
});

import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { until } from '@farthing/testing/until';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.js';
import { BatchAligner } from './align-batch.js';
import { BatchConsumerStrategy, type BatchConsumerOptions } from './batch-consumer-strategy.js';
import { BatchHandler, type BatchOutcome, type RecordBatch } from './batch-handler.js';
import { createKafka, type KafkaConnection } from './kafka-client.js';
import { PartitionHalted } from './kafka-errors.js';
import { createRecordProducer, type RecordProducer } from './record-producer.js';
import { createTopicAdmin, type TopicAdmin } from './topic-admin.js';

const logger = createLogger({ service: 'test', level: 'silent' });
let topics: TestTopics;
let kafka: KafkaConnection;
let admin: TopicAdmin;
let producer: RecordProducer;
let handle: (batch: RecordBatch) => Promise<BatchOutcome>;
let turn = 0;
const started: INestMicroservice[] = [];

@Controller()
class ReadingsConsumer {
  @BatchHandler('readings')
  handle(batch: RecordBatch): Promise<BatchOutcome> {
    return handle(batch);
  }
}

@Module({ controllers: [ReadingsConsumer] })
class ReadingsModule {}

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

afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.close()));
});

afterAll(async () => {
  await producer.close();
  await admin.close();
  await topics.drop();
});

async function freshTopic(partitions = 1): Promise<string> {
  const name = `readings-${(turn += 1)}`;
  await admin.ensureTopics([{ name, partitions }]);
  return name;
}

async function send(topic: string, texts: readonly string[], partition = 0): Promise<bigint> {
  return producer.send({
    topic,
    partition,
    records: texts.map((text) => ({ value: Buffer.from(text) })),
  });
}

async function consume(topic: string, options: Partial<BatchConsumerOptions> = {}) {
  const halts: string[] = [];
  const fatals: unknown[] = [];
  const strategy = new BatchConsumerStrategy({
    kafka,
    groupId: `spec.${topic}`,
    handles: 'readings',
    topics: async () => [topic],
    logger,
    onHalt: (_topic, _partition, cause) => halts.push(cause.reason),
    onFatal: (error) => fatals.push(error),
    sessionTimeoutMs: 6_000,
    ...options,
  });
  const app = await NestFactory.createMicroservice(ReadingsModule, { strategy, logger: false });
  started.push(app);
  await app.listen();
  return { strategy, halts, fatals, app };
}

const textsOf = (batch: RecordBatch) => batch.records.map(({ value }) => value!.toString());

test('a batch arrives with bytes, bigint offsets and the log-append time, and lag tools see the commit', async () => {
  const topic = await freshTopic();
  const seen: RecordBatch[] = [];
  handle = async (batch) => void seen.push(batch);
  await send(topic, ['a', 'b']);
  const { app } = await consume(topic);
  await until('the batch', () => seen.flatMap(textsOf).length === 2);
  expect(seen[0]).toMatchObject({
    topic,
    partition: 0,
    highWatermark: 2n,
    records: [{ offset: 0n }, { offset: 1n }],
  });
  expect(Math.abs(seen[0]!.records[0]!.appendedAtMs - Date.now())).toBeLessThan(60_000);
  await started.splice(0)[0]!.close();
  expect(app).toBeDefined();
  expect(await admin.committedOffsets(`spec.${topic}`, topic)).toEqual(new Map([[0, 2n]]));
});

test('partitions run side by side, each in its order', async () => {
  const topic = await freshTopic(4);
  const seen = new Map<number, string[]>();
  let running = 0;
  let most = 0;
  handle = async (batch) => {
    most = Math.max(most, (running += 1));
    await sleep(100);
    running -= 1;
    seen.set(batch.partition, [...(seen.get(batch.partition) ?? []), ...textsOf(batch)]);
  };
  const numbers = Array.from({ length: 20 }, (_, n) => String(n));
  for (const partition of [0, 1, 2, 3]) {
    for (const number of numbers) await send(topic, [number], partition);
  }
  await consume(topic);
  await until('all records', () => [...seen.values()].flat().length === 80);
  for (const texts of seen.values()) expect(texts).toEqual(numbers);
  expect(most).toBeGreaterThan(1);
});

test('a transient failure is retried in place with the same records', async () => {
  const topic = await freshTopic();
  const tries: string[][] = [];
  handle = async (batch) => {
    tries.push(textsOf(batch));
    if (tries.length < 3) throw Object.assign(new Error('deadlock'), { code: '40P01' });
  };
  await send(topic, ['a']);
  await consume(topic);
  await until('the third try', () => tries.length === 3);
  await send(topic, ['b']);
  await until('the next batch', () => tries.length === 4);
  expect(tries).toEqual([['a'], ['a'], ['a'], ['b']]);
});

test('a partition that keeps failing rests, and the others go on meanwhile', async () => {
  const topic = await freshTopic(2);
  const seen: string[] = [];
  let broken = true;
  handle = async (batch) => {
    if (batch.partition === 0 && broken) throw Object.assign(new Error('full'), { code: '53100' });
    seen.push(...textsOf(batch));
  };
  await send(topic, ['stuck'], 0);
  await consume(topic, { maxAttemptsInPlace: 1, pauseMs: 2_000 });
  await sleep(1_000);
  await send(topic, ['fluent'], 1);
  await until('the other partition', () => seen.includes('fluent'));
  expect(seen).toEqual(['fluent']);
  broken = false;
  await until('the rest to end', () => seen.includes('stuck'));
});

test.each([
  ['a TypeError', () => new TypeError('x is not a function')],
  ['a broken invariant', () => new Error('sum is off')],
])(
  '%s in a handler ends the process instead of stopping the consumer silently',
  async (_what, error) => {
    const topic = await freshTopic();
    const thrown = error();
    handle = async () => {
      throw thrown;
    };
    await send(topic, ['a']);
    const { fatals } = await consume(topic);
    await until('the end', () => fatals.length > 0);
    expect(fatals[0]).toBe(thrown);
  },
);

test.each([
  ['a gap', () => new PartitionHalted('gap', 'hole'), 'gap'],
  [
    'an unrecorded refusal',
    () => Object.assign(new Error('x'), { code: '23505' }),
    'unrecorded_failure',
  ],
])('%s stops the partition with an alarm and skips nothing', async (_what, error, reason) => {
  const topic = await freshTopic();
  let calls = 0;
  handle = async () => {
    calls += 1;
    throw error();
  };
  await send(topic, ['a']);
  const { strategy, halts } = await consume(topic);
  await until('the alarm', () => halts.length > 0);
  await send(topic, ['b']);
  await sleep(1_500);
  expect([calls, halts, strategy.haltedPartitions()]).toEqual([1, [reason], [`${topic}/0`]]);
});

test('a rebalance met inside a handler is rethrown untouched, and the records come again', async () => {
  const topic = await freshTopic();
  const seen: string[] = [];
  handle = async (batch) => {
    seen.push(...textsOf(batch));
    if (seen.length === 1)
      throw Object.assign(new Error('rebalance'), { type: 'ILLEGAL_GENERATION' });
  };
  await send(topic, ['a']);
  const { halts, fatals } = await consume(topic);
  await until('the second delivery', () => seen.length === 2);
  expect([seen, halts, fatals]).toEqual([['a', 'a'], [], []]);
});

test('a consumer that kafkajs gives up on ends the process', async () => {
  const topic = await freshTopic();
  // Passes our classification as a rebalance; kafkajs takes it for something that no retry will mend.
  const fatal = Object.assign(new Error('give up'), {
    name: 'KafkaJSNotImplemented',
    failureClass: 'rebalance',
  });
  handle = async () => {
    throw fatal;
  };
  await send(topic, ['a']);
  const { fatals } = await consume(topic);
  await until('the end', () => fatals.length > 0);
  expect(fatals).toEqual([fatal]);
});

test('it starts where the database says, whatever was committed to Kafka', async () => {
  const topic = await freshTopic();
  await send(topic, ['a', 'b', 'c', 'd']);
  const aligner = new BatchAligner();
  const seen: string[] = [];
  let nextOffset = 2n;
  handle = async (batch) => {
    const aligned = aligner.align(batch, nextOffset);
    if (aligned.outcome !== 'apply') return;
    seen.push(...aligned.records.map(({ value }) => value!.toString()));
    nextOffset = aligned.records.at(-1)!.offset + 1n;
  };
  const first = await consume(topic, { storedNextOffset: async () => nextOffset });
  await until('the rest', () => seen.length === 2);
  await first.app.close();
  started.splice(0);
  // A database restored to an earlier state than Kafka's: the committed offset is now above the stored one.
  nextOffset = 1n;
  await consume(topic);
  await send(topic, ['e']);
  await until('the replay', () => seen.length === 6);
  expect(seen).toEqual(['c', 'd', 'b', 'c', 'd', 'e']);
});

test('records deleted before they were applied stop the partition', async () => {
  const topic = await freshTopic();
  await send(topic, ['a', 'b', 'c']);
  const raw = kafka.kafka.admin();
  await raw.connect();
  await raw.fetchTopicOffsets(kafka.withPrefix(topic));
  await raw.deleteTopicRecords({
    topic: kafka.withPrefix(topic),
    partitions: [{ partition: 0, offset: '2' }],
  });
  await raw.disconnect();
  handle = async () => undefined;
  const { halts } = await consume(topic, { storedNextOffset: async () => 1n });
  await until('the alarm', () => halts.length > 0);
  expect(halts).toEqual(['data_lost']);
});

test('a log that ends below what was applied stops the partition', async () => {
  const topic = await freshTopic();
  await send(topic, ['a']);
  handle = async () => undefined;
  const { halts } = await consume(topic, { storedNextOffset: async () => 50n });
  await until('the alarm', () => halts.length > 0);
  expect(halts).toEqual(['wrong_cluster']);
});

// A member that rejoined under load stopped its partition for good: 62 was applied but the log ended at 58, because
// the end had been asked before the applied offset, and four records came and were applied in between.
test('what is appended and applied during the check on join is no wrong cluster', async () => {
  const topic = await freshTopic();
  await send(topic, ['a']);
  const seen: string[] = [];
  handle = async (batch) => void seen.push(...textsOf(batch));
  let checked = 0;
  const storedNextOffset = async () => {
    checked += 1;
    return (await send(topic, ['b'])) + 1n;
  };
  const { halts } = await consume(topic, { storedNextOffset });
  await until('the check', () => checked > 0);
  await send(topic, ['c']);
  await until('the last record', () => seen.includes('c'));
  expect(halts).toEqual([]);
});

test('one batch settles while the next is handled, and a failure takes both back', async () => {
  const topic = await freshTopic();
  const handled: string[] = [];
  const applied: string[] = [];
  let fail = true;
  let previous: Promise<void> = Promise.resolve();
  const settle = async (batch: RecordBatch, after: Promise<void>) => {
    await after;
    await sleep(400);
    if (batch.isStale()) return;
    if (fail && textsOf(batch).includes('b')) {
      fail = false;
      throw Object.assign(new Error('serialization'), { code: '40001' });
    }
    applied.push(...textsOf(batch));
  };
  handle = async (batch) => {
    handled.push(textsOf(batch).join(''));
    const settled = settle(batch, previous);
    previous = settled.catch(() => undefined);
    return { settled };
  };
  await consume(topic);
  await send(topic, ['a']);
  await until('a', () => handled.length === 1);
  await send(topic, ['b']);
  await until(
    'b to be handled while a settles',
    () => handled.length === 2 && applied.length === 0,
  );
  await send(topic, ['c']);
  await until('everything', () => applied.length === 3);
  expect(applied).toEqual(['a', 'b', 'c']);
});

test('a handler longer than the session keeps its membership', async () => {
  const topic = await freshTopic();
  let calls = 0;
  handle = async () => {
    calls += 1;
    await sleep(8_000);
  };
  await send(topic, ['a']);
  const { strategy } = await consume(topic, { sessionTimeoutMs: 6_000 });
  await until('the start', () => calls === 1);
  await sleep(9_500);
  expect(calls).toBe(1);
  expect(strategy.millisSinceLastPoll()).toBeLessThan(2_000);
});

test('a longer list of topics is read after resubscribe', async () => {
  const [first, second] = [await freshTopic(), await freshTopic()];
  const names = [first];
  const seen: string[] = [];
  handle = async (batch) =>
    void seen.push(...textsOf(batch).map((text) => `${batch.topic}:${text}`));
  await send(first, ['a']);
  await send(second, ['b']);
  const { strategy } = await consume('many', { topics: async () => names });
  await until('the first', () => seen.length === 1);
  names.push(second);
  await strategy.resubscribe();
  await until('the second', () => seen.includes(`${second}:b`));
  expect(seen[0]).toBe(`${first}:a`);
});

test('two members share the partitions, and one that leaves loses nothing', async () => {
  const topic = await freshTopic(4);
  const seen = new Set<string>();
  handle = async (batch) => textsOf(batch).forEach((text) => seen.add(text));
  await consume(topic);
  const second = await consume(topic);
  for (let n = 0; n < 40; n += 1) await send(topic, [String(n)], n % 4);
  await second.app.close();
  started.pop();
  for (let n = 40; n < 80; n += 1) await send(topic, [String(n)], n % 4);
  await until('all records', () => seen.size >= 80);
  expect([...seen].map(Number).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 80 }, (_, n) => n),
  );
});

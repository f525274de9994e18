import pg from 'pg';
import type { KafkaMessage } from 'kafkajs';
import { costOf } from '@farthing/domain/pricing/cost';
import { compileModel } from '@farthing/domain/pricing/price-model';
import { benchKafka } from './kafka-topic.js';
import { BENCH_PRICES } from './tariff.js';
import { TextbookNames } from './textbook-names.js';
import type { TextbookRecord } from './textbook-record.js';
import {
  addEventCounts,
  addToCounters,
  insertCharges,
  insertIntoInbox,
  type TextbookCharge,
  type TextbookCount,
  type TextbookEvent,
  type TextbookUsage,
} from './textbook-tables.js';

/**
 * The worker of the textbooks, as a process: a record an event, JSON, batches of them in one
 * transaction each, an inbox and charges by `unnest`, names by numbers that it remembers, counters
 * added up in SQL, offsets committed to Kafka after the transaction (the inbox makes a second delivery
 * harmless).
 */
const { BENCH_BROKERS, BENCH_TOPIC, BENCH_GROUP, BENCH_DATABASE_URL } = process.env;

/** None of 1,000, 2,000 and 10,000 was measured to be faster. */
const EVENTS_PER_TRANSACTION = 5_000;
/** None of 1, 2 and 8 was measured to be faster. */
const PARTITIONS_AT_ONCE = 4;
const NANO = 1_000_000_000n;

const prices = BENCH_PRICES.map(({ key, value, model }) => ({
  key,
  countsBytes: value !== undefined,
  model: compileModel(model),
}));
const pool = new pg.Pool({ connectionString: BENCH_DATABASE_URL, max: PARTITIONS_AT_ONCE });
const names = new TextbookNames(
  pool,
  prices.map(({ key }) => key),
);

const consumer = benchKafka(BENCH_BROKERS!).consumer({
  groupId: BENCH_GROUP!,
  maxBytesPerPartition: 4 * 1024 * 1024,
  maxBytes: 32 * 1024 * 1024,
});
await consumer.connect();
await consumer.subscribe({ topic: BENCH_TOPIC!, fromBeginning: true });
await consumer.run({
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
  eachBatch: async (payload) => {
    const { messages, partition } = payload.batch;
    for (let at = 0; at < messages.length; at += EVENTS_PER_TRANSACTION) {
      if (payload.isStale()) return;
      const chunk = messages.slice(at, at + EVENTS_PER_TRANSACTION);
      await apply(chunk, partition);
      payload.resolveOffset(chunk.at(-1)!.offset);
      await payload.heartbeat();
    }
  },
});
process.once('SIGTERM', () => {
  void consumer
    .disconnect()
    .then(() => pool.end())
    .then(() => process.exit(0));
});

async function apply(messages: readonly KafkaMessage[], partition: number): Promise<void> {
  const events = messages.map(({ value, offset }) => ({
    ...(JSON.parse(value!.toString()) as TextbookRecord),
    offset: Number(offset),
  }));
  await names.learn(events);
  const client = await pool.connect();
  try {
    await client.query('begin');
    await applyIn(client, events, partition);
    await client.query('commit');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function applyIn(
  client: pg.PoolClient,
  events: readonly TextbookEvent[],
  partition: number,
): Promise<void> {
  const byKey = new Map<string, TextbookEvent>();
  for (const event of events) if (!byKey.has(event.key)) byKey.set(event.key, event);
  const free = await insertIntoInbox(client, [...byKey.values()], partition);
  const applied = [...byKey.values()].filter(({ key }) => free.has(key));
  await charge(client, applied, partition);
  await addEventCounts(client, countsOf(events, new Set(applied)), partition);
}

/** Adds the batch's usage up, moves the counters, and prices each event from where its counter stood. */
async function charge(
  client: pg.PoolClient,
  events: readonly TextbookEvent[],
  partition: number,
): Promise<void> {
  const charged = events.filter(({ data }) => data.status === 200);
  if (charged.length === 0) return;
  const usage = new Map<string, TextbookUsage>();
  for (const event of charged) {
    const usageFrom = monthOf(event.occurredAt).from;
    for (const { key: price, countsBytes } of prices) {
      const { tenant, customer } = event;
      const quantity = countsBytes ? event.data.bytes : 1;
      const id = counterId({ tenant, customer, price, usageFrom });
      const known = usage.get(id);
      if (known) known.quantity += quantity;
      else usage.set(id, { tenant, customer, price, usageFrom, quantity });
    }
  }
  const stands = new Map<string, bigint>();
  for (const counter of await addToCounters(client, [...usage.values()])) {
    const id = counterId(counter);
    stands.set(id, counter.quantity - BigInt(usage.get(id)!.quantity) * NANO);
  }
  await insertCharges(client, chargesOf(charged, stands), { partition, names });
}

function chargesOf(
  events: readonly TextbookEvent[],
  stands: Map<string, bigint>,
): TextbookCharge[] {
  const charges: TextbookCharge[] = [];
  for (const event of events) {
    const { from, month } = monthOf(event.occurredAt);
    prices.forEach((price, n) => {
      const { tenant, customer } = event;
      const id = counterId({ tenant, customer, price: price.key, usageFrom: from });
      const before = stands.get(id)!;
      const after = before + (price.countsBytes ? BigInt(event.data.bytes) * NANO : NANO);
      stands.set(id, after);
      charges.push({
        event,
        n,
        usageFrom: from,
        usageMonth: month,
        price: price.key,
        quantityBefore: (before / NANO).toString(),
        quantityAfter: (after / NANO).toString(),
        amountNanos: costOf(price.model, after) - costOf(price.model, before),
      });
    });
  }
  return charges;
}

function countsOf(
  events: readonly TextbookEvent[],
  applied: ReadonlySet<TextbookEvent>,
): TextbookCount[] {
  const counts = new Map<string, TextbookCount>();
  for (const event of events) {
    const { tenant, source } = event;
    const outcome = applied.has(event) ? 'applied' : 'duplicate';
    const id = `${tenant}\u0000${source}\u0000${outcome}`;
    const known = counts.get(id);
    if (known) known.events += 1;
    else counts.set(id, { tenant, source, outcome, events: 1 });
  }
  return [...counts.values()];
}

function counterId(counter: Omit<TextbookUsage, 'quantity'>): string {
  const { tenant, customer, price, usageFrom } = counter;
  return `${tenant}\u0000${customer}\u0000${price}\u0000${usageFrom}`;
}

let month = { from: 0, to: 0, month: 0 };

/** The calendar month in UTC of an instant; remembered, as nearly all events are of one. */
function monthOf(micros: number): typeof month {
  if (micros >= month.from && micros < month.to) return month;
  const date = new Date(micros / 1_000);
  const [year, number] = [date.getUTCFullYear(), date.getUTCMonth()];
  month = {
    from: Date.UTC(year, number) * 1_000,
    to: Date.UTC(year, number + 1) * 1_000,
    month: year * 100 + number + 1,
  };
  return month;
}

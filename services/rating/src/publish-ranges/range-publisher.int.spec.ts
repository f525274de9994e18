import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  NOW,
  ONE,
  PARTITION,
  TestLog,
  TestWorker,
  type RatingDatabase,
} from '../rating-harness.spec.js';

const DAY = 86_400_000_000;
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

/** A log with everything that can be in one. */
function variedLog(seed = 1, records = 30): TestLog {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
  const log = new TestLog();
  for (let at = 0; at < records; at++) {
    if (at % 11 === 10) log.barrier(`run-${at}`, AUGUST.from);
    log.events(
      Array.from({ length: 1 + next(20) }, () => ({
        id: String(next(400)),
        tenant: next(4) === 0 ? 'other' : 'acme',
        customer: `c${next(7)}`,
        creator: ['joe', 'kim', ''][next(3)]!,
        occurredAt: NOW - next(40) * DAY,
        holdId: next(9) === 0 ? `h${next(50)}` : '',
        readings: { articles: BigInt(1 + next(12)) * ONE, traffic: BigInt(next(90_000)) * ONE },
      })),
    );
  }
  return log;
}

const unpublished = () =>
  database.rows('select from_offset from rated_ranges where published_at is null');

async function applyInPieces(worker: TestWorker, log: TestLog, sizes: () => number): Promise<void> {
  for (let at = 0; at < log.records.length;) {
    const size = Math.max(1, sizes());
    await worker.apply(log.records.slice(at, at + size));
    at += size;
  }
}

describe('what was committed', () => {
  it('is published once each, in order, in ranges that tile the log', async () => {
    const log = variedLog();
    const worker = new TestWorker(database.batch);
    await applyInPieces(worker, log, () => 3);
    await worker.settled();
    let next = { generation: 1, partition: PARTITION, offset: 0n, index: 0 };
    for (const { from, to } of worker.producer.messages) {
      expect(from).toEqual(next);
      next = to;
    }
    expect(next.offset).toBe(BigInt(log.records.length));
    expect(await unpublished()).toEqual([]);
  });

  it('and not published is made again from rows, byte for byte', async () => {
    const log = variedLog();
    const before = new TestWorker(database.batch);
    await applyInPieces(before, log, () => 4);
    await before.settled();
    expect(before.producer.sent.length).toBeGreaterThan(5);

    await database.admin.query('update rated_ranges set published_at = null');
    const after = new TestWorker(database.batch);
    await after.publisher.takeOver(PARTITION);
    await after.settled();
    expect(after.producer.sent).toEqual(before.producer.sent);
    expect(await unpublished()).toEqual([]);
  });

  it('goes out before what comes next when its process died before it could publish', async () => {
    const log = variedLog();
    const died = new TestWorker(database.batch);
    died.producer.refuses = true;
    await died.apply(log.records.slice(0, 10));
    const next = new TestWorker(database.batch);
    await next.apply(log.records.slice(10));
    await next.settled();
    expect(next.producer.messages[0]!.from.offset).toBe(0n);
    expect(next.producer.messages.at(-1)!.to.offset).toBe(BigInt(log.records.length));
    await died.publisher.close();
  });

  it('waits for Kafka, in order', async () => {
    const log = variedLog();
    const worker = new TestWorker(database.batch);
    worker.producer.refuses = true;
    await applyInPieces(worker, log, () => 8);
    expect(worker.producer.sent).toEqual([]);
    worker.producer.refuses = false;
    await worker.settled();
    const offsets = worker.producer.messages.map(({ from }) => Number(from.offset));
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(await unpublished()).toEqual([]);
  });
});

describe('the same log', () => {
  it('gives the same messages when the schema was lost, byte for byte', async () => {
    const log = variedLog(7);
    const first = new TestWorker(database.batch);
    await applyInPieces(first, log, () => 5);
    await first.settled();
    const charges = await database.charges();
    await database.clear();
    const again = new TestWorker(database.batch);
    await applyInPieces(again, log, () => 5);
    await again.settled();
    expect(again.producer.sent).toEqual(first.producer.sent);
    expect(await database.charges()).toEqual(charges);
  });

  it('gives the same charges, echoes and holds however it is cut into batches', async () => {
    const log = variedLog(3);
    const whole = await outcomeOf(log, () => log.records.length);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (sizes) => {
          let at = 0;
          expect(await outcomeOf(log, () => sizes[at++ % sizes.length]!)).toEqual(whole);
        },
      ),
      { numRuns: 8, examples: [[[1]]] },
    );
  });
});

async function outcomeOf(log: TestLog, sizes: () => number) {
  await database.clear();
  const worker = new TestWorker(database.batch);
  await applyInPieces(worker, log, sizes);
  await worker.settled();
  const { messages } = worker.producer;
  return {
    charges: messages.flatMap((message) => message.charges),
    echoes: messages.flatMap((message) => message.echoes),
    holds: messages.flatMap((message) => message.appliedHolds),
    rows: await database.charges(),
    accumulators: await database.rows(
      `select tenant, customer, usage_from, price, cell, quantity, amount, events, latest_at, latest_event
         from accumulators order by 1, 2, 3, 4, 5`,
    ),
    counts: await database.rows('select * from event_counts order by 1, 2, 3, 4, 5'),
    repeated: await database.rows('select * from repeated_events order by log_offset, event_index'),
  };
}

it('two workers that a partition bounces between leave no stale memory: the tiers telescope', async () => {
  const log = new TestLog();
  const rounds = 100;
  for (let at = 0; at < rounds; at++) {
    log.events([{ id: `${at}`, readings: { articles: 3n * ONE } }]);
  }
  const workers = [new TestWorker(database.batch), new TestWorker(database.batch)];
  for (let at = 0; at < rounds; at++) {
    const worker = workers[at % 2]!;
    // What the other one did while this one was away comes again, too.
    await worker.apply(log.records.slice(Math.max(0, at - 2), at + 1));
  }
  const [sum] = await database.rows(
    `select count(*)::int as charges, sum(amount)::text as amount, max(quantity_after)::text as quantity from charges`,
  );
  // 20 at 0.002, 80 at 0.0015, 200 at 0.001.
  expect(sum).toEqual({ charges: 100, amount: '360000000', quantity: '300.000000000' });
  await Promise.all(workers.map((worker) => worker.settled()));
});

it('a transaction that fails after its effects leaves no memory of them', async () => {
  const log = new TestLog();
  log.events([{ id: '1' }]);
  log.events([{ id: '2' }, { id: '3' }]);
  let fail = false;
  const crashPoint = (name: string) => {
    if (fail && name === 'after_effects') throw new Error('the connection is gone');
  };
  const worker = new TestWorker(database.batch, { crashPoint });
  await worker.apply(log.records.slice(0, 1));
  fail = true;
  await expect(worker.apply(log.records.slice(1))).rejects.toThrow('the connection is gone');
  fail = false;
  await worker.apply(log.records.slice(1));
  await worker.settled();
  const rows = await database.rows(
    `select quantity_before::int as before, quantity_after::int as after from charges
      where price = 'articles' order by log_offset, event_index`,
  );
  expect(rows).toEqual([
    { before: 0, after: 1 },
    { before: 1, after: 2 },
    { before: 2, after: 3 },
  ]);
});

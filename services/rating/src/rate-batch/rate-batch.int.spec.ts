import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  NOW,
  ONE,
  PARTITION,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';

const DAY = 86_400_000_000;
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

async function rated(log: TestLog): Promise<TestWorker> {
  const worker = new TestWorker(database.batch);
  await worker.apply(log.records);
  await worker.settled();
  return worker;
}

const counts = () =>
  database.rows(`select outcome, reason, events::int, charged::int from event_counts
                  order by tenant, outcome, reason`);
const amounts = async () => (await database.charges()).map(({ amount }) => amount);

describe('a batch', () => {
  it('becomes charges in the order of price keys, and one message that says the same', async () => {
    const log = new TestLog();
    log.events([
      { id: '1', holdId: 'hold-1' },
      { id: '2', readings: {}, holdId: 'hold-2' },
    ]);
    const worker = await rated(log);
    expect(await database.charges()).toMatchObject([
      { log_offset: '0', event_index: 0, n: 0, price: 'articles', amount: '2000000' },
      { log_offset: '0', event_index: 0, n: 1, price: 'traffic', amount: '10000' },
    ]);
    const [message] = worker.producer.messages;
    expect(message!.to).toEqual({ generation: 1, partition: PARTITION, offset: 1n, index: 0 });
    expect(message!.echoes).toMatchObject([
      {
        offset: 0n,
        index: 0,
        record: {
          case: 'customerChanged',
          value: { customer: 'ann', version: 0n, plan: 'standard', commandId: 'customer:ann:0' },
        },
      },
    ]);
    expect(message!.appliedHolds).toMatchObject([{ holdId: 'hold-1' }, { holdId: 'hold-2' }]);
    expect(message!.charges).toMatchObject([
      {
        price: 'articles',
        quantityBefore: 0n,
        quantityAfter: ONE,
        amountNanos: 2_000_000n,
        shares: [{ creator: 'joe', amountNanos: 1_400_000n }],
        usageFrom: AUGUST.from,
        usageTo: AUGUST.to,
        bookingFrom: AUGUST.from,
      },
      { price: 'traffic', amountNanos: 10_000n, shares: [] },
    ]);
    expect(await counts()).toEqual([{ outcome: 'applied', reason: '', events: 2, charged: 1 }]);
  });

  it('takes the time of the log for an event that gives none', async () => {
    const log = new TestLog();
    log.events([{ id: '1', occurredAt: 0 }], NOW + 5_000);
    await rated(log);
    expect((await database.charges())[0]!.occurred_at).toBe(String(NOW + 5_000));
  });

  it('counts usage of a meter that the plan does not price, and charges nothing', async () => {
    const log = new TestLog();
    log.events([
      { id: '1', readings: { downloads: 2n * ONE } },
      { id: '2', readings: { downloads: 3n * ONE } },
    ]);
    await rated(log);
    expect(await database.charges()).toEqual([]);
    expect(await database.rows('select meter, quantity, readings from unpriced_usage')).toEqual([
      { meter: 'downloads', quantity: '5.000000000', readings: '2' },
    ]);
  });
});

const seats = (id: string, units: bigint) => ({ id, readings: { seats: units * ONE } });

describe('a maximum', () => {
  it('charges what goes beyond the greatest of the period, across batches and a restart', async () => {
    const log = new TestLog();
    log.events([seats('1', 4n), seats('2', 3n)]);
    await rated(log);
    log.events([seats('3', 4n), seats('4', 6n)]);
    await new TestWorker(database.batch).apply(log.records.slice(1));
    expect(await amounts()).toEqual(['6000000000', '0', '0', '3000000000']);
    expect(await database.rows('select quantity, amount from accumulators')).toEqual([
      { quantity: '6.000000000', amount: '9000000000' },
    ]);
  });

  it('that no price charges is kept by the day', async () => {
    const log = new TestLog();
    log.events([
      { id: '1', readings: { peak: 5n * ONE } },
      { id: '2', readings: { peak: 3n * ONE } },
    ]);
    await rated(log);
    log.events([{ id: '3', readings: { peak: 4n * ONE } }]);
    await new TestWorker(database.batch).apply(log.records.slice(1));
    expect(await database.rows('select meter, quantity, readings from unpriced_usage')).toEqual([
      { meter: 'peak', quantity: '5.000000000', readings: '3' },
    ]);
  });
});

const clips = (id: string, format: string | undefined, more: { tenant?: string } = {}) => ({
  id,
  readings: { clips: ONE },
  ...(format === undefined ? {} : { format }),
  ...more,
});

describe('a matrix', () => {
  it('prices each cell by its own quantity, across batches and a restart', async () => {
    const log = new TestLog();
    log.events([clips('1', 'video'), clips('2', 'audio'), clips('3', 'video')]);
    const worker = await rated(log);
    log.events([clips('4', 'video'), clips('5', undefined)]);
    await new TestWorker(database.batch).apply(log.records.slice(1));
    const cells = (await database.charges()).map(({ cell, amount }) => [cell, amount]);
    const video = '{"format":"video"}';
    expect(cells).toEqual([
      [video, '200000000'],
      ['{}', '10000000'],
      [video, '200000000'],
      [video, '100000000'],
      ['{}', '10000000'],
    ]);
    expect(await database.rows('select cell, quantity from accumulators order by cell')).toEqual([
      { cell: video, quantity: '3.000000000' },
      { cell: '{}', quantity: '2.000000000' },
    ]);
    expect(worker.producer.messages[0]!.charges.map(({ cell }) => cell)).toEqual([
      video,
      '{}',
      video,
    ]);
  });

  it('rejects an event of a combination that has no cell', async () => {
    const log = new TestLog();
    const other = { tenant: 'other' };
    log.events([
      clips('1', 'audio', other),
      clips('2', undefined, other),
      clips('3', 'video', other),
    ]);
    await rated(log);
    expect(await amounts()).toEqual(['200000000']);
    expect(await database.rows('select event_id, code from rejected_events')).toEqual([
      { event_id: '1', code: 'no_cell_for_event' },
      { event_id: '2', code: 'no_cell_for_event' },
    ]);
  });
});

describe('events that come again', () => {
  it('are duplicates within an envelope, a batch, a process and after a restart', async () => {
    const log = new TestLog();
    log.events([{ id: '1' }, { id: '1' }]);
    log.events([{ id: '1' }, { id: '2' }]);
    const first = new TestWorker(database.batch);
    await first.apply(log.records);
    log.events([{ id: '2' }]);
    await first.apply(log.records.slice(2));
    log.events([{ id: '1' }, { id: '3' }, { id: '2' }]);
    // Another process has no hint of them: the inbox refuses the copy, and the rest is rated again.
    await new TestWorker(database.batch).apply(log.records.slice(3));
    expect(await counts()).toEqual([
      { outcome: 'applied', reason: '', events: 3, charged: 3 },
      { outcome: 'duplicate', reason: '', events: 5, charged: 0 },
    ]);
    expect(await amounts()).toEqual(['2000000', '10000', '2000000', '10000', '2000000', '10000']);
    expect(await database.rows('select quantity, amount from accumulators order by price')).toEqual(
      [
        { quantity: '3.000000000', amount: '6000000' },
        { quantity: '3000.000000000', amount: '30000' },
      ],
    );
  });

  it('are dropped when the consumer gets the same records again, and nothing is counted', async () => {
    const log = new TestLog();
    log.events([{ id: '1' }]);
    log.events([{ id: '2' }]);
    const worker = new TestWorker(database.batch);
    await worker.apply(log.records);
    await worker.apply(log.records);
    await new TestWorker(database.batch).apply(log.records);
    expect(await counts()).toEqual([{ outcome: 'applied', reason: '', events: 2, charged: 2 }]);
  });

  it('are conflicts with another body, and under another customer in any partition', async () => {
    const log = new TestLog();
    log.events([{ id: '1' }, { id: '1', data: '{"other":true}' }]);
    await rated(log);
    const elsewhere = new TestLog();
    elsewhere.events([
      { id: '1', customer: 'bob' },
      { id: '2', customer: 'bob' },
    ]);
    await new TestWorker(database.batch).apply(elsewhere.records, PARTITION + 1);
    expect(await counts()).toMatchObject([
      { outcome: 'applied', events: 1 },
      { outcome: 'applied', events: 1 },
      { outcome: 'conflict', events: 1 },
      { outcome: 'conflict', events: 1 },
    ]);
    expect((await database.charges()).map(({ customer }) => customer)).toEqual([
      'ann',
      'ann',
      'bob',
      'bob',
    ]);
  });

  it('are repeated, and not rejected, where a process without memory would refuse them', async () => {
    // An event that came again after a restart was counted as rejected, and while the process ran as a duplicate.
    const log = new TestLog();
    log.events([{ id: '1' }, { id: '2' }]);
    await rated(log);
    const tooEarly = NOW + DAY;
    log.events([
      { id: '1', occurredAt: tooEarly },
      { id: '3', occurredAt: tooEarly },
      { id: '1' },
      { id: '3' },
    ]);
    await new TestWorker(database.batch).apply(log.records.slice(1));
    expect(await counts()).toEqual([
      { outcome: 'applied', reason: '', events: 3, charged: 3 },
      { outcome: 'conflict', reason: '', events: 1, charged: 0 },
      { outcome: 'duplicate', reason: '', events: 1, charged: 0 },
      { outcome: 'rejected', reason: 'too_early', events: 1, charged: 0 },
    ]);
  });

  it('are found in the inbox of an earlier week', async () => {
    const log = new TestLog();
    log.events([{ id: '1' }], NOW);
    log.events([{ id: '1' }, { id: '2' }], NOW + 8 * DAY);
    await rated(log);
    expect(await counts()).toMatchObject([
      { outcome: 'applied', events: 2 },
      { outcome: 'duplicate', events: 1 },
    ]);
    expect(await database.rows('select count(distinct week)::int as weeks from inbox')).toEqual([
      { weeks: 2 },
    ]);
  });

  it('of two partitions at once, one wins', async () => {
    const workers = [0, 1, 2, 3].map(() => new TestWorker(database.batch));
    const ids = Array.from({ length: 500 }, (_, at) => String(at));
    await Promise.all(
      workers.map((worker, partition) => {
        const log = new TestLog();
        const customer = `customer-${partition}`;
        log.events(
          ids.toSorted(() => (partition % 2 === 0 ? 1 : -1)).map((id) => ({ id, customer })),
        );
        return worker.apply(log.records, partition);
      }),
    );
    expect(await counts()).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ outcome: 'conflict' })]),
    );
    const [sums] = await database.rows(
      `select sum(events) filter (where outcome = 'applied')::int as applied,
              sum(events) filter (where outcome = 'conflict')::int as conflicts,
              (select count(*)::int from inbox) as keys from event_counts`,
    );
    expect(sums).toEqual({ applied: 500, conflicts: 1_500, keys: 500 });
  });
});

describe('events that are refused', () => {
  it.each([
    ['too_late', { id: '1', occurredAt: NOW - 100 * DAY - 1 }],
    ['too_early', { id: '1', occurredAt: NOW + 300_000_001 }],
    ['unknown_customer', { id: '1', tenant: 'strict' }],
    ['unknown_tenant', { id: '1', tenant: 'nobody' }],
    ['amount_out_of_range', { id: '1', readings: { articles: 9n * 10n ** 18n * ONE } }],
  ])('%s', async (reason, event) => {
    const log = new TestLog();
    log.events([{ id: '0' }, { ...event, customer: 'bob' }, { id: '2' }]);
    await rated(log);
    expect(await counts()).toMatchObject(
      expect.arrayContaining([
        { outcome: 'rejected', reason, events: 1, charged: 0 },
        { outcome: 'applied', reason: '', events: 2, charged: 2 },
      ]),
    );
    const [row] = await database.rows('select code, event_index, bytes from rejected_events');
    expect(row).toEqual({ code: reason, event_index: 1, bytes: Buffer.from('{"creator":"joe"}') });
    expect(await database.rows(`select * from customers where customer = 'bob'`)).toEqual([]);
  });

  it('keep their key free: the same id is judged afresh', async () => {
    const log = new TestLog();
    log.events([
      { id: '1', occurredAt: NOW - 101 * DAY },
      { id: '1', occurredAt: NOW - DAY },
    ]);
    await rated(log);
    expect(await counts()).toMatchObject([{ outcome: 'applied' }, { outcome: 'rejected' }]);
  });

  it('become dead letters when they cannot be stored, and their neighbours are unaffected', async () => {
    const log = new TestLog();
    const ids = Array.from({ length: 40 }, (_, at) => String(at));
    log.events(
      ids.map((id) => ({
        id,
        creator: id === '17' || id === '30' ? 'jo\u0000e' : 'joe',
        type: id === '17' || id === '30' ? 'bad\u0000type' : 'article.read',
      })),
    );
    await rated(log);
    expect(await counts()).toMatchObject([
      { outcome: 'applied', events: 38 },
      { outcome: 'dead_lettered', reason: '22021', events: 2 },
    ]);
    const rows = await database.rows('select event_id, event_index from dead_letters order by 2');
    expect(rows).toEqual([
      { event_id: '17', event_index: 17 },
      { event_id: '30', event_index: 30 },
    ]);
    expect(
      await database.rows(`select quantity from accumulators where price = 'articles'`),
    ).toEqual([{ quantity: '38.000000000' }]);
  });
});

it('rejects an event that no version of the price is in force for, with all its charges', async () => {
  const log = new TestLog();
  const things = [...TARIFF];
  const at = things.findIndex((thing) => thing.kind === 'price' && thing.price.key === 'traffic');
  const thing = things[at]!;
  if (thing.kind !== 'price') throw new Error('the tariff has changed');
  things[at] = { kind: 'price', price: { ...thing.price, effectiveFrom: NOW } };
  log.events([
    { id: '1', occurredAt: NOW - DAY },
    { id: '2', occurredAt: NOW },
  ]);

  await new TestWorker(database.batch, { view: viewOf(things) }).apply(log.records);
  expect(await counts()).toMatchObject([
    { outcome: 'applied', events: 1 },
    { outcome: 'rejected', reason: 'no_price_in_force', events: 1 },
  ]);
  expect((await database.charges()).map(({ event_id }) => event_id)).toEqual(['2', '2']);
});

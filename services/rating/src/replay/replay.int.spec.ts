import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  logger,
  NOW,
  PARTITION,
  TestLog,
  TestWorker,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { selectReaches } from './log-reach.js';
import { compareBooks } from './compare-books.js';
import { ReplayedRecords } from './replayed-records.js';
import { createScratchDatabase } from './scratch-database.js';

const DAY = 86_400_000_000;
const SEPTEMBER = AUGUST.to + 30 * DAY;

let stored: RatingDatabase;
let scratch: Awaited<ReturnType<typeof createScratchDatabase>>;
let log: TestLog;

beforeAll(async () => {
  stored = await createRatingDatabase();
  log = writeLog();
  const worker = new TestWorker(stored.batch);
  // One record a fetch, one of them twice; another process goes on in the middle.
  for (const record of log.records.slice(0, 3)) await worker.apply([record]);
  await worker.apply([log.records[1]!]);
  const next = new TestWorker(stored.batch);
  for (const record of log.records.slice(2)) await next.apply([record]);
  await Promise.all([worker.settled(), next.settled()]);
  scratch = await createScratchDatabase(stored.test.adminUrl, logger);
  expect(await replayed()).toBe(log.records.length);
});

afterAll(async () => {
  await scratch.drop();
  await stored.drop();
});

/** A duplicate, unlocks, a matrix, a refund, a close, a late event and what comes after it. */
function writeLog(): TestLog {
  const written = new TestLog();
  written.events([{ id: '1' }, { id: '2', customer: 'ben' }, { id: '3', tenant: 'other' }]);
  written.events([{ id: '1' }, { id: '4', readings: { songs: 1_000_000_000n }, song: 'a' }]);
  written.events([{ id: '5', readings: { clips: 3_000_000_000n }, format: 'video' }]);
  written.refund(`chg_1-${PARTITION}-0-0-0`);
  written.barrier('run-1', AUGUST.to);
  const september = AUGUST.to + 5 * DAY;
  written.events([{ id: '6', occurredAt: NOW }], september);
  written.events([{ id: '7', occurredAt: september - 1 }], september);
  return written;
}

/** All at once, into the scratch database. */
async function replayed(): Promise<number> {
  const worker = new TestWorker(scratch.dataSource);
  const records = new ReplayedRecords({
    reaches: await selectReaches(stored.batch),
    rate: (batch) => worker.rating.apply(batch),
    onProgress: () => {},
  });
  for (const record of log.records) await records.take(record, PARTITION);
  const count = await records.finish();
  await worker.settled();
  return count;
}

async function compared(changes: { tenant?: string; from?: number; to?: number } = {}) {
  const { tenant, from = AUGUST.from, to = SEPTEMBER } = changes;
  const reaches = await selectReaches(stored.batch);
  return compareBooks(stored.batch, scratch.dataSource, { from, to, tenant, reaches });
}

const SAME = { differing: 0, missing: 0, extra: 0, first: [] };

test('the same charges, whatever came together', async () => {
  const all = await compared();
  expect(all).toMatchObject(SAME);
  expect(all.identical).toBe((await stored.charges()).length);
  expect(all.identical).toBeGreaterThan(10);
});

test('every column of a charge is compared, but its place and the numbers of its names', async () => {
  const columns = await stored.rows(`select column_name as name from information_schema.columns
    where table_schema = 'rating' and table_name = 'charges'`);
  const names = columns.map(({ name }) => String(name));
  const place = ['generation', 'partition', 'log_offset', 'event_index', 'n'];
  const read = names.filter((name) => !place.includes(name) && !name.endsWith('_number'));
  await stored.rows('update charge_rows set event_id = event_id || 0');
  const [difference] = (await compared()).first;
  expect(Object.keys(difference!.stored!).toSorted()).toEqual(read.toSorted());
});

test('of a period and of a tenant only', async () => {
  const late = await compared({ from: AUGUST.to });
  expect(late).toMatchObject({ ...SAME, stored: 2, replayed: 2 });
  expect(await compared({ tenant: 'other' })).toMatchObject({ ...SAME, stored: 2, replayed: 2 });
  expect(await compared({ to: AUGUST.from + 1 })).toMatchObject({ ...SAME, stored: 0 });
});

test('only up to where rating is', async () => {
  const reaches = [{ partition: PARTITION, nextOffset: 0n, nextIndex: 2 }];
  const period = { from: AUGUST.from, to: SEPTEMBER, tenant: undefined };
  expect(
    await compareBooks(stored.batch, scratch.dataSource, { ...period, reaches }),
  ).toMatchObject({ ...SAME, stored: 4, replayed: 4 });
});

/** Whatever a case does to the stored charges is undone by the next. */
beforeEach(async () => {
  await stored.admin.query('begin');
  await stored.admin.query('create temporary table if not exists kept as table charge_rows');
  await stored.admin.query('delete from charge_rows');
  await stored.admin.query('insert into charge_rows select * from kept');
  await stored.admin.query('commit');
});

const FIRST = 'log_offset = 0 and event_index = 0 and n = 0';

test.each([
  ['amount', 'amount = amount + 1', '2000001', '2000000'],
  ['creators', `creators = 'eve'`, 'eve', 'joe'],
  ['body_hash', `body_hash = '\\x00'`, '\\x00', undefined],
])('a stored charge with another %s', async (column, change, is, was) => {
  await stored.rows(`update charge_rows set ${change} where ${FIRST}`);
  const found = await compared();
  expect(found).toMatchObject({ differing: 1, missing: 0, extra: 0 });
  expect(found.identical).toBe(found.stored - 1);
  const [difference] = found.first;
  expect(difference).toMatchObject({
    charge: `chg_1-${PARTITION}-0-0-0`,
    what: 'differing',
    columns: [column],
    stored: { [column]: is },
  });
  if (was !== undefined) expect(difference!.replayed![column]).toBe(was);
  else expect(difference!.replayed![column]).not.toBe(is);
});

test('a charge that is gone, and one that no event made', async () => {
  await stored.rows(`update charge_rows set n = 9 where ${FIRST}`);
  const found = await compared();
  expect(found).toMatchObject({ differing: 0, missing: 1, extra: 1 });
  expect(found.first).toMatchObject([
    { charge: `chg_1-${PARTITION}-0-0-0`, what: 'missing', replayed: { event_id: '1' } },
    { charge: `chg_1-${PARTITION}-0-0-9`, what: 'extra', stored: { event_id: '1' } },
  ]);
});

test('the first twenty are named, and all are counted', async () => {
  await stored.rows('update charge_rows set amount = amount + 1');
  await stored.rows(`insert into charge_rows
    select log_offset, occurred_at, usage_from, booking_from, amount, quote_difference, event_index, usage_month,
           tenant_number, customer_number, price_number, source_number, generation, partition, n + more, kind,
           quantity_before, quantity_after, event_id, creators, corrects, body_hash
      from charge_rows, generate_series(100, 110) as more where ${FIRST}`);
  const found = await compared();
  expect(found).toMatchObject({ identical: 0, extra: 11 });
  expect(found.differing + found.extra).toBe(found.stored);
  expect(found.first).toHaveLength(20);
});

test('a log that was passed over is not rated', async () => {
  const records = new ReplayedRecords({
    reaches: [{ partition: PARTITION, nextOffset: 5n, nextIndex: 0 }],
    rate: async () => {},
    onProgress: () => {},
  });
  for (const record of log.records.slice(0, 4)) await records.take(record, PARTITION);
  await expect(records.finish()).rejects.toThrow('4 of 5 records were rated');
});

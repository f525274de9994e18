import { randomUUID } from 'node:crypto';
import { neverCrash, type CrashPoint } from '@farthing/adapters/config/crash-point';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  ONE,
  PARTITION,
  priceThing,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { voids } from '../event-corrections/correction-records.spec.js';
import {
  claimReRating,
  insertReRating,
  requestApplying,
  selectReRating,
} from './re-ratings.repository.js';
import { selectAppliedRecords } from './records.repository.js';
import type { ReRating } from './re-rating.js';
import { runDiff } from './run-diff.js';
import { writeRecords } from './write-records.js';

let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(async () => {
  await database.clear();
  await database.admin.query(
    `truncate re_ratings, re_rating_sums, re_rating_differences, re_rating_records, outbox, outbox_partitions`,
  );
});
afterAll(() => database.drop());

/** The third version of the tariff's articles; 0.002 each before. */
function articlesAt(unitPrice: string, shareBps = 7_000, version = 2): CatalogThing {
  return priceThing('acme', {
    key: 'articles',
    version,
    effectiveFrom: 1,
    model: { kind: 'per_unit', unitPrice },
    split: [{ creator: { kind: 'property', property: '/creator' }, shareBps }],
  });
}

const HALF = [...TARIFF, articlesAt('0.001')];

function parts(things: readonly CatalogThing[], crashPoint: CrashPoint = neverCrash) {
  return {
    dataSource: database.batch,
    catalog: { view: viewOf(things), waitFor: () => Promise.resolve() },
    crashPoint,
    holder: randomUUID(),
    leaseMs: 60_000,
    batchCharges: 50_000,
    rowsAtOnce: 1,
    isClosing: () => false,
    notify: () => undefined,
  };
}

async function diffOf(things: readonly CatalogThing[]): Promise<ReRating> {
  const asked = { tenant: 'acme', id: randomUUID(), selectedBy: 'occurredAt', ...AUGUST } as const;
  await runInTransaction(database.api, { tenantId: 'acme' }, (tx) =>
    insertReRating(tx, {
      ...asked,
      customer: null,
      price: null,
      candidates: [],
      catalogVersion: things.length,
    }),
  );
  const using = parts(things);
  const claimed = await runInTransaction(database.batch, {}, (tx) => claimReRating(tx, using));
  expect(await runDiff(using, claimed!)).toBe(true);
  return claimed!;
}

async function writeOut({ tenant, id }: ReRating, using: ReturnType<typeof parts>) {
  await runInTransaction(database.api, { tenantId: tenant }, (tx) =>
    requestApplying(tx, { tenant, id }),
  );
  const claimed = await runInTransaction(database.batch, {}, (tx) => claimReRating(tx, using));
  expect(claimed).toMatchObject({ id, state: 'applying' });
  return writeRecords(using, claimed!);
}

/** Copies what is in the outbox to the end of the log, as its publisher would. */
async function publish(log: TestLog): Promise<void> {
  const rows = await database.rows(
    `delete from outbox where partition = ${PARTITION} returning number, value`,
  );
  const inOrder = rows.toSorted((a, b) => Number(a.number) - Number(b.number));
  for (const { value } of inOrder) log.append(value as Buffer);
}

async function rate(log: TestLog, things: readonly CatalogThing[], from = 0): Promise<TestWorker> {
  const worker = new TestWorker(database.batch, { view: viewOf(things) });
  await worker.apply(log.records.slice(from));
  await worker.settled();
  return worker;
}

const article = (customer: string, id: string) => ({
  customer,
  id: `${customer}-${id}`,
  readings: { articles: ONE },
});

async function ratedArticles(): Promise<TestLog> {
  const log = new TestLog();
  log.events([article('ann', '1'), article('ann', '2'), article('bob', '1')]);
  await rate(log, TARIFF);
  return log;
}

const adjustments = async () => (await database.charges()).filter(({ kind }) => kind === 2);
const outcome = (reRating: ReRating) =>
  runInTransaction(database.api, { tenantId: 'acme' }, (tx) =>
    selectAppliedRecords(tx, reRating, 10),
  );

test('the differences become adjustments by the new version, of what they correct', async () => {
  const log = await ratedArticles();
  const reRating = await diffOf(HALF);
  expect(await writeOut(reRating, parts(HALF))).toBe(true);
  await publish(log);
  const worker = await rate(log, HALF, 1);
  const usage = (await database.charges()).filter(({ kind }) => kind === 1);
  const made = await adjustments();
  expect(made).toHaveLength(3);
  expect(made[1]).toEqual({
    ...usage[1],
    log_offset: '1',
    event_index: 0,
    n: 1,
    kind: 2,
    price_version: 2,
    corrects: `chg_${LOG_GENERATION}-${PARTITION}-0-1-0`,
    quantity_before: '2.000000000',
    amount: '-1000000',
    body_hash: Buffer.alloc(32),
  });
  const sent = worker.producer.messages.flatMap(({ charges }) => charges);
  expect(sent.map(({ shares }) => shares)).toEqual(
    Array.from({ length: 3 }, () => [{ creator: 'joe', amountNanos: -700_000n }]),
  );
  expect(await outcome(reRating)).toEqual({
    records: 2,
    adjusted: 3,
    leftOut: 0,
    leftOutCharges: [],
  });
  // What stands now is what the version says.
  const after = await diffOf(HALF);
  const done = await runInTransaction(database.batch, {}, (tx) => selectReRating(tx, after));
  expect(done).toMatchObject({ charges: 3, changed: 0 });
});

test('the same records again, and a second diff that saw the same, change nothing', async () => {
  const log = await ratedArticles();
  const [first, second] = [await diffOf(HALF), await diffOf(HALF)];
  await writeOut(first, parts(HALF));
  await publish(log);
  const again = log.records.slice(1).map(({ value }) => value!);
  for (const value of again) log.append(value);
  await writeOut(second, parts(HALF));
  await publish(log);
  await rate(log, HALF, 1);
  expect(await adjustments()).toHaveLength(3);
  expect(await outcome(first)).toMatchObject({ records: 2, adjusted: 3, leftOut: 0 });
  expect(await outcome(second)).toMatchObject({ records: 2, adjusted: 0, leftOut: 3 });
  expect((await outcome(second)).leftOutCharges).toContain(
    `chg_${LOG_GENERATION}-${PARTITION}-0-0-0`,
  );
});

test('what was refunded since the diff is left out, and a refund gives back what stands', async () => {
  const log = await ratedArticles();
  const reRating = await diffOf(HALF);
  log.refund(`chg_${LOG_GENERATION}-${PARTITION}-0-0-0`);
  await writeOut(reRating, parts(HALF));
  await publish(log);
  log.refund(`chg_${LOG_GENERATION}-${PARTITION}-0-1-0`);
  await rate(log, HALF, 1);
  expect(await outcome(reRating)).toMatchObject({ adjusted: 2, leftOut: 1 });
  const ofAnn = (await adjustments()).filter(({ customer }) => customer === 'ann');
  expect(ofAnn.map(({ amount, price_version: version }) => [amount, version])).toEqual([
    ['-2000000', 1],
    ['-1000000', 2],
    ['-2000000', 1],
    ['1000000', 2],
  ]);
});

test('where the split is another, all is taken back and charged anew', async () => {
  const log = await ratedArticles();
  const things = [...TARIFF, articlesAt('0.001', 5_000)];
  await writeOut(await diffOf(things), parts(things));
  await publish(log);
  const worker = await rate(log, things, 1);
  const sent = worker.producer.messages.flatMap(({ charges }) => charges);
  expect(sent.slice(0, 2)).toMatchObject([
    { priceVersion: 1, amountNanos: -2_000_000n, shares: [{ amountNanos: -1_400_000n }] },
    { priceVersion: 2, amountNanos: 1_000_000n, shares: [{ amountNanos: 500_000n }] },
  ]);
  expect(sent).toHaveLength(6);
});

test('writing goes on where a process left it that died', async () => {
  const log = await ratedArticles();
  const reRating = await diffOf(HALF);
  const died = new Error('died');
  const crashing = parts(HALF, (at) => {
    if (at === 'after_commit') throw died;
  });
  await expect(writeOut(reRating, crashing)).rejects.toThrow('died');
  await database.admin.query(`update re_ratings set lease_until = now() - interval '1 second'`);
  const using = parts(HALF);
  const claimed = await runInTransaction(database.batch, {}, (tx) => claimReRating(tx, using));
  expect(claimed).toMatchObject({ state: 'applying', writtenDifferences: 1, records: 1 });
  expect(await writeRecords(using, claimed!)).toBe(true);
  await publish(log);
  expect(log.records).toHaveLength(3);
  await rate(log, HALF, 1);
  expect(await outcome(reRating)).toMatchObject({ records: 2, adjusted: 3 });
});

test('what was voided since the diff is left out, and what was re-rated is not voided', async () => {
  const log = await ratedArticles();
  const reRating = await diffOf(HALF);
  voids(log, 'ann-1');
  await writeOut(reRating, parts(HALF));
  await publish(log);
  voids(log, 'ann-2');
  await rate(log, HALF, 1);
  expect(await outcome(reRating)).toMatchObject({ adjusted: 2, leftOut: 1 });
  const refusals = await database.rows(
    `select state, refusal from corrections order by log_offset`,
  );
  expect(refusals).toEqual([
    { state: 'applied', refusal: null },
    { state: 'refused', refusal: 'charge_re_rated' },
  ]);
});

/** 0.003 an article, and a minimum of a month. */
function atLeast(minimum: string): CatalogThing[] {
  const model = { kind: 'per_unit', unitPrice: '0.003' } as const;
  return [
    ...TARIFF,
    priceThing('acme', { key: 'articles', version: 2, effectiveFrom: 1, model, minimum }),
  ];
}

/** What the customers are charged, minimums included. */
async function totals(): Promise<unknown> {
  const rows = await database.rows(
    `select customer, sum(amount)::text as sum from charges group by customer order by customer`,
  );
  return rows.map(({ customer, sum }) => [customer, sum]);
}

test('a minimum counts what was re-rated before the close', async () => {
  const log = await ratedArticles();
  const things = atLeast('0.005');
  await writeOut(await diffOf(things), parts(things));
  await publish(log);
  log.barrier('run', AUGUST.to, 'acme', things.length);
  await rate(log, things, 1);
  expect(await totals()).toEqual([
    ['ann', '6000000'],
    ['bob', '5000000'],
  ]);
});

test('what a settled minimum takes up is left out, and what is above it adjusted', async () => {
  const log = await ratedArticles();
  const things = atLeast('0.003');
  log.barrier('run', AUGUST.to, 'acme', things.length);
  await rate(log, things, 1);
  expect(await totals()).toEqual([
    ['ann', '4000000'],
    ['bob', '3000000'],
  ]);
  const reRating = await diffOf(things);
  const from = log.records.length;
  await writeOut(reRating, parts(things));
  await publish(log);
  await rate(log, things, from);
  expect(await totals()).toEqual([
    ['ann', '6000000'],
    ['bob', '3000000'],
  ]);
  expect(await outcome(reRating)).toMatchObject({ adjusted: 2, leftOut: 1 });
});

test('a version that only shares otherwise moves the shares, once', async () => {
  const log = await ratedArticles();
  const things = [...TARIFF, articlesAt('0.002', 5_000)];
  await writeOut(await diffOf(things), parts(things));
  await publish(log);
  const worker = await rate(log, things, 1);
  const sent = worker.producer.messages.flatMap(({ charges }) => charges);
  expect(sent.slice(0, 2)).toMatchObject([
    { priceVersion: 1, amountNanos: -2_000_000n, shares: [{ amountNanos: -1_400_000n }] },
    { priceVersion: 2, amountNanos: 2_000_000n, shares: [{ amountNanos: 1_000_000n }] },
  ]);
  expect(sent).toHaveLength(6);
  const after = await diffOf(things);
  const done = await runInTransaction(database.batch, {}, (tx) => selectReRating(tx, after));
  expect(done).toMatchObject({ charges: 3, changed: 0 });
});

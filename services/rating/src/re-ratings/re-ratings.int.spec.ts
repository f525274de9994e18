import { randomUUID } from 'node:crypto';
import { neverCrash, type CrashPoint } from '@farthing/adapters/config/crash-point';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { until } from '@farthing/testing/until';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  logger,
  NOW,
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
import { claimReRating, insertReRating, selectReRating } from './re-ratings.repository.js';
import type { ReRating } from './re-rating.js';
import { ReRatingRunner } from './re-rating-runner.js';
import { runDiff } from './run-diff.js';

let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(async () => {
  await database.clear();
  await database.admin.query(`truncate re_ratings, re_rating_sums, re_rating_differences`);
});
afterAll(() => database.drop());

const HOUR = 3_600_000_000;

/** Articles are dearer since ten hours before the last event; the creator's share stays. */
const DEARER = [
  ...TARIFF,
  priceThing('acme', {
    key: 'articles',
    version: 2,
    description: 'Articles',
    effectiveFrom: NOW - 10 * HOUR,
    model: { kind: 'per_unit', unitPrice: '0.003' },
    split: [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7_000 }],
  }),
];

/** Thirty articles each of ann and bob, an hour apart, the last at `NOW`. */
async function rateArticles(): Promise<TestLog> {
  const log = new TestLog();
  for (const customer of ['ann', 'bob']) {
    log.events(
      Array.from({ length: 30 }, (_, at) => ({
        customer,
        id: `${customer}-${at}`,
        creator: at % 2 === 0 ? 'joe' : 'kim',
        occurredAt: NOW - (29 - at) * HOUR,
        readings: { articles: ONE },
      })),
    );
  }
  const worker = new TestWorker(database.batch);
  await worker.apply(log.records);
  await worker.settled();
  return log;
}

function parts(view = viewOf(DEARER), crashPoint: CrashPoint = neverCrash) {
  const holder = randomUUID();
  return {
    dataSource: database.batch,
    catalog: { view, waitFor: () => Promise.resolve() },
    crashPoint,
    holder,
    leaseMs: 60_000,
    batchCharges: 50_000,
    isClosing: () => false,
  };
}

async function ask(changes: Partial<ReRating> = {}): Promise<ReRating> {
  return runInTransaction(database.api, { tenantId: 'acme' }, (tx) =>
    insertReRating(tx, {
      tenant: 'acme',
      id: randomUUID(),
      selectedBy: 'occurredAt',
      ...AUGUST,
      customer: null,
      price: null,
      candidates: [],
      catalogVersion: DEARER.length,
      ...changes,
    }),
  );
}

async function diff(asked: ReRating, using = parts()): Promise<ReRating> {
  const claimed = await runInTransaction(database.batch, {}, (tx) => claimReRating(tx, using));
  expect(claimed?.id).toBe(asked.id);
  expect(await runDiff(using, claimed!)).toBe(true);
  const done = await runInTransaction(database.batch, {}, (tx) => selectReRating(tx, asked));
  return done!;
}

function of(charges: number, changed: number, [before, after]: readonly number[]) {
  const [all, moved] = [String(charges), String(changed)];
  return { charges: all, changed: moved, before: String(before), after: String(after) };
}

test('a new version prices what occurred since it is in force, from where the quantity stood', async () => {
  await rateArticles();
  const before = await database.charges();
  const done = await diff(await ask());
  expect(done).toMatchObject({ state: 'finished', charges: 60, changed: 22, fault: null });
  // The 20th to the 30th article: one in the first tier at 0.002 and ten in the second at 0.0015.
  const old = 20 * 2_000_000 + 10 * 1_500_000;
  const fresh = 19 * 2_000_000 + 11 * 3_000_000;
  const sums = await database.rows(
    `select kind, name, charges, changed, amount_before as before, amount_after as after
       from re_rating_sums order by kind, name`,
  );
  const joe = [10 * 2 + 5 * 1.5, 10 * 2 + 5 * 3].map((thousandths) => thousandths * 1e6 * 2 * 0.7);
  const kim = [10 * 2 + 5 * 1.5, 9 * 2 + 6 * 3].map((thousandths) => thousandths * 1e6 * 2 * 0.7);
  expect(sums).toEqual([
    { kind: 'creator', name: 'joe', ...of(30, 10, joe) },
    { kind: 'creator', name: 'kim', ...of(30, 12, kim) },
    { kind: 'customer', name: 'ann', ...of(30, 11, [old, fresh]) },
    { kind: 'customer', name: 'bob', ...of(30, 11, [old, fresh]) },
    { kind: 'price', name: 'articles', ...of(60, 22, [2 * old, 2 * fresh]) },
  ]);
  const [block] = await database.rows(
    `select customer, price, log_offsets, event_indexes, amounts_before, amounts_after, n, version
       from re_rating_differences where customer = 'ann'`,
  );
  expect(block).toEqual({
    customer: 'ann',
    price: 'articles',
    log_offsets: Array.from({ length: 11 }, () => '0'),
    event_indexes: Array.from({ length: 11 }, (_, at) => 19 + at),
    amounts_before: ['2000000', ...Array.from({ length: 10 }, () => '1500000')],
    amounts_after: Array.from({ length: 11 }, () => '3000000'),
    n: 0,
    version: 2,
  });
  expect(await database.charges()).toEqual(before);
});

/** What a re-rating found, apart from its id. */
async function found(): Promise<unknown> {
  return {
    sums: await database.rows(
      `select kind, name, currency, charges, changed, amount_before, amount_after from re_rating_sums order by kind, name`,
    ),
    differences: await database.rows(
      `select customer, log_offset, event_index, before, after
         from re_rating_differences,
              unnest(log_offsets, event_indexes, amounts_before, amounts_after)
                as charge (log_offset, event_index, before, after)
        order by number, log_offset, event_index`,
    ),
  };
}

test('a diff that dies goes on where it was committed, wherever that is, and finds the same', async () => {
  await rateArticles();
  await diff(await ask());
  const whole = await found();
  for (const point of ['after_effects', 'after_commit'] as const) {
    for (let nth = 1; nth <= 4; nth += 1) {
      await database.admin.query(`truncate re_ratings, re_rating_sums, re_rating_differences`);
      const asked = await ask();
      let left = nth;
      const dying = parts(viewOf(DEARER), (name) => {
        if (name === point && (left -= 1) === 0) throw new Error('died');
      });
      const small = { ...dying, batchCharges: 13 };
      const claimed = await runInTransaction(database.batch, {}, (tx) => claimReRating(tx, small));
      await expect(runDiff(small, claimed!)).rejects.toThrow('died');
      await database.admin.query(`update re_ratings set lease_until = now() - interval '1 second'`);
      const done = await diff(asked, { ...parts(), batchCharges: 7 });
      expect(done).toMatchObject({ state: 'finished', charges: 60, changed: 22 });
      expect(await found()).toEqual(whole);
    }
  }
});

test('who lost the re-rating to another writes nothing more', async () => {
  await rateArticles();
  const asked = await ask();
  const [slow, quick] = [parts(), parts()];
  const claimed = await runInTransaction(database.batch, {}, (tx) => claimReRating(tx, slow));
  expect(await runInTransaction(database.batch, {}, (tx) => claimReRating(tx, quick))).toBe(
    undefined,
  );
  await database.admin.query(`update re_ratings set lease_until = now() - interval '1 second'`);
  await diff(asked, quick);
  const whole = await found();
  expect(await runDiff(slow, claimed!)).toBe(false);
  expect(await found()).toEqual(whole);
});

test('what was adjusted and what was quoted counts to the old amount', async () => {
  await rateArticles();
  const [first] = await database.rows(
    `select log_offset, event_index from charges where customer = 'ann' order by log_offset, event_index limit 1`,
  );
  const id = `chg_1-3-${String(first!.log_offset)}-${String(first!.event_index)}-0`;
  // Half of ann's first article was given back; bob's last one was quoted.
  await database.admin.query(
    `insert into charge_rows (log_offset, occurred_at, usage_from, booking_from, amount, event_index, usage_month,
       tenant_number, customer_number, price_number, source_number, generation, partition, n, kind, quantity_before,
       quantity_after, event_id, creators, corrects, body_hash)
     select 1000, occurred_at, usage_from, booking_from, -amount / 2, 0, usage_month, tenant_number, customer_number,
       price_number, source_number, generation, partition, n, 2, 0, 0, event_id, creators, $1::text, body_hash
       from charge_rows where log_offset = $2::bigint and event_index = $3::integer`,
    [id, first!.log_offset, first!.event_index],
  );
  await database.admin.query(
    `update charge_rows set quote_difference = 0 where log_offset = 1 and event_index = 29`,
  );
  const done = await diff(await ask());
  expect(done).toMatchObject({ charges: 60, changed: 22 });
  const sums = await database.rows(
    `select name, amount_before as before, amount_after as after from re_rating_sums where kind = 'customer' order by name`,
  );
  expect(sums).toEqual([
    { name: 'ann', before: '54000000', after: '71000000' },
    { name: 'bob', before: '55000000', after: '69500000' },
  ]);
});

test('what was voided or corrected stays as it is', async () => {
  const log = await rateArticles();
  const [first] = await database.rows(
    `select customer, event_id, source from charges order by log_offset, event_index limit 1`,
  );
  const { customer, event_id: id, source } = first as Record<string, string>;
  voids(log, id!, { customer: customer!, source: source! });
  const worker = new TestWorker(database.batch);
  await worker.apply(log.records.slice(2));
  await worker.settled();
  await diff(await ask());
  const left = await database.rows(`select name, charges from re_rating_sums where kind = 'left'`);
  expect(left).toEqual([{ name: 'corrected', charges: '1' }]);
});

test('what was refunded stays so', async () => {
  const log = await rateArticles();
  log.refund(`chg_1-${PARTITION}-0-29-0`);
  const worker = new TestWorker(database.batch);
  await worker.apply(log.records.slice(2));
  await worker.settled();
  expect(await diff(await ask())).toMatchObject({ charges: 60, changed: 21 });
  const left = await database.rows(
    `select name, charges, amount_before as before from re_rating_sums where kind = 'left'`,
  );
  expect(left).toEqual([{ name: 'refunded', charges: '1', before: '0' }]);
});

test('a failure that stays is told, and one customer, one price or one period is all that is asked for', async () => {
  await rateArticles();
  expect(await diff(await ask({ customer: 'bob' }))).toMatchObject({ charges: 30, changed: 11 });
  expect(await diff(await ask({ customer: 'nobody' }))).toMatchObject({ charges: 0 });
  expect(await diff(await ask({ price: 'traffic' }))).toMatchObject({ charges: 0 });
  const days = { from: NOW - 5 * HOUR, to: NOW };
  expect(await diff(await ask(days))).toMatchObject({ charges: 10, changed: 10 });
  const usage = { selectedBy: 'usagePeriod' } as const;
  expect(await diff(await ask({ ...usage, ...days }))).toMatchObject({ charges: 0 });
  expect(await diff(await ask(usage))).toMatchObject({ charges: 60 });
  const candidates = [{ key: 'articles', effectiveFrom: 'never' }];
  const asked = await ask({ candidates });
  const runner = new ReRatingRunner({ parts: parts(), logger });
  runner.wake();
  await until('the failure', async () => {
    const one = await runInTransaction(database.batch, {}, (tx) => selectReRating(tx, asked));
    return one?.state === 'failed' && one.fault === 'candidate articles: not_a_timestamp';
  });
  await runner.close();
});

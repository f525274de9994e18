import { randomUUID } from 'node:crypto';
import { neverCrash, type CrashPoint } from '@farthing/adapters/config/crash-point';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  NOW,
  ONE,
  priceThing,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { claimReRating, insertReRating, selectReRating } from './re-ratings.repository.js';
import type { ReRating } from './re-rating.js';
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
async function rateArticles(): Promise<void> {
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
}

function parts(view = viewOf(DEARER), crashPoint: CrashPoint = neverCrash) {
  const holder = randomUUID();
  return {
    dataSource: database.batch,
    catalog: { view, waitFor: () => Promise.resolve() },
    crashPoint,
    holder,
    leaseMs: 60_000,
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
  const of = (charges: number, changed: number, amounts: readonly number[]) => ({
    charges: String(charges),
    changed: String(changed),
    before: String(amounts[0]),
    after: String(amounts[1]),
  });
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

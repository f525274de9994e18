import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  createRatingDatabase,
  envelopeOf,
  NOW,
  ONE,
  priceThing,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type EventInit,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { expectSameHoweverCut } from './cut-log.spec.js';

const DAY = 86_400_000_000;
/** Songs cost 0.50 and are then free for ten days. */
const PAID = '500000000';
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

const play = (id: string, song: string | undefined, more: Partial<EventInit> = {}): EventInit => ({
  id,
  readings: { songs: ONE },
  ...(song === undefined ? {} : { song }),
  ...more,
});
const songA = (id: string, occurredAt: number) => play(id, 'a', { occurredAt });
const amounts = async () => (await database.charges()).map(({ amount }) => amount);
const unlocks = () =>
  database.rows('select customer, item, unlocked_at from unlocks order by customer, item');

const outcomes = () =>
  database.rows(`select tenant, outcome, reason, sum(events)::int as events
                   from event_counts group by 1, 2, 3 order by 1, 2, 3`);
const facts = async () => [await database.charges(), await unlocks(), await outcomes()];

/** A process of its own, without any memory. */
async function rate(log: TestLog, from = 0): Promise<void> {
  const worker = new TestWorker(database.batch);
  await worker.apply(log.records.slice(from));
  await worker.settled();
}

it('is paid once per customer and item, across a batch and a restart', async () => {
  const log = new TestLog();
  log.events([play('1', 'a'), play('2', 'a'), play('3', 'b'), play('4', 'a', { customer: 'bob' })]);
  await rate(log);
  log.events([play('5', 'a'), play('6', 'b', { customer: 'bob' }), play('7', 'c')]);
  await rate(log, 1);
  expect(await amounts()).toEqual([PAID, '0', PAID, PAID, '0', PAID, PAID]);
  expect(await database.charges()).toMatchObject([
    { quantity_before: '0.000000000', quantity_after: '1.000000000' },
    { quantity_before: '1.000000000', quantity_after: '1.000000000' },
    { quantity_before: '1.000000000', quantity_after: '2.000000000' },
    { customer: 'bob', quantity_after: '1.000000000' },
    { quantity_before: '2.000000000', quantity_after: '2.000000000' },
    { customer: 'bob', quantity_after: '2.000000000' },
    { quantity_before: '2.000000000', quantity_after: '3.000000000' },
  ]);
  expect((await unlocks()).map(({ customer, item }) => [customer, item])).toEqual([
    ['ann', 'a'],
    ['ann', 'b'],
    ['ann', 'c'],
    ['bob', 'a'],
    ['bob', 'b'],
  ]);
});

it('stays open in the next period and for late use of the one before, until its days are over', async () => {
  const unlockedAt = Date.UTC(2026, 6, 28) * 1_000;
  const log = new TestLog();
  log.events([songA('1', unlockedAt)]);
  log.events([songA('2', unlockedAt + 5 * DAY), songA('3', unlockedAt - DAY)]);
  log.events([songA('4', unlockedAt + 10 * DAY - 1), songA('5', unlockedAt + 10 * DAY)]);
  for (let record = 0; record < 3; record++) await rate(log, record);
  expect(await amounts()).toEqual([PAID, '0', '0', '0', PAID]);
  expect(await unlocks()).toEqual([
    { customer: 'ann', item: 'a', unlocked_at: String(unlockedAt + 10 * DAY) },
  ]);
});

it('stays open under the next version of the price, which is paid for what is not', async () => {
  const next = priceThing('acme', {
    key: 'songs',
    version: 2,
    effectiveFrom: NOW - DAY,
    model: { kind: 'unlock', item: 'song', unitPrice: '0.25' },
  });
  const view = viewOf([...TARIFF, next]);
  const log = new TestLog();
  log.events([play('1', 'a', { occurredAt: NOW - 15 * DAY })]);
  const worker = new TestWorker(database.batch, { view });
  await worker.apply(log.records);
  log.append(envelopeOf([play('2', 'a'), play('3', 'b')], TARIFF.length + 1));
  await new TestWorker(database.batch, { view }).apply(log.records.slice(1));
  expect(await amounts()).toEqual([PAID, '0', '250000000']);
});

it('is refused for an event that names no item, with all of its charges', async () => {
  const log = new TestLog();
  log.events([play('1', undefined, { readings: { songs: ONE, traffic: ONE } }), play('2', 'a')]);
  await rate(log);
  expect(await amounts()).toEqual([PAID]);
  expect(await database.rows('select event_id, code, detail from rejected_events')).toEqual([
    {
      event_id: '1',
      code: 'no_item_on_event',
      detail: 'the event does not say which item it unlocks',
    },
  ]);
});

it('gives nothing away when a transaction goes back to its savepoint', async () => {
  const log = new TestLog();
  log.events([play('1', 'a', { customer: 'bob' }), play('1', 'b')]);
  await rate(log);
  // Another process knows none of these ids, so the copy is refused and all of it is rated again.
  log.events([play('2', 'a'), play('1', 'b'), play('3', 'a')]);
  // And one that cannot be stored is found by halving: what lies beside it is rated several times.
  const bad = 'bad\u0000type';
  log.events([play('4', 'c'), play('5', 'd', { type: bad }), play('6', 'c'), play('7', 'd')]);
  await rate(log, 1);
  expect(await amounts()).toEqual([PAID, PAID, '0', PAID, '0', PAID]);
  expect((await unlocks()).map(({ item }) => item)).toEqual(['a', 'c', 'd', 'a']);
});

it('of a customer with very many items is asked for again', async () => {
  const log = new TestLog();
  const ids = Array.from({ length: 1_200 }, (_, at) => String(at));
  log.events(ids.map((id) => play(id, `song-${id}`)));
  log.events([play('again-0', 'song-0'), play('more', 'more')]);
  log.events([play('again-1', 'song-1'), play('again-2', 'song-1199')]);
  const worker = new TestWorker(database.batch);
  for (const record of log.records) await worker.apply([record]);
  expect((await amounts()).slice(ids.length)).toEqual(['0', PAID, '0', '0']);
});

it(
  'does not depend on how the log is cut into batches, nor on who rates them',
  { timeout: 60_000 },
  async () => {
    const use = fc.record({
      id: fc.nat(30).map(String),
      customer: fc.constantFrom('ann', 'bob'),
      song: fc.constantFrom('a', 'b', undefined),
      daysAgo: fc.nat(40),
    });
    await expectSameHoweverCut(use, {
      database,
      newWorker: () => new TestWorker(database.batch),
      append: (log, uses) => {
        log.events(
          uses.map(({ id, customer, song, daysAgo }, index) =>
            // What is refused takes no key; what comes again is played again, song and all.
            play(song === undefined ? `none-${log.records.length}-${index}` : id, song, {
              customer,
              occurredAt: NOW - daysAgo * DAY,
            }),
          ),
        );
      },
      facts,
    });
  },
);

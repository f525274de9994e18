import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { selectUnpublished } from '../publish-ranges/ranges.repository.js';
import { rebuildRange } from '../publish-ranges/rebuild-range.js';
import {
  createRatingDatabase,
  PARTITION,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import {
  articles,
  clips,
  corrects,
  idAt,
  seats,
  shownCharge,
  song,
  voids,
} from './correction-records.spec.js';

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

async function chargesAfter(count: number): Promise<unknown[]> {
  return (await database.charges()).slice(count).map(shownCharge);
}

describe('an unlock', () => {
  it('is closed again by the void of the use that paid it, or is open since an earlier one', async () => {
    const log = new TestLog();
    log.events([song('1', 'hey', 0), song('2', 'hey', 11)]);
    voids(log, '2');
    log.events([song('3', 'hey', 5), song('4', 'hey', 12)]);
    log.events([song('5', 'you')]);
    voids(log, '5');
    log.events([song('6', 'you')]);
    await rated(log);
    expect(await chargesAfter(2)).toEqual([
      [idAt(0n, 1), '2 to 1', '-0.500000000'],
      ['3', '1 to 1', '0.000000000'],
      ['4', '1 to 2', '0.500000000'],
      ['5', '2 to 3', '0.500000000'],
      [idAt(4n - 1n), '3 to 2', '-0.500000000'],
      ['6', '2 to 3', '0.500000000'],
    ]);
  });

  it('stays open where a later use went through it, and opens another item by a correction', async () => {
    const log = new TestLog();
    log.events([song('1', 'hey'), song('2', 'hey', 1)]);
    voids(log, '1');
    log.events([song('3', 'hey', 2), song('4', 'you')]);
    corrects(log, '4', song('4', 'them'));
    log.events([song('5', 'them', 1), song('6', 'you', 1)]);
    corrects(log, '5', song('5', 'you', 1));
    corrects(log, '6', song('6', 'you', 1));
    await rated(log);
    expect(await chargesAfter(2)).toEqual([
      [idAt(0n), '1 to 0', '-0.500000000'],
      ['3', '0 to 0', '0.000000000'],
      ['4', '0 to 1', '0.500000000'],
      [idAt(2n, 1), '1 to 0', '-0.500000000'],
      [idAt(2n, 1), '0 to 1', '0.500000000'],
      ['5', '1 to 1', '0.000000000'],
      ['6', '1 to 2', '0.500000000'],
      // Free before, and free now: it adds a charge of nothing.
      [idAt(4n), '2 to 2', '0.000000000'],
      // Used again by its own correction, the item is closed, and paid again.
      [idAt(4n, 1), '2 to 1', '-0.500000000'],
      [idAt(4n, 1), '1 to 2', '0.500000000'],
    ]);
  });
});

describe('an event that corrects another', () => {
  it('ends as any event does, with the adjustments as its charges', async () => {
    const log = new TestLog();
    log.events([articles('1', 2), articles('2')]);
    voids(log, '1', { by: { id: 'v' } });
    voids(log, '1', { by: { id: 'v' } });
    voids(log, '2', { by: { id: 'v', data: '{"other":1}' } });
    corrects(log, '2', articles('c', 5));
    log.events([articles('c', 5)]);
    corrects(log, '9', articles('d', 5));
    await rated(log);
    expect(await chargesAfter(2)).toEqual([
      [idAt(0n), '3 to 1', '-0.004000000'],
      [idAt(0n, 1), '1 to 0', '-0.002000000'],
      [idAt(0n, 1), '0 to 5', '0.010000000'],
    ]);
    expect(
      await database.rows(
        `select outcome, reason, events::integer, charged::integer from event_counts order by 1, 2`,
      ),
    ).toEqual([
      { outcome: 'applied', reason: '', events: 4, charged: 4 },
      { outcome: 'conflict', reason: '', events: 2, charged: 0 },
      { outcome: 'duplicate', reason: '', events: 1, charged: 0 },
      { outcome: 'rejected', reason: 'event_not_found', events: 1, charged: 0 },
    ]);
    expect(await database.rows(`select log_offset::integer from inbox order by 1`)).toEqual(
      [0, 0, 1, 4].map((log_offset) => ({ log_offset })),
    );
  });
});

describe('replay and restart', () => {
  it('make the same charges, however the log is cut, and the same messages byte for byte', async () => {
    const log = new TestLog();
    log.events([articles('1', 25), seats('2', 9), song('3', 'hey'), clips('7', 'video')]);
    corrects(log, '1', articles('1', 5));
    voids(log, '2');
    voids(log, '3');
    corrects(log, '7', clips('c', 'audio'));
    log.events([articles('4', 1), seats('5', 3), song('6', 'hey')]);
    const worker = await rated(log);
    const once = await database.charges();
    await database.admin.query('update rated_ranges set published_at = null');
    const rebuilt = await runInTransaction(database.batch, {}, async (tx) => {
      const ranges = await selectUnpublished(tx, PARTITION);
      return Promise.all(ranges.map((range) => rebuildRange(tx, viewOf(TARIFF), range)));
    });
    expect(rebuilt).toEqual(worker.producer.sent);
    await database.clear();
    for (const record of log.records) {
      const another = new TestWorker(database.batch);
      await another.apply([record]);
      await another.settled();
    }
    expect(await database.charges()).toEqual(once);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatNanos } from '@farthing/domain/money/nanos';
import {
  AUGUST,
  createRatingDatabase,
  NOW,
  ONE,
  TestLog,
  TestWorker,
  type EventInit,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import {
  articles,
  clips,
  corrects,
  DAY,
  idAt,
  seats,
  shownCharge,
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

async function accumulators(): Promise<unknown[]> {
  const rows = await database.rows(
    `select price, cell, quantity, amount from accumulators order by price, cell, usage_from`,
  );
  return rows.map(({ price, cell, quantity, amount }) => [
    price,
    cell,
    Number(quantity),
    formatNanos(BigInt(amount as string)),
  ]);
}

const outcomes = async () =>
  (
    await database.rows(`select command_id, state, refusal from corrections order by log_offset`)
  ).map(({ command_id, state, refusal }) => [
    String(command_id).replace(/[0-9a-f]{32}/, 'key'),
    state,
    refusal,
  ]);

describe('a void', () => {
  it('takes the quantity back at what it is by now, so that every tier is filled again', async () => {
    const log = new TestLog();
    log.events([articles('1', 15), articles('2', 10), articles('3', 1)]);
    voids(log, '1');
    log.events([articles('4', 10)]);
    const worker = await rated(log);
    expect(await chargesAfter(0)).toEqual([
      ['1', '0 to 15', '0.030000000'],
      ['2', '15 to 25', '0.017500000'],
      ['3', '25 to 26', '0.001500000'],
      // 26 units cost 0.049, 11 cost 0.022.
      [idAt(0n), '26 to 11', '-0.027000000'],
      ['4', '11 to 21', '0.019500000'],
    ]);
    expect(await accumulators()).toEqual([['articles', '', 21, '0.041500000']]);
    const message = worker.producer.messages.flatMap(({ charges }) => charges)[3]!;
    expect(message).toMatchObject({
      kind: 2,
      eventId: '1',
      shares: [{ creator: 'joe', amountNanos: -18_900_000n }],
    });
    expect(await outcomes()).toEqual([['void:key', 'applied', null]]);
  });

  it('of a meter of a maximum leaves the greatest of the others, whatever came first', async () => {
    const log = new TestLog();
    log.events([seats('1', 10), seats('2', 7), seats('3', 12)]);
    voids(log, '3');
    voids(log, '1');
    log.events([seats('4', 8)]);
    await rated(log);
    expect(await chargesAfter(3)).toEqual([
      [idAt(0n, 2), '12 to 10', '-3.000000000'],
      [idAt(0n), '10 to 7', '-4.500000000'],
      ['4', '7 to 8', '1.500000000'],
    ]);
  });

  it('of less than the maximum changes nothing, and is applied', async () => {
    const log = new TestLog();
    log.events([seats('1', 10), seats('2', 7)]);
    voids(log, '2');
    voids(log, '1');
    await rated(log);
    expect(await chargesAfter(2)).toEqual([[idAt(0n), '10 to 0', '-15.000000000']]);
    expect(await outcomes()).toEqual([
      ['void:key', 'applied', null],
      ['void:key', 'applied', null],
    ]);
  });

  it('takes back every price that charged the event', async () => {
    const log = new TestLog();
    log.events([{ id: '1' }]);
    voids(log, '1');
    await rated(log);
    expect(await chargesAfter(2)).toEqual([
      [idAt(0n), '1 to 0', '-0.002000000'],
      [idAt(0n, 0, 1), '1000 to 0', '-0.000010000'],
    ]);
  });

  it('of a sealed period is booked to the earliest unsealed one, of the usage period that it corrects', async () => {
    const log = new TestLog();
    log.events([articles('1'), articles('2')]);
    log.barrier('run-1', AUGUST.to);
    voids(log, '1');
    log.barrier('run-2', AUGUST.to);
    const worker = await rated(log);
    expect((await database.charges())[2]).toMatchObject({
      corrects: idAt(0n),
      usage_from: String(AUGUST.from),
      booking_from: String(AUGUST.to),
      quantity_before: '2.000000000',
      quantity_after: '1.000000000',
    });
    const passed = worker.producer.messages
      .flatMap(({ echoes }) => echoes)
      .flatMap(({ record }) => (record.case === 'barrierPassed' ? [record.value] : []));
    expect(passed[1]).toMatchObject({ charges: 1n, sums: [{ sumNanos: '-2000000' }] });
  });

  it.each<[string, (log: TestLog) => void, string]>([
    ['of an unknown event', (log) => voids(log, '9'), 'event_not_found'],
    ['of another source', (log) => voids(log, '1', { source: 'app' }), 'event_not_found'],
    ['of another customer', (log) => voids(log, '1', { customer: 'bob' }), 'event_not_found'],
    ['of an event without charges', (log) => voids(log, 'free'), 'event_without_charges'],
    ['of a refunded event', (log) => voids(log, 'refunded'), 'charge_refunded'],
    ['of a voided event', (log) => voids(log, '1', { by: { id: 'v' } }), 'event_voided'],
  ])('%s is refused, and says so', async (_, ask, refusal) => {
    const log = new TestLog();
    log.events([articles('1'), articles('refunded'), { id: 'free', readings: { peak: ONE } }]);
    log.refund(idAt(0n, 1));
    if (refusal === 'event_voided') voids(log, '1');
    ask(log);
    await rated(log);
    const before = refusal === 'event_voided' ? 2 : 1;
    expect((await database.charges()).filter(({ kind }) => kind === 2)).toHaveLength(before);
    if (refusal === 'event_voided') {
      expect(await database.rows(`select event_id, code from rejected_events`)).toEqual([
        { event_id: 'v', code: refusal },
      ]);
    } else {
      expect((await outcomes()).at(-1)).toEqual(['void:key', 'refused', refusal]);
    }
  });

  it('is applied once, and no longer than keys are remembered', async () => {
    const log = new TestLog();
    log.events([articles('1')]);
    log.events([articles('2', 1, { occurredAt: NOW - 99 * DAY })]);
    voids(log, '1');
    voids(log, '1');
    const { records } = log;
    voids(log, '2');
    const late = { ...records.at(-1)!, appendedAtMs: (NOW + 2 * DAY) / 1_000 };
    await new TestWorker(database.batch).apply([...records.slice(0, -1), late]);
    expect((await database.charges()).filter(({ kind }) => kind === 2)).toHaveLength(1);
    expect((await outcomes()).at(-1)).toEqual(['void:key', 'refused', 'too_late']);
  });
});

describe('the refund of a charge', () => {
  it('whose event was voided is refused', async () => {
    const log = new TestLog();
    log.events([articles('1')]);
    voids(log, '1');
    log.refund(idAt(0n));
    await rated(log);
    expect((await outcomes()).at(-1)).toEqual([`refund:${idAt(0n)}`, 'refused', 'event_voided']);
  });

  it('whose event was corrected gives back what is left of it, from those who have it now', async () => {
    const log = new TestLog();
    log.events([articles('1', 3)]);
    corrects(log, '1', articles('1', 1, { creator: 'ann' }));
    log.refund(idAt(0n));
    const worker = await rated(log);
    expect(await chargesAfter(1)).toEqual([
      [idAt(0n), '3 to 0', '-0.006000000'],
      [idAt(0n), '0 to 1', '0.002000000'],
      [idAt(0n), '1 to 1', '-0.002000000'],
    ]);
    const [, , corrected, refund] = worker.producer.messages.flatMap(({ charges }) => charges);
    expect(corrected!.shares).toEqual([{ creator: 'ann', amountNanos: 1_400_000n }]);
    expect(refund!.shares).toEqual([{ creator: 'ann', amountNanos: -1_400_000n }]);
  });
});

describe('a correction', () => {
  it('takes back what the event read, and charges what it should have', async () => {
    const log = new TestLog();
    log.events([articles('1', 15), articles('2', 10)]);
    corrects(log, '1', articles('1', 5, { creator: 'eve' }));
    const worker = await rated(log);
    expect(await chargesAfter(2)).toEqual([
      [idAt(0n), '25 to 10', '-0.027500000'],
      [idAt(0n), '10 to 15', '0.010000000'],
    ]);
    expect(await accumulators()).toEqual([['articles', '', 15, '0.030000000']]);
    const adjustments = worker.producer.messages.flatMap(({ charges }) => charges).slice(2);
    expect(adjustments.map(({ shares, eventId }) => [eventId, shares])).toEqual([
      ['1', [{ creator: 'joe', amountNanos: -19_250_000n }]],
      ['1', [{ creator: 'eve', amountNanos: 7_000_000n }]],
    ]);
  });

  it('may land in another cell and in another period', async () => {
    const log = new TestLog();
    log.events([clips('1', 'video', 3), clips('2', 'video')]);
    corrects(log, '1', clips('1', 'audio', 3));
    corrects(log, '2', { ...clips('2', 'video'), occurredAt: AUGUST.from - DAY });
    await rated(log);
    expect(await chargesAfter(2)).toEqual([
      [idAt(0n), '{"format":"video"}', '4 to 1', '-0.400000000'],
      [idAt(0n), '{}', '0 to 3', '0.030000000'],
      [idAt(0n, 1), '{"format":"video"}', '1 to 0', '-0.200000000'],
      [idAt(0n, 1), '{"format":"video"}', '0 to 1', '0.200000000'],
    ]);
    const july = (await database.charges()).at(-1)!;
    expect(july).toMatchObject({
      usage_to: String(AUGUST.from),
      booking_to: String(AUGUST.from),
      usage_month: 202607,
    });
  });

  it('can be corrected, and voided', async () => {
    const log = new TestLog();
    log.events([articles('1', 1), seats('2', 4), seats('3', 2)]);
    corrects(log, '1', articles('1', 30));
    corrects(log, '1', articles('1', 3), { number: 2 });
    voids(log, '1');
    corrects(log, '2', seats('2', 9));
    corrects(log, '2', seats('2', 3), { number: 2 });
    voids(log, '2');
    corrects(log, '2', seats('2', 5), { number: 3 });
    await rated(log);
    expect(await chargesAfter(3)).toEqual([
      [idAt(0n), '1 to 0', '-0.002000000'],
      [idAt(0n), '0 to 30', '0.055000000'],
      [idAt(0n), '30 to 0', '-0.055000000'],
      [idAt(0n), '0 to 3', '0.006000000'],
      [idAt(0n), '3 to 0', '-0.006000000'],
      [idAt(0n, 1), '4 to 2', '-3.000000000'],
      [idAt(0n, 1), '2 to 9', '10.500000000'],
      [idAt(0n, 1), '9 to 2', '-10.500000000'],
      [idAt(0n, 1), '2 to 3', '1.500000000'],
      [idAt(0n, 1), '3 to 2', '-1.500000000'],
    ]);
    expect((await outcomes()).at(-1)).toEqual(['correct:key:3', 'refused', 'event_voided']);
  });

  it.each<[string, EventInit, string]>([
    ['of another type', articles('1', 1, { type: 'article.sold' }), 'type_differs'],
    ['before keys are remembered', articles('1', 1, { occurredAt: NOW - 101 * DAY }), 'too_late'],
    ['in the future', articles('1', 1, { occurredAt: NOW + DAY }), 'too_early'],
    ['that names no item', { id: '1', readings: { songs: ONE } }, 'no_item_on_event'],
  ])('%s is refused as a whole', async (_, replacement, refusal) => {
    const log = new TestLog();
    log.events([articles('1', 2)]);
    corrects(log, '1', replacement);
    await rated(log);
    expect(await chargesAfter(1)).toEqual([]);
    expect(await accumulators()).toEqual([['articles', '', 2, '0.004000000']]);
    expect(await outcomes()).toEqual([['correct:key:1', 'refused', refusal]]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  NOW,
  TARIFF,
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

async function rated(log: TestLog): Promise<TestWorker> {
  const worker = new TestWorker(database.batch);
  await worker.apply(log.records);
  await worker.settled();
  return worker;
}

const counts = () =>
  database.rows(`select outcome, reason, events::int, charged::int from event_counts
                  order by tenant, outcome, reason`);

const changed = (version: bigint, plan: string) => ({
  case: 'customerChanged' as const,
  value: {
    commandId: `customer:ann:${version}`,
    tenant: 'acme',
    customer: 'ann',
    version,
    catalogVersion: BigInt(TARIFF.length),
    plan,
    currency: 'USD',
    timeZone: 'Europe/Berlin',
    anchorAtMicros: BigInt(Date.UTC(2026, 0, 15) * 1_000),
    interval: 4,
    funding: 2,
  },
});

describe('control records', () => {
  it('change a customer at their place in the log, and a lower version is ignored', async () => {
    const log = new TestLog();
    log.control(changed(2n, ''));
    log.events([{ id: '1' }]);
    log.control(changed(3n, 'standard'));
    log.control(changed(1n, ''));
    log.events([{ id: '2' }]);
    const worker = await rated(log);
    expect(await counts()).toMatchObject([
      { outcome: 'applied', events: 1 },
      { outcome: 'rejected', reason: 'customer_without_plan', events: 1 },
    ]);
    const echoes = worker.producer.messages.flatMap(({ echoes: all }) => all);
    expect(echoes).toMatchObject([
      { offset: 0n, record: { value: { version: 2n } } },
      { offset: 2n, record: { value: { version: 3n, timeZone: 'Europe/Berlin' } } },
    ]);
    const [charge] = await database.charges();
    // 15 August, midnight in Berlin is 22:00 UTC on the 14th; the anchor was at 01:00 there.
    expect(charge!.usage_from).toBe(String(Date.UTC(2026, 7, 14, 23) * 1_000));
  });

  it('keep the bounds of a period that was opened before the change', async () => {
    const log = new TestLog();
    log.events([{ id: '1', occurredAt: NOW - 10 * DAY }]);
    log.control(changed(1n, 'standard'));
    log.events(
      [
        { id: '2', occurredAt: NOW - DAY },
        { id: '3', occurredAt: NOW + 13 * DAY },
      ],
      NOW + 13 * DAY,
    );
    await rated(log);
    const periods = await database.rows(
      'select period_from, period_to from billing_periods order by 1',
    );
    expect(periods).toEqual([
      { period_from: String(AUGUST.from), period_to: String(AUGUST.to) },
      {
        period_from: String(AUGUST.to),
        period_to: String(Date.UTC(2026, 8, 14, 23) * 1_000),
      },
    ]);
  });

  it('of the Kafka door give a refused record its fate, once', async () => {
    const log = new TestLog();
    const rejected = {
      case: 'rejected' as const,
      value: {
        commandId: 'rejected:usage.inbound.v1.acme:0:7',
        tenant: 'acme',
        customer: '',
        source: 'web\u0000',
        eventId: 'x',
        code: 'not_json',
        detail: 'no JSON',
        pointer: '',
        bytes: Buffer.from([0, 255]),
      },
    };
    log.control(rejected);
    log.control(rejected);
    await rated(log);
    expect(await counts()).toMatchObject([
      { outcome: 'duplicate', events: 1 },
      { outcome: 'rejected', reason: 'not_json', events: 1 },
    ]);
    expect(await database.rows('select code, bytes from rejected_events')).toEqual([
      { code: 'not_json', bytes: Buffer.from([0, 255]) },
    ]);
    expect(await database.rows('select log_offset, outcome from repeated_events')).toEqual([
      { log_offset: '1', outcome: 'duplicate' },
    ]);
  });

  it.each([
    ['a hand-over', { case: 'handOver' as const, value: { commandId: 'h', nextGeneration: 2 } }],
  ])(
    'that this version does not apply (%s) stop the partition behind what came before',
    async (_, record) => {
      const log = new TestLog();
      log.events([{ id: '1' }]);
      log.control(record);
      log.events([{ id: '2' }]);
      const worker = new TestWorker(database.batch);
      await expect(worker.apply(log.records)).rejects.toMatchObject({
        failureClass: 'halt',
        reason: 'unknown_message',
      });
      expect(await counts()).toMatchObject([{ outcome: 'applied', events: 1 }]);
      expect(await database.rows('select next_offset from partition_offsets')).toEqual([
        { next_offset: '1' },
      ]);
    },
  );

  it('that are no record at all stop the partition, too', async () => {
    const log = new TestLog();
    log.append(Buffer.from('garbage'));
    await expect(new TestWorker(database.batch).apply(log.records)).rejects.toMatchObject({
      failureClass: 'halt',
    });
  });
});

describe('sealing', () => {
  it('says once what passed, and a repeated run is ignored', async () => {
    const log = new TestLog();
    log.events([{ id: '1' }, { id: '2', tenant: 'other' }]);
    log.barrier('run-1', AUGUST.to);
    log.events([{ id: '3' }]);
    log.barrier('run-1', AUGUST.to);
    log.barrier('run-2', AUGUST.to);
    const worker = await rated(log);
    const passed = worker.producer.messages
      .flatMap(({ echoes }) => echoes)
      .filter(({ record }) => record.case === 'barrierPassed');
    expect(passed).toMatchObject([
      {
        offset: 1n,
        index: 1,
        record: {
          value: { runId: 'run-1', charges: 2n, sums: [{ currency: 'USD', sumNanos: '2010000' }] },
        },
      },
      { offset: 4n, index: 1, record: { value: { runId: 'run-2', charges: 2n } } },
    ]);
  });

  it('books a late event to the earliest unsealed period, priced by its own', async () => {
    const log = new TestLog();
    const many = Array.from({ length: 20 }, (_, at) => ({ id: `a${at}` }));
    log.events(many);
    log.barrier('run-1', AUGUST.to, 'acme');
    log.events([{ id: 'late' }, { id: 'on-time', tenant: 'other' }], AUGUST.to + DAY);
    // Another process knows of the seal, too.
    const first = new TestWorker(database.batch);
    await first.apply(log.records.slice(0, 2));
    await new TestWorker(database.batch).apply(log.records.slice(2));
    const [late, , onTime] = (await database.charges()).slice(-4);
    expect(late).toMatchObject({
      event_id: 'late',
      usage_from: String(AUGUST.from),
      booking_from: String(AUGUST.to),
      booking_to: String(Date.UTC(2026, 9) * 1_000),
      quantity_before: '20.000000000',
      amount: '1500000',
    });
    expect(onTime).toMatchObject({ event_id: 'on-time', booking_from: String(AUGUST.from) });
  });

  it('refuses a late event when the days of the tenant have passed, and no other', async () => {
    const log = new TestLog();
    const other = { tenant: 'other' };
    log.events([{ id: 'in-time', ...other }]);
    log.barrier('run-1', AUGUST.to, 'other');
    log.events([{ id: 'late', ...other }], AUGUST.to + 3 * DAY - 1);
    log.events(
      [
        { id: 'too-late', ...other },
        { id: 'new-customer', customer: 'eve', ...other },
        { id: 'september', occurredAt: AUGUST.to, ...other },
      ],
      AUGUST.to + 3 * DAY,
    );
    await new TestWorker(database.batch).apply(log.records);
    const events = new Set((await database.charges()).map(({ event_id }) => event_id));
    expect([...events]).toEqual(['in-time', 'late', 'september']);
    expect(await database.rows('select event_id, code from rejected_events')).toEqual([
      { event_id: 'too-late', code: 'late_refused' },
      { event_id: 'new-customer', code: 'late_refused' },
    ]);
  });
});

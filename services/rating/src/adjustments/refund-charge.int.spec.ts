import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { encodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { rebuildRange } from '../publish-ranges/rebuild-range.js';
import { selectUnpublished } from '../publish-ranges/ranges.repository.js';
import {
  AUGUST,
  createRatingDatabase,
  ONE,
  PARTITION,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';

let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

const idAt = (offset: bigint, index = 0, n = 0) => `chg_1-${PARTITION}-${offset}-${index}-${n}`;

async function rated(log: TestLog): Promise<TestWorker> {
  const worker = new TestWorker(database.batch);
  await worker.apply(log.records);
  await worker.settled();
  return worker;
}

const article = (id: string, tenant = 'acme') => ({ id, tenant, readings: { articles: ONE } });
const adjustments = async () => (await database.charges()).filter(({ kind }) => kind === 2);
const corrections = () =>
  database.rows(
    `select tenant, command_id, state, refusal, log_offset from corrections order by 1, 2`,
  );

describe('a refund', () => {
  it('gives back what the charge came to, of the same event and period, and leaves the quantity', async () => {
    const log = new TestLog();
    log.events([article('1'), article('2')]);
    log.refund(idAt(0n, 1));
    log.events([article('3')]);
    const worker = await rated(log);
    const [first, second, refund, third] = await database.charges();
    expect(refund).toEqual({
      ...second,
      log_offset: '1',
      event_index: 0,
      kind: 2,
      corrects: idAt(0n, 1),
      quantity_before: '2.000000000',
      quantity_after: '2.000000000',
      amount: '-2000000',
      body_hash: Buffer.alloc(32),
    });
    expect([first!.amount, second!.amount]).toEqual(['2000000', '2000000']);
    // What comes later is priced as if nothing had been refunded.
    expect(third).toMatchObject({ quantity_before: '2.000000000', amount: '2000000' });
    const message = worker.producer.messages.flatMap(({ charges }) => charges)[2]!;
    expect(message).toMatchObject({
      kind: 2,
      corrects: idAt(0n, 1),
      amountNanos: -2_000_000n,
      shares: [{ creator: 'joe', amountNanos: -1_400_000n }],
    });
    expect(await corrections()).toEqual([
      {
        tenant: 'acme',
        command_id: `refund:${idAt(0n, 1)}`,
        state: 'applied',
        refusal: null,
        log_offset: '1',
      },
    ]);
  });

  it('is applied once, however often its record comes', async () => {
    const log = new TestLog();
    log.events([article('1')]);
    log.refund(idAt(0n));
    log.refund(idAt(0n));
    await rated(log);
    await new TestWorker(database.batch).apply([]);
    const again = new TestLog();
    again.records.push(...log.records);
    again.refund(idAt(0n));
    await new TestWorker(database.batch).apply(again.records.slice(3));
    expect(await adjustments()).toHaveLength(1);
  });

  it.each([
    ['of an unknown charge', idAt(7n), {}, 'charge_not_found'],
    ['of text that is no charge', 'chg_9', {}, 'charge_not_found'],
    ['of a charge of another partition', 'chg_1-4-0-0-0', {}, 'charge_not_found'],
    ['of another tenant', idAt(0n, 2), { tenant: 'other' }, 'charge_not_found'],
    ['of another customer', idAt(0n, 2), { customer: 'bob' }, 'charge_not_found'],
    ['of a charge of nothing', idAt(0n, 1), {}, 'nothing_to_refund'],
    ['of a refund', idAt(1n), {}, 'not_a_usage_charge'],
  ])('%s is refused, and says so', async (_, chargeId, changes, refusal) => {
    const log = new TestLog();
    log.events([article('1'), { id: '2', readings: { articles: 0n } }, article('3')]);
    log.refund(idAt(0n));
    const refund = log.refund(chargeId, changes);
    await rated(log);
    expect(await corrections()).toContainEqual({
      tenant: changes.tenant ?? 'acme',
      command_id: `refund:${chargeId}`,
      state: 'refused',
      refusal,
      log_offset: String(refund),
    });
    expect(await adjustments()).toHaveLength(1);
  });

  it('of a sealed period is booked to the earliest unsealed one, and counts for its barrier', async () => {
    const log = new TestLog();
    log.events([article('1'), article('2')]);
    log.refund(idAt(0n));
    log.barrier('run-1', AUGUST.to);
    log.refund(idAt(0n, 1));
    log.barrier('run-2', AUGUST.to);
    const worker = await rated(log);
    expect(await adjustments()).toMatchObject([
      { corrects: idAt(0n), booking_from: String(AUGUST.from), usage_from: String(AUGUST.from) },
      {
        corrects: idAt(0n, 1),
        booking_from: String(AUGUST.to),
        booking_to: String(Date.UTC(2026, 9) * 1_000),
        usage_from: String(AUGUST.from),
      },
    ]);
    const passed = worker.producer.messages
      .flatMap(({ echoes }) => echoes)
      .flatMap(({ record }) => (record.case === 'barrierPassed' ? [record.value] : []));
    expect(passed).toMatchObject([
      { charges: 3n, sums: [{ sumNanos: '2000000' }] },
      { charges: 1n, sums: [{ sumNanos: '-2000000' }] },
    ]);
  });

  it('is published again after a crash, byte for byte', async () => {
    const log = new TestLog();
    log.events([article('1'), { id: '2', readings: { clips: 3n * ONE }, format: 'video' }]);
    log.refund(idAt(0n));
    log.refund(idAt(0n, 1));
    const worker = await rated(log);
    await database.admin.query('update rated_ranges set published_at = null');
    const rebuilt = await runInTransaction(database.batch, {}, async (tx) => {
      const ranges = await selectUnpublished(tx, PARTITION);
      return Promise.all(ranges.map((range) => rebuildRange(tx, viewOf(TARIFF), range)));
    });
    expect(rebuilt.map((bytes) => bytes.toString('hex'))).toEqual(
      worker.producer.sent.map((bytes) => bytes.toString('hex')),
    );
    expect(encodeRatedMessage(worker.producer.messages[0]!)).toEqual(worker.producer.sent[0]);
  });
});

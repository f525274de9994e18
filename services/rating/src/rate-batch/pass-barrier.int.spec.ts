import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import {
  AUGUST,
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

const DAY = 86_400_000_000;
const SEPTEMBER_END = Date.UTC(2026, 9) * 1_000;
let database: RatingDatabase;

/** A support desk: 2.00 a ticket, 10.00 a month at least, of which a fixed partner gets a tenth. */
const THINGS: CatalogThing[] = [
  ...TARIFF,
  priceThing('acme', {
    key: 'tickets',
    model: { kind: 'per_unit', unitPrice: '2' },
    minimum: '10',
    split: [{ creator: { kind: 'fixed', id: 'partner' }, shareBps: 1_000 }],
  }),
  priceThing('acme', {
    key: 'calls',
    model: { kind: 'graduated', tiers: [{ unitPrice: '1', flatFee: '3' }] },
    chargeFirstTierWhenUnused: true,
  }),
  priceThing('acme', {
    key: 'own',
    meterKey: 'tickets',
    model: { kind: 'per_unit', unitPrice: '1' },
    minimum: '4',
  }),
  {
    kind: 'plan',
    plan: { tenant: 'acme', key: 'desk', version: 1, prices: ['tickets', 'calls', 'articles'] },
  },
];
const VERSION = THINGS.length;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

/** As catalog tells it. */
function customer(
  id: string,
  changes: { closed?: boolean; plan?: string; priceOverrides?: string[] } = {},
  version = 1n,
) {
  return {
    case: 'customerChanged' as const,
    value: {
      commandId: `customer:${id}:${version}`,
      tenant: 'acme',
      customer: id,
      version,
      catalogVersion: BigInt(VERSION),
      plan: 'desk',
      currency: 'USD',
      timeZone: 'UTC',
      anchorAtMicros: BigInt(Date.UTC(2026, 0) * 1_000),
      interval: 4,
      funding: 2,
      ...changes,
    },
  };
}

const use = (
  id: string,
  by: string,
  tickets: number,
  more: Partial<EventInit> = {},
): EventInit => ({
  id,
  customer: by,
  readings: { tickets: BigInt(tickets) * ONE },
  ...more,
});

function events(log: TestLog, uses: readonly EventInit[], appendedAt = NOW): void {
  log.append(envelopeOf(uses, VERSION), appendedAt);
}

/** Below, above and at nothing; one that is closed, one that comes later, one whose plan has no minimum. */
function august(): TestLog {
  const log = new TestLog();
  for (const id of ['above', 'below', 'idle']) log.control(customer(id));
  log.control(customer('closed'));
  log.control(customer('closed', { closed: true }, 2n));
  log.control(customer('plain', { plan: 'standard' }));
  events(log, [use('1', 'below', 2), use('2', 'above', 7)]);
  log.control(customer('later'), AUGUST.to + DAY);
  log.barrier('run-1', AUGUST.to, 'acme', VERSION);
  return log;
}

function worker(options: { periodsAtOnce?: number; crashPoint?: (name: string) => void } = {}) {
  return new TestWorker(database.batch, { view: viewOf(THINGS), ...options });
}

async function rated(log: TestLog, by = worker()): Promise<TestWorker> {
  await by.apply(log.records);
  await by.settled();
  return by;
}

const minimums = async () =>
  (await database.charges())
    .filter(({ kind }) => kind === ChargeKind.MINIMUM)
    .map(({ customer: by, price, amount, event_index, n }) => [
      `${String(by)} ${String(price)}`,
      Number(amount) / 1e9,
      `${String(event_index)}/${String(n)}`,
    ]);

describe('the close of a period', () => {
  it('charges what is missing to the minimum, used or not, and nothing of who owes nothing', async () => {
    const { producer } = await rated(august());
    expect(await minimums()).toEqual([
      ['above calls', 3, '1/0'],
      ['below calls', 3, '1/1'],
      ['below tickets', 6, '1/2'],
      ['idle calls', 3, '1/3'],
      ['idle tickets', 10, '1/4'],
    ]);
    const [charge] = (await database.charges()).slice(-1);
    expect(charge).toMatchObject({
      source: '',
      event_id: '',
      type: '',
      meter: 'tickets',
      price_version: 1,
      occurred_at: String(AUGUST.to - 1),
      usage_from: String(AUGUST.from),
      booking_from: String(AUGUST.from),
      booking_to: String(AUGUST.to),
      quantity_before: '0.000000000',
      quantity_after: '0.000000000',
    });
    const last = producer.messages.at(-1)!;
    expect(last.echoes).toMatchObject([
      {
        offset: 8n,
        index: 2,
        record: {
          case: 'barrierPassed',
          value: { charges: 7n, sums: [{ currency: 'USD', sumNanos: '43000000000' }] },
        },
      },
    ]);
    const charges = producer.messages.flatMap((message) => message.charges);
    expect(charges.at(-1)).toMatchObject({
      customer: 'idle',
      shares: [{ creator: 'partner', amountNanos: ONE }],
    });
  });

  it('charges late use by what it adds to the settled minimum, also after a restart', async () => {
    const log = august();
    const late = { occurredAt: NOW - DAY };
    events(log, [use('3', 'below', 2, late), use('4', 'idle', 6, late)], AUGUST.to + DAY);
    events(log, [use('5', 'below', 3, late), use('6', 'above', 1, late)], AUGUST.to + DAY);
    events(log, [use('7', 'below', 1, { occurredAt: AUGUST.to })], AUGUST.to + DAY);
    const by = worker();
    await by.apply(log.records.slice(0, 10));
    await rated(log, worker());
    const ofEvent = new Map(
      (await database.charges()).map((charge) => [charge.event_id, Number(charge.amount) / 1e9]),
    );
    expect([...'34567'].map((id) => ofEvent.get(id))).toEqual([0, 2, 4, 2, 2]);
    expect(await database.rows('select count(*)::int as periods from settled_minimums')).toEqual([
      { periods: 6 },
    ]);
  });

  it('is gone on with where a process died between two chunks, to the same bytes', async () => {
    const whole = await rated(august(), worker({ periodsAtOnce: 1 }));
    const charges = await database.charges();
    expect(charges.filter(({ kind }) => kind === 3).map((row) => row.event_index)).toEqual([
      1, 2, 2, 3, 3,
    ]);
    await database.clear();
    const log = august();
    const sent: Buffer[] = [];
    for (let dies = 3; dies <= 6; dies++) {
      let steps = 0;
      const dying = worker({
        periodsAtOnce: 1,
        crashPoint: (name) => {
          if (name === 'after_effects' && ++steps === 2) throw new Error('killed');
        },
      });
      await expect(dying.apply(log.records)).rejects.toThrow('killed');
      await dying.settled();
      sent.push(...dying.producer.sent);
    }
    const last = await rated(log, worker({ periodsAtOnce: 1 }));
    sent.push(...last.producer.sent);
    expect(await database.charges()).toEqual(charges);
    expect(sent).toEqual(whole.producer.sent);
  });

  it('comes for each period, once a period, and for who came later from the first on', async () => {
    const log = august();
    log.barrier('run-1', AUGUST.to, 'acme', VERSION);
    log.barrier('run-2', SEPTEMBER_END, 'acme', VERSION);
    log.barrier('run-3', AUGUST.to, 'acme', VERSION);
    await rated(log);
    const september = (await minimums()).slice(5).map(([name, amount]) => [name, amount]);
    expect(september).toEqual(
      ['above', 'below', 'idle', 'later'].flatMap((id) => [
        [`${id} calls`, 3],
        [`${id} tickets`, 10],
      ]),
    );
  });

  it("settles a customer's own minimums in place of the plan's, also where the plan has none", async () => {
    const log = new TestLog();
    log.control(customer('ann', { priceOverrides: ['own'] }));
    log.control(customer('bob', { plan: 'standard', priceOverrides: ['own'] }));
    log.control(customer('zoe', { plan: 'standard' }));
    log.barrier('run-1', AUGUST.to, 'acme', VERSION);
    await rated(log);
    expect(await minimums()).toEqual([
      ['ann calls', 3, '1/0'],
      ['ann own', 4, '1/1'],
      ['bob own', 4, '1/2'],
    ]);
  });

  it('settles by the catalog version of the barrier, and without one nothing', async () => {
    const log = august();
    log.records.pop();
    log.barrier('run-0', AUGUST.to, 'acme', 0);
    const { producer } = await rated(log);
    expect(await minimums()).toEqual([]);
    expect(producer.messages.at(-1)?.echoes).toMatchObject([{ index: 1 }]);
    expect(await database.rows('select * from settlements')).toEqual([]);
  });

  it('does not bill periods without use from before the customer was known', async () => {
    const log = new TestLog();
    const july = NOW - 30 * DAY;
    log.control(customer('old'));
    events(log, [use('1', 'old', 1, { occurredAt: july }), use('2', 'old', 1)]);
    log.barrier('run-1', AUGUST.to, 'acme', VERSION);
    await rated(log);
    const charged = (await database.charges()).filter(({ kind }) => kind === 3);
    const months = charged.map(({ usage_month, price, amount }) => [usage_month, price, amount]);
    expect(months).toEqual([
      [202607, 'calls', '3000000000'],
      [202607, 'tickets', '8000000000'],
      [202608, 'calls', '3000000000'],
      [202608, 'tickets', '8000000000'],
    ]);
  });

  it('settles customers of before partitions were stored, each in its own', async () => {
    const log = new TestLog();
    for (const id of ['ann', 'eve', 'zoe']) log.control(customer(id));
    const by = worker();
    await by.apply(log.records);
    // Of these three the log's partition has eve alone.
    await database.admin.query(`update customers set partition = null where customer <> 'zoe'`);
    log.barrier('run-1', AUGUST.to, 'acme', VERSION);
    await rated(log, by);
    expect((await minimums()).map(([name]) => name)).toEqual([
      'eve calls',
      'eve tickets',
      'zoe calls',
      'zoe tickets',
    ]);
  });
});

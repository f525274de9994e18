import fc from 'fast-check';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  AUGUST,
  createRatingDatabase,
  envelopeOf,
  meterThing,
  NOW,
  ONE,
  PARTITION,
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
const PRICES = ['commission', 'fees', 'tips', 'traffic'];
/**
 * Tips of 1 to 50; 2.9 % and 0.30 of what is sold beyond 20, for each sale at least 1 and at most 9; and 10 % of what
 * is ordered, two orders of a period free, and a closed period costs 2.50 to 3.
 */
const THINGS: readonly CatalogThing[] = [
  ...TARIFF,
  meterThing('acme', 'tips', { aggregation: 'sum' }),
  meterThing('acme', 'sales', { aggregation: 'sum' }),
  priceThing('acme', {
    key: 'tips',
    model: { kind: 'amount_on_event', minimum: '1', maximum: '50' },
  }),
  priceThing('acme', {
    key: 'fees',
    meterKey: 'sales',
    model: {
      kind: 'percentage',
      rate: '2.9',
      fixed: '0.3',
      minimum: '1',
      maximum: '9',
      freeAmount: '20',
    },
  }),
  meterThing('acme', 'orders', { aggregation: 'sum' }),
  priceThing('acme', {
    key: 'commission',
    meterKey: 'orders',
    model: { kind: 'percentage', rate: '10', freeEvents: 2 },
    maximum: '3',
    minimum: '2.5',
  }),
  { kind: 'plan', plan: { tenant: 'acme', key: 'standard', version: 2, prices: PRICES } },
];
const view = viewOf(THINGS);
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

/** In cents. */
const reading =
  (meter: string) =>
  (id: string, cents: number, more: Partial<EventInit> = {}): EventInit => ({
    id,
    readings: { [meter]: (BigInt(cents) * ONE) / 100n },
    ...more,
  });
const [tip, sale, order] = [reading('tips'), reading('sales'), reading('orders')];
const pricedBefore = () =>
  database.rows(`select event_id, events_before, amount_before from charges
                  where events_before is not null order by log_offset, event_index`);
const amounts = async () => (await database.charges()).map(({ amount }) => amount);
const rejected = () =>
  database.rows('select event_id, code, detail from rejected_events order by event_id');

const facts = async () => [
  await database.charges(),
  await pricedBefore(),
  await database.rows(`select tenant, outcome, reason, sum(events)::int as events
                       from event_counts group by 1, 2, 3 order by 1, 2, 3`),
];

/** A process of its own, without any memory. */
const newWorker = () => new TestWorker(database.batch, { view });
const send = (log: TestLog, events: readonly EventInit[]) =>
  log.append(envelopeOf(events, THINGS.length));

async function rate(log: TestLog, from = 0): Promise<void> {
  const worker = newWorker();
  await worker.apply(log.records.slice(from));
  await worker.settled();
}

it('charges the amount on the event, and sums it over a batch and a restart', async () => {
  const log = new TestLog();
  send(log, [tip('1', 500), tip('2', 100), tip('3', 5_000, { customer: 'bob' })]);
  await rate(log);
  send(log, [tip('4', 250)]);
  await rate(log, 1);
  expect(await database.charges()).toMatchObject([
    { quantity_before: '0.000000000', quantity_after: '5.000000000', amount: '5000000000' },
    { quantity_before: '5.000000000', quantity_after: '6.000000000', amount: '1000000000' },
    { customer: 'bob', quantity_after: '50.000000000', amount: '50000000000' },
    { quantity_before: '6.000000000', quantity_after: '8.500000000', amount: '2500000000' },
  ]);
});

it('rejects an amount outside of the range with all charges of the event, which takes no key', async () => {
  const log = new TestLog();
  const both = { readings: { tips: ONE / 2n, traffic: ONE } };
  send(log, [tip('1', 0, both), tip('2', 5_001), tip('3', 100)]);
  send(log, [tip('1', 200)]);
  await rate(log);
  expect(await amounts()).toEqual(['1000000000', '2000000000']);
  expect(await rejected()).toEqual([
    {
      event_id: '1',
      code: 'amount_below_minimum',
      detail: 'the event carries less than the price takes',
    },
    {
      event_id: '2',
      code: 'amount_above_maximum',
      detail: 'the event carries more than the price takes',
    },
  ]);
});

it('charges a share with its fixed part, bounded for each event, once the free amount is used up', async () => {
  const log = new TestLog();
  send(log, [sale('1', 1_500), sale('2', 2_500)]);
  await rate(log);
  send(log, [sale('3', 4_000), sale('4', 100), sale('5', 100_000)]);
  await rate(log, 1);
  // Free; 20 of 25 above the free 20: 0.88 is raised; 1.46; 0.329 is raised; 29.30 is lowered.
  expect(await amounts()).toEqual(['0', '1000000000', '1460000000', '1000000000', '9000000000']);
});

it('counts free events and what was charged up to the maximum of the period, across a restart', async () => {
  const log = new TestLog();
  send(log, [order('1', 500), order('2', 70_000), sale('3', 100)]);
  await rate(log);
  const last = { occurredAt: NOW - 31 * DAY };
  send(log, [order('4', 2_000), order('5', 900, last), order('6', 2_000), order('7', 100)]);
  await rate(log, 1);
  expect(await amounts()).toEqual(['0', '0', '0', '2000000000', '0', '1000000000', '0']);
  expect(await pricedBefore()).toEqual([
    { event_id: '1', events_before: '0', amount_before: '0' },
    { event_id: '2', events_before: '1', amount_before: '0' },
    { event_id: '4', events_before: '2', amount_before: '0' },
    { event_id: '5', events_before: '0', amount_before: '0' },
    { event_id: '6', events_before: '3', amount_before: '2000000000' },
    { event_id: '7', events_before: '4', amount_before: '3000000000' },
  ]);
});

it('charges late use up to the settled minimum nothing, and counts on from what use cost', async () => {
  const log = new TestLog();
  send(log, [order('1', 500), order('2', 500), order('3', 1_000)]);
  log.barrier('run-1', AUGUST.to, 'acme', THINGS.length);
  const late = { occurredAt: NOW - DAY };
  const events = [order('4', 2_000, late), order('5', 2_000, late)];
  log.append(envelopeOf(events, THINGS.length), AUGUST.to + DAY);
  await rate(log);
  // Free, free, 1, the missing 1.50; late use comes to 2, of which 1.50 was paid, and then to the maximum.
  expect(await amounts()).toEqual(['0', '0', '1000000000', '1500000000', '500000000', '0']);
  expect((await pricedBefore()).slice(-2)).toEqual([
    { event_id: '4', events_before: '3', amount_before: '1000000000' },
    { event_id: '5', events_before: '4', amount_before: '3000000000' },
  ]);
});

it('says in the message what came before, and makes the message again from rows, byte for byte', async () => {
  const log = new TestLog();
  send(log, [order('1', 500), sale('2', 100), order('3', 500)]);
  const before = newWorker();
  await before.apply(log.records);
  await before.settled();
  const charges = before.producer.messages.flatMap((message) => message.charges);
  expect(charges.map((charge) => charge.pricedBefore)).toEqual([
    { events: 0, amount: 0n },
    undefined,
    { events: 1, amount: 0n },
  ]);
  await database.admin.query('update rated_ranges set published_at = null');
  const after = newWorker();
  await after.publisher.takeOver(PARTITION);
  await after.settled();
  expect(after.producer.sent).toEqual(before.producer.sent);
});

it('leaves no row of what came before where a transaction goes back to its savepoint', async () => {
  const log = new TestLog();
  send(log, [order('1', 500, { customer: 'bob' }), order('2', 500)]);
  await rate(log);
  // Another process knows none of these ids, so the copy is refused and all of it is rated again.
  send(log, [order('3', 500), order('2', 500), order('4', 500)]);
  await rate(log, 1);
  expect((await pricedBefore()).map((row) => [row['event_id'], row['events_before']])).toEqual([
    ['1', '0'],
    ['2', '0'],
    ['3', '1'],
    ['4', '2'],
  ]);
});

it(
  'does not depend on how the log is cut into batches, nor on who rates them',
  { timeout: 60_000 },
  async () => {
    const use = fc.record({
      id: fc.nat(30).map(String),
      customer: fc.constantFrom('ann', 'bob'),
      kind: fc.constantFrom(tip, sale, order),
      cents: fc.nat(6_000),
      daysAgo: fc.nat(40),
    });
    await expectSameHoweverCut(use, {
      database,
      newWorker,
      append: (log, uses) => {
        send(
          log,
          uses.map(({ id, customer, kind, cents, daysAgo }) =>
            kind(id, cents, { customer, occurredAt: NOW - daysAgo * DAY }),
          ),
        );
      },
      facts,
    });
  },
);

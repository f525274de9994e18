import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  createRatingDatabase,
  envelopeOf,
  meterThing,
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

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
/** What is stored at the end of a month costs 0.50 a unit; what is shown on a screen has no price. */
const THINGS = [
  ...TARIFF,
  meterThing('acme', 'stored', { aggregation: 'latest' }),
  meterThing('acme', 'shown', { aggregation: 'latest' }),
  priceThing('acme', { key: 'stored', model: { kind: 'per_unit', unitPrice: '0.5' } }),
  {
    kind: 'plan',
    plan: { tenant: 'acme', key: 'standard', version: 2, prices: ['articles', 'stored'] },
  } as const,
];
const view = viewOf(THINGS);
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

const stored = (id: string, units: bigint, more: Partial<EventInit> = {}): EventInit => ({
  id,
  readings: { stored: units * ONE },
  ...more,
});
const add = (log: TestLog, events: readonly EventInit[]) =>
  log.append(envelopeOf(events, THINGS.length));
const amounts = async () => (await database.charges()).map(({ amount }) => amount);
const accumulators = () =>
  database.rows(`select customer, usage_from, trunc(quantity)::int as quantity, latest_at, latest_event
                   from accumulators order by customer, usage_from`);
const facts = async () => [await database.charges(), await accumulators()];

/** A process of its own, without any memory. */
async function rate(log: TestLog, from = 0): Promise<void> {
  const worker = new TestWorker(database.batch, { view });
  await worker.apply(log.records.slice(from));
  await worker.settled();
}

it('charges the difference to what stood, across a batch and a restart, whatever comes late', async () => {
  const at = (hours: number) => ({ occurredAt: NOW - hours * HOUR });
  const log = new TestLog();
  add(log, [stored('1', 4n, at(9)), stored('2', 10n, at(7)), stored('3', 99n, at(8))]);
  await rate(log);
  add(log, [stored('4', 99n, at(8)), stored('5', 3n, at(5)), stored('6', 0n, at(6))]);
  await rate(log, 1);
  expect(await amounts()).toEqual(['2000000000', '3000000000', '0', '0', '-3500000000', '0']);
  expect(await accumulators()).toMatchObject([
    { quantity: 3, latest_at: String(NOW - 5 * HOUR), latest_event: 'web 5' },
  ]);
});

it('of one instant is decided by source and id, by periods apart', async () => {
  const now = { occurredAt: NOW };
  const log = new TestLog();
  add(log, [stored('b', 2n, now), stored('c', 3n, { ...now, source: 'app' })]);
  add(log, [stored('a', 4n, now), stored('d', 5n, now)]);
  add(log, [stored('before', 7n, { occurredAt: NOW - 31 * DAY })]);
  for (const record of log.records.keys()) await rate(log, record);
  expect(await amounts()).toEqual(['1000000000', '0', '0', '1500000000', '3500000000']);
  expect((await accumulators()).map(({ latest_event: event }) => event)).toEqual([
    'web before',
    'web d',
  ]);
});

it('leaves other accumulators without a mark, and what no price charges is counted by its readings', async () => {
  const log = new TestLog();
  add(log, [{ id: '1', readings: { articles: ONE } }]);
  add(log, [{ id: '2', readings: { shown: 5n * ONE } }]);
  add(log, [{ id: '3', readings: { shown: 3n * ONE } }]);
  await rate(log);
  expect(await accumulators()).toMatchObject([{ latest_at: null, latest_event: null }]);
  expect(await database.rows('select meter, quantity, readings from unpriced_usage')).toEqual([
    { meter: 'shown', quantity: '0.000000000', readings: '2' },
  ]);
});

it(
  'does not depend on how the log is cut into batches, nor on who rates them',
  { timeout: 60_000 },
  async () => {
    const use = fc.record({
      id: fc.nat(30).map(String),
      customer: fc.constantFrom('ann', 'bob'),
      units: fc.bigInt({ min: 0n, max: 9n }),
      daysAgo: fc.nat(3).map((weeks) => weeks * 10),
      bad: fc.boolean(),
    });
    await expectSameHoweverCut(use, {
      database,
      newWorker: () => new TestWorker(database.batch, { view }),
      append: (log, uses) => {
        add(
          log,
          uses.map(({ id, customer, units, daysAgo, bad }) => ({
            ...stored(id, units, { customer, occurredAt: NOW - daysAgo * DAY }),
            // One that cannot be stored is found by halving: what lies beside it goes back to the savepoint.
            ...(bad && { type: 'bad\u0000type' }),
          })),
        );
      },
      facts,
    });
  },
);

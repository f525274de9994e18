import fc from 'fast-check';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
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

const DAY = 86_400_000_000;
const PLAN = { tenant: 'acme', key: 'standard', version: 2, prices: ['fees', 'tips', 'traffic'] };
/** Tips of 1 to 50, and 2.9 % and 0.30 of what is sold beyond 20, for each sale at least 1 and at most 9. */
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
  { kind: 'plan', plan: PLAN },
];
const view = viewOf(THINGS);
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

/** In cents. */
const tip = (id: string, cents: number, more: Partial<EventInit> = {}): EventInit => ({
  id,
  readings: { tips: (BigInt(cents) * ONE) / 100n },
  ...more,
});
const sale = (id: string, cents: number, more: Partial<EventInit> = {}): EventInit => ({
  id,
  readings: { sales: (BigInt(cents) * ONE) / 100n },
  ...more,
});
const amounts = async () => (await database.charges()).map(({ amount }) => amount);
const rejected = () =>
  database.rows('select event_id, code, detail from rejected_events order by event_id');

const facts = async () => [
  await database.charges(),
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

it(
  'does not depend on how the log is cut into batches, nor on who rates them',
  { timeout: 60_000 },
  async () => {
    const use = fc.record({
      id: fc.nat(30).map(String),
      customer: fc.constantFrom('ann', 'bob'),
      kind: fc.constantFrom(tip, sale),
      cents: fc.nat(6_000),
      daysAgo: fc.nat(40),
    });
    const anyLog = fc.array(fc.tuple(fc.array(use, { minLength: 1, maxLength: 6 }), fc.nat(2)), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(anyLog, async (envelopes) => {
        const log = new TestLog();
        for (const [uses] of envelopes) {
          send(
            log,
            uses.map(({ id, customer, kind, cents, daysAgo }) =>
              kind(id, cents, { customer, occurredAt: NOW - daysAgo * DAY }),
            ),
          );
        }
        await database.clear();
        await rate(log);
        const whole = await facts();
        await database.clear();
        let worker = newWorker();
        for (const [at, [, who]] of envelopes.entries()) {
          // 0: the same process goes on with the same memory.
          if (who > 0) worker = newWorker();
          await worker.apply([log.records[at]!]);
        }
        expect(await facts()).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  },
);

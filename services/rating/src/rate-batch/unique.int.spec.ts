import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Price } from '@farthing/domain/pricing/price';
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

const DAY = 86_400_000_000;
/** Each reader of a month costs 0.50, by format; guests are counted without a price. */
const PAID = '500000000';
const model: Price['model'] = { kind: 'per_unit', unitPrice: '0.5' };
const dimensions = [{ name: 'format', pointer: '/format' }];
const distinct = { aggregation: 'unique', valuePointer: '/song', dimensions } as const;
const THINGS = [
  ...TARIFF,
  meterThing('acme', 'readers', distinct),
  meterThing('acme', 'guests', distinct),
  priceThing('acme', {
    key: 'readers',
    model: {
      kind: 'matrix',
      dimensions: ['format'],
      cells: [{ values: { format: 'video' }, model }],
      default: model,
    },
  }),
  {
    kind: 'plan',
    plan: { tenant: 'acme', key: 'standard', version: 2, prices: ['articles', 'readers'] },
  } as const,
];
const view = viewOf(THINGS);
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

/** `song` is the property that the harness can put values in. */
const read = (id: string, song: string, more: Partial<EventInit> = {}): EventInit => ({
  id,
  song,
  readings: { readers: ONE },
  ...more,
});
const add = (log: TestLog, events: readonly EventInit[]) =>
  log.append(envelopeOf(events, THINGS.length));
const amounts = async () => (await database.charges()).map(({ amount }) => amount);
const accumulators = () =>
  database.rows(`select a.customer, a.usage_from, a.price, a.cell, trunc(quantity)::int as quantity,
                        count(value)::int as values
                   from accumulators a left join seen_values s using (tenant, customer, usage_from, price, cell)
                  group by a.tenant, a.customer, a.usage_from, a.price, a.cell, a.quantity
                  order by 1, 2, 3, a.cell collate "C"`);
const facts = async () => [await database.charges(), await accumulators()];

/** A process of its own, without any memory. */
async function rate(log: TestLog, from = 0): Promise<void> {
  const worker = new TestWorker(database.batch, { view });
  await worker.apply(log.records.slice(from));
  await worker.settled();
}

it('counts a value once per customer, period and cell, across a batch and a restart', async () => {
  const log = new TestLog();
  add(log, [read('1', 'a'), read('2', 'a'), read('3', 'b'), read('4', 'a', { customer: 'bob' })]);
  await rate(log);
  add(log, [
    read('5', 'a'),
    read('6', 'a', { format: 'video' }),
    read('7', 'a', { occurredAt: NOW - 31 * DAY }),
    read('8', 'a', { occurredAt: NOW - 31 * DAY }),
    read('9', 'c'),
  ]);
  await rate(log, 1);
  expect(await amounts()).toEqual([PAID, '0', PAID, PAID, '0', PAID, PAID, '0', PAID]);
  const counts = (await accumulators()).map(({ customer, cell, quantity, values }) => [
    customer,
    cell,
    quantity,
    values,
  ]);
  expect(counts).toEqual([
    ['ann', '{}', 1, 1],
    ['ann', '{"format":"video"}', 1, 1],
    ['ann', '{}', 3, 3],
    ['bob', '{}', 1, 1],
  ]);
});

it('gives nothing away when a transaction goes back to its savepoint', async () => {
  const log = new TestLog();
  add(log, [read('1', 'a', { customer: 'bob' }), read('1', 'b', { source: 'app' })]);
  await rate(log);
  // Another process knows none of these ids, so the copy is refused and all of it is rated again.
  add(log, [read('2', 'a'), read('1', 'a', { customer: 'bob' }), read('3', 'a')]);
  // And one that cannot be stored is found by halving: what lies beside it is rated several times.
  const bad = 'bad\u0000type';
  add(log, [read('4', 'c'), read('5', 'd', { type: bad }), read('6', 'c'), read('7', 'd')]);
  await rate(log, 1);
  expect(await amounts()).toEqual([PAID, PAID, PAID, '0', PAID, '0', PAID]);
  expect((await accumulators()).map(({ quantity, values }) => [quantity, values])).toEqual([
    [4, 4],
    [1, 1],
  ]);
});

it('of very many values asks again for what it forgot', async () => {
  const log = new TestLog();
  const ids = Array.from({ length: 1_200 }, (_, at) => String(at));
  add(
    log,
    ids.map((id) => read(id, `reader-${id}`)),
  );
  add(log, [read('again-0', 'reader-0'), read('more', 'more')]);
  add(log, [read('again-1', 'reader-1'), read('again-2', 'reader-1199')]);
  const worker = new TestWorker(database.batch, { view });
  for (const record of log.records) await worker.apply([record]);
  expect((await amounts()).slice(ids.length)).toEqual(['0', PAID, '0', '0']);
});

it('that no price charges is counted by its readings alone', async () => {
  const log = new TestLog();
  add(log, [read('1', 'a', { readings: { guests: ONE } })]);
  add(log, [read('2', 'a', { readings: { guests: ONE } })]);
  await rate(log);
  expect(await database.rows('select meter, quantity, readings from unpriced_usage')).toEqual([
    { meter: 'guests', quantity: '0.000000000', readings: '2' },
  ]);
});

it(
  'does not depend on how the log is cut into batches, nor on who rates them',
  { timeout: 60_000 },
  async () => {
    const use = fc.record({
      id: fc.nat(30).map(String),
      customer: fc.constantFrom('ann', 'bob'),
      value: fc.constantFrom('a', 'b', 'c'),
      format: fc.constantFrom('video', undefined),
      daysAgo: fc.nat(40),
    });
    await expectSameHoweverCut(use, {
      database,
      newWorker: () => new TestWorker(database.batch, { view }),
      append: (log, uses) => {
        add(
          log,
          uses.map(({ id, customer, value, format, daysAgo }) => ({
            ...read(id, value, { customer, occurredAt: NOW - daysAgo * DAY }),
            ...(format === undefined ? {} : { format }),
          })),
        );
      },
      facts,
      check: async () => {
        for (const { quantity, values } of await accumulators()) expect(values).toBe(quantity);
      },
    });
  },
);

import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AUGUST,
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
import { corrects, DAY, idAt, shownCharge, voids } from './correction-records.spec.js';

const HOUR = 3_600_000_000;
const SPLIT = [{ creator: { kind: 'property', property: '/creator' }, shareBps: 7_000 }] as const;
/** Readers at 2.00 each, from the third on 1.00, of videos at 5.00; the peak at 1.00; what is stored at 1.00 a unit, from 10 on 0.50. */
const THINGS = [
  ...TARIFF,
  meterThing('acme', 'readers', {
    aggregation: 'unique',
    valuePointer: '/song',
    dimensions: [{ name: 'format', pointer: '/format' }],
  }),
  meterThing('acme', 'stored', { aggregation: 'latest' }),
  priceThing('acme', {
    key: 'readers',
    model: {
      kind: 'matrix',
      dimensions: ['format'],
      cells: [{ values: { format: 'video' }, model: { kind: 'per_unit', unitPrice: '5' } }],
      default: {
        kind: 'graduated',
        tiers: [{ upTo: '2', unitPrice: '2' }, { unitPrice: '1' }],
      },
    },
    split: [...SPLIT],
  }),
  priceThing('acme', {
    key: 'stored',
    model: { kind: 'graduated', tiers: [{ upTo: '10', unitPrice: '1' }, { unitPrice: '0.5' }] },
    split: [...SPLIT],
  }),
  priceThing('acme', {
    key: 'peak',
    model: { kind: 'per_unit', unitPrice: '1' },
    split: [...SPLIT],
  }),
  {
    kind: 'plan',
    plan: {
      tenant: 'acme',
      key: 'standard',
      version: 2,
      prices: ['peak', 'readers', 'stored'],
    },
  } as const,
];
const VERSION = { catalogVersion: THINGS.length };
const view = viewOf(THINGS);
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

const read = (id: string, song: string, more: Partial<EventInit> = {}): EventInit => ({
  id,
  song,
  readings: { readers: ONE },
  ...more,
});
/** `hour` since noon of the day before. */
const stored = (id: string, units: number, hour: number, more: Partial<EventInit> = {}) => ({
  id,
  occurredAt: NOW - DAY + hour * HOUR,
  readings: { stored: BigInt(units) * ONE },
  ...more,
});

const peak = (units: number): EventInit => ({ id: '1', readings: { peak: BigInt(units) * ONE } });

function uses(log: TestLog, events: readonly EventInit[]): void {
  log.append(envelopeOf(events, THINGS.length));
}

/** What stands in accumulators where anything does, and how many values are remembered for it. */
const standing = () =>
  database.rows(`select usage_from, price, cell, trunc(quantity)::int as quantity, amount::text, latest_event,
                        latest_at, count(value)::int as values
                   from accumulators left join seen_values using (tenant, customer, usage_from, price, cell)
                  where quantity <> 0 or latest_at is not null
                  group by tenant, customer, usage_from, price, cell
                  order by 1, 2, 3`);

/** By one process, and by another for each record: without any memory. */
async function ratedCharges(log: TestLog): Promise<Record<string, unknown>[]> {
  const once = new TestWorker(database.batch, { view });
  await once.apply(log.records);
  await once.settled();
  const whole = [await database.charges(), await standing()];
  await database.clear();
  for (const record of log.records) {
    const another = new TestWorker(database.batch, { view });
    await another.apply([record]);
    await another.settled();
  }
  expect([await database.charges(), await standing()]).toEqual(whole);
  return database.charges();
}

/** Without the first charges. */
async function shownAfter(count: number, log: TestLog): Promise<unknown[]> {
  return (await ratedCharges(log)).slice(count).map(shown);
}

function shown(charge: Record<string, unknown>): unknown[] {
  return shownCharge({ ...charge, cell: null });
}

describe('of distinct values', () => {
  it('a value that others used counts on, and one that nobody used any more is forgotten', async () => {
    const log = new TestLog();
    uses(log, [read('1', 'a'), read('2', 'a'), read('3', 'b'), read('4', 'c')]);
    voids(log, '1');
    voids(log, '2');
    voids(log, '4');
    uses(log, [read('5', 'a'), read('6', 'b')]);
    expect(await shownAfter(4, log)).toEqual([
      // What is taken back is the third of three.
      [idAt(0n, 1), '3 to 2', '-1.000000000'],
      [idAt(0n, 3), '2 to 1', '-2.000000000'],
      ['5', '1 to 2', '2.000000000'],
      ['6', '2 to 2', '0.000000000'],
    ]);
    expect(await standing()).toMatchObject([{ quantity: 2, values: 2, amount: '4000000000' }]);
  });

  it('a correction moves to an equal value, to another, to another cell and to another month', async () => {
    const log = new TestLog();
    uses(log, [read('1', 'a'), read('2', 'b')]);
    corrects(log, '1', read('1', 'a'), VERSION);
    corrects(log, '1', read('1', 'b'), { ...VERSION, number: 2 });
    corrects(log, '2', read('2', 'c', { format: 'video' }), VERSION);
    corrects(log, '2', read('v', 'c', { occurredAt: NOW - 31 * DAY }), VERSION);
    voids(log, '1');
    expect(await shownAfter(2, log)).toEqual([
      [idAt(0n), '2 to 1', '-2.000000000'],
      [idAt(0n), '1 to 2', '2.000000000'],
      [idAt(0n), '2 to 1', '-2.000000000'],
      [idAt(0n), '1 to 1', '0.000000000'],
      [idAt(0n, 1), '0 to 1', '5.000000000'],
      [idAt(0n, 1), '1 to 0', '-5.000000000'],
      [idAt(0n, 1), '0 to 1', '2.000000000'],
      [idAt(0n), '1 to 0', '-2.000000000'],
    ]);
    expect(await standing()).toMatchObject([{ quantity: 1, values: 1, amount: '2000000000' }]);
  });
});

describe('of the latest reading', () => {
  it('one that did not stand goes without a trace, and one that stood leaves the latest of the others', async () => {
    const log = new TestLog();
    uses(log, [stored('1', 12, 1), stored('3', 4, 3), stored('2', 20, 2)]);
    voids(log, '1');
    voids(log, '3');
    voids(log, '2');
    uses(log, [stored('4', 3, 0)]);
    expect(await shownAfter(3, log)).toEqual([
      [idAt(0n, 1), '4 to 20', '11.000000000'],
      [idAt(0n, 2), '20 to 0', '-15.000000000'],
      ['4', '0 to 3', '3.000000000'],
    ]);
    expect(await standing()).toMatchObject([{ quantity: 3, latest_event: 'web 4' }]);
  });

  it('of one instant the greatest source and id stands again, and one that read the same hands over', async () => {
    const log = new TestLog();
    uses(log, [stored('Z', 5, 1), stored('b', 7, 1), stored('a', 6, 1), stored('d', 7, 2)]);
    voids(log, 'd');
    uses(log, [stored('c', 9, 1, { source: 'app' })]);
    voids(log, 'b');
    expect(await shownAfter(4, log)).toEqual([
      ['c', '7 to 7', '0.000000000'],
      [idAt(0n, 1), '7 to 6', '-1.000000000'],
    ]);
    expect(await standing()).toMatchObject([{ quantity: 6, latest_event: 'web a' }]);
  });

  it('a correction moves to an equal reading, to another, to an earlier time and to a later one', async () => {
    const log = new TestLog();
    uses(log, [stored('1', 5, 1), stored('2', 8, 2)]);
    corrects(log, '2', stored('2', 8, 2), VERSION);
    corrects(log, '2', stored('2', 6, 2), { ...VERSION, number: 2 });
    corrects(log, '2', stored('2', 9, 0), { ...VERSION, number: 3 });
    // An event of its own stands in the place of the one that it corrects, and goes by its id.
    corrects(log, '1', stored('z', 3, 3), VERSION);
    voids(log, '2');
    uses(log, [stored('0', 7, 3)]);
    expect(await shownAfter(2, log)).toEqual([
      [idAt(0n, 1), '8 to 5', '-3.000000000'],
      [idAt(0n, 1), '5 to 8', '3.000000000'],
      [idAt(0n, 1), '8 to 5', '-3.000000000'],
      [idAt(0n, 1), '5 to 6', '1.000000000'],
      [idAt(0n, 1), '6 to 5', '-1.000000000'],
      [idAt(0n, 1), '5 to 5', '0.000000000'],
      [idAt(0n), '5 to 9', '4.000000000'],
      [idAt(0n), '9 to 3', '-6.000000000'],
      ['0', '3 to 3', '0.000000000'],
    ]);
    expect(await standing()).toMatchObject([{ quantity: 3, latest_event: 'web 1' }]);
  });
});

it('is booked to the open period where its own is sealed, and counts there', async () => {
  const log = new TestLog();
  uses(log, [read('1', 'a'), stored('2', 5, 1), stored('3', 2, 2)]);
  log.barrier('run-1', AUGUST.to, 'acme', THINGS.length);
  voids(log, '1');
  voids(log, '3');
  corrects(log, '2', stored('2', 7, 1), VERSION);
  const charges = (await ratedCharges(log)).slice(3);
  expect(charges.map(shown)).toEqual([
    [idAt(0n), '1 to 0', '-2.000000000'],
    [idAt(0n, 2), '2 to 5', '3.000000000'],
    [idAt(0n, 1), '5 to 0', '-5.000000000'],
    [idAt(0n, 1), '0 to 7', '7.000000000'],
  ]);
  for (const charge of charges) {
    expect(charge).toMatchObject({
      usage_from: String(AUGUST.from),
      booking_from: String(AUGUST.to),
    });
  }
});

it('takes back from who has it by now', async () => {
  const log = new TestLog();
  uses(log, [peak(4), read('2', 'a'), stored('3', 5, 1)]);
  corrects(log, '1', { ...peak(2), creator: 'eve' }, VERSION);
  corrects(log, '2', read('2', 'a', { creator: 'eve' }), VERSION);
  corrects(log, '3', stored('3', 5, 1, { creator: 'eve' }), VERSION);
  for (const id of ['1', '2', '3']) voids(log, id);
  const voided = (await ratedCharges(log)).slice(-3);
  expect(voided.map(({ price, creators, amount }) => [price, creators, amount])).toEqual([
    ['peak', 'eve', '-2000000000'],
    ['readers', 'eve', '-2000000000'],
    ['stored', 'eve', '-5000000000'],
  ]);
});

interface Said {
  readonly value: string;
  readonly units: number;
  readonly hour: number;
  readonly monthsAgo: number;
}

function both(at: number, { value, units, hour, monthsAgo }: Said): EventInit {
  return {
    ...stored(`e${at}`, units, hour - monthsAgo * 31 * 24),
    song: value,
    readings: { readers: ONE, stored: BigInt(units) * ONE },
  };
}

/** What comes to stand, and what the charges come to. */
async function outcomeOf(log: TestLog): Promise<unknown[]> {
  await database.clear();
  const worker = new TestWorker(database.batch, { view });
  await worker.apply(log.records);
  await worker.settled();
  const sums = await database.rows(
    `select usage_from, price, sum(amount)::text as amount, sum(quantity_after - quantity_before)::int as moved
       from charges group by 1, 2 having sum(amount) <> 0 order by 1, 2`,
  );
  return [await standing(), sums];
}

it(
  'comes to what a log without what was voided and corrected does',
  { timeout: 60_000 },
  async () => {
    const said = fc.record({
      value: fc.constantFrom('a', 'b', 'c'),
      units: fc.nat(15),
      hour: fc.nat(3),
      monthsAgo: fc.nat(1),
    });
    const event = fc.record({
      said,
      becomes: fc.oneof(fc.constant('voided' as const), fc.constant('kept' as const), said),
      comesLater: fc.boolean(),
    });
    const events = fc.array(event, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(events, async (drawn) => {
        const plain = new TestLog();
        const log = new TestLog();
        const numbered = drawn.map((one, at) => ({ ...one, at }));
        const later = numbered.filter(
          ({ becomes, comesLater }) => becomes === 'kept' && comesLater,
        );
        for (const one of numbered) if (!later.includes(one)) uses(log, [both(one.at, one.said)]);
        for (const { at, becomes } of numbered) {
          if (becomes === 'voided') voids(log, `e${at}`);
          else if (becomes !== 'kept') corrects(log, `e${at}`, both(at, becomes), VERSION);
        }
        for (const one of later) uses(log, [both(one.at, one.said)]);
        for (const { at, becomes, said: first } of numbered) {
          if (becomes !== 'voided') uses(plain, [both(at, becomes === 'kept' ? first : becomes)]);
        }
        const expected = await outcomeOf(plain);
        expect(await outcomeOf(log)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  },
);

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { MeterBook } from '@farthing/domain/rating/type-meters';
import {
  AUGUST,
  createRatingDatabase,
  envelopeOf,
  meterThing,
  ONE,
  priceThing,
  TARIFF,
  TestLog,
  TestWorker,
  viewOf,
  type EventInit,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { corrects, idAt, shownCharge, voids } from './correction-records.spec.js';
import { requestCorrect, requestVoid } from './request-event-correction.js';

/** 10 % of what is ordered, one order of a period free; tickets at 2.00 each, 10.00 a month at least. */
const THINGS: readonly CatalogThing[] = [
  ...TARIFF,
  meterThing('acme', 'orders', { aggregation: 'sum', eventTypes: ['sale'] }),
  priceThing('acme', { key: 'orders', model: { kind: 'percentage', rate: '10', freeEvents: 1 } }),
  meterThing('acme', 'fees', { aggregation: 'sum', eventTypes: ['sale'] }),
  priceThing('acme', { key: 'fees', model: { kind: 'percentage', rate: '10', fixed: '0.3' } }),
  meterThing('acme', 'tickets', { aggregation: 'sum', eventTypes: ['sale'] }),
  priceThing('acme', {
    key: 'tickets',
    model: { kind: 'per_unit', unitPrice: '2' },
    minimum: '10',
  }),
  {
    kind: 'plan',
    plan: { tenant: 'acme', key: 'standard', version: 2, prices: ['fees', 'orders', 'tickets'] },
  },
];
const VERSION = { catalogVersion: THINGS.length };
const view = viewOf(THINGS);
let database: RatingDatabase;

beforeAll(async () => {
  database = await createRatingDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

const use = (id: string, meter: string, quantity: number): EventInit => ({
  id,
  type: 'sale',
  readings: { [meter]: BigInt(quantity) * ONE },
});

function uses(log: TestLog, events: readonly EventInit[]): void {
  log.append(envelopeOf(events, THINGS.length));
}

async function shown(log: TestLog): Promise<unknown[]> {
  const worker = new TestWorker(database.batch, { view });
  await worker.apply(log.records);
  await worker.settled();
  return (await database.charges()).map(shownCharge);
}

it('gives back of a price per event what the event came to, and frees its place among the free ones', async () => {
  const log = new TestLog();
  uses(log, [use('1', 'orders', 30), use('2', 'orders', 50), use('3', 'orders', 20)]);
  corrects(log, '2', use('2', 'orders', 40), VERSION);
  voids(log, '1');
  uses(log, [use('4', 'orders', 60)]);
  voids(log, '4');
  voids(log, '3');
  uses(log, [use('5', 'orders', 70)]);
  expect(await shown(log)).toEqual([
    ['1', '0 to 30', '0.000000000'],
    ['2', '30 to 80', '5.000000000'],
    ['3', '80 to 100', '2.000000000'],
    [idAt(0n, 1), '100 to 50', '-5.000000000'],
    [idAt(0n, 1), '50 to 90', '4.000000000'],
    // It was free, and nothing comes back.
    [idAt(0n), '90 to 60', '0.000000000'],
    ['4', '60 to 120', '6.000000000'],
    [idAt(3n), '120 to 60', '-6.000000000'],
    [idAt(0n, 2), '60 to 40', '-2.000000000'],
    ['5', '40 to 110', '7.000000000'],
  ]);
});

it('gives back the fixed part that an event paid which carried nothing', async () => {
  const log = new TestLog();
  uses(log, [use('1', 'fees', 0), use('2', 'fees', 10)]);
  voids(log, '1');
  expect(await shown(log)).toEqual([
    ['1', '0 to 0', '0.300000000'],
    ['2', '0 to 10', '1.300000000'],
    [idAt(0n), '10 to 10', '-0.300000000'],
  ]);
});

it('gives nothing back below a minimum that was settled, and charges nothing under it', async () => {
  const log = new TestLog();
  uses(log, [use('1', 'tickets', 6), use('2', 'tickets', 3)]);
  log.barrier('run-1', AUGUST.to, 'acme', THINGS.length);
  voids(log, '1');
  corrects(log, '2', use('2', 'tickets', 4), VERSION);
  corrects(log, '2', use('2', 'tickets', 7), { ...VERSION, number: 2 });
  expect(await shown(log)).toEqual([
    ['1', '0 to 6', '12.000000000'],
    ['2', '6 to 9', '6.000000000'],
    // 18.00 was paid; 10.00 is the least.
    [idAt(0n), '9 to 3', '-8.000000000'],
    [idAt(0n, 1), '3 to 0', '0.000000000'],
    [idAt(0n, 1), '0 to 4', '0.000000000'],
    [idAt(0n, 1), '4 to 0', '0.000000000'],
    [idAt(0n, 1), '0 to 7', '4.000000000'],
  ]);
});

it('is asked for one after another, and a void that is asked for is the last', async () => {
  const log = new TestLog();
  uses(log, [use('1', 'orders', 30)]);
  await shown(log);
  const event = { tenant: 'acme', source: 'web', id: '1', reason: 'misread' };
  const asked = (kind: 'void' | 'correct') =>
    runAsTenant(database.api, { tenantId: 'acme' }, async (tx) => {
      const replacement = { data: { orders: '12.5', tickets: 0, fees: 0 } };
      const outcome =
        kind === 'void'
          ? await requestVoid(tx, event)
          : await requestCorrect(tx, new MeterBook(view), { ...event, replacement });
      return outcome.outcome === 'refused' ? outcome.reason : outcome.outcome;
    });
  expect(await asked('correct')).toBe('requested');
  expect(await asked('correct')).toBe('correction_pending');
  expect(await asked('void')).toBe('correction_pending');
  await database.admin.query(`delete from corrections`);
  expect(await asked('void')).toBe('requested');
  expect(await asked('void')).toBe('event_voided');
  expect(await asked('correct')).toBe('event_voided');
});

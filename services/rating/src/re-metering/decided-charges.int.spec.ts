import { writeQuoteToken } from '@farthing/domain/quote/quote-token';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corrects, voids } from '../event-corrections/correction-records.spec.js';
import { KEY, keyThing, quote } from '../rate-batch/quoted-seats.spec.js';
import {
  meterThing,
  ONE,
  PARTITION,
  priceThing,
  tenantThing,
  TestLog,
} from '../rating-harness.spec.js';
import {
  CATALOG,
  CREATOR,
  logOf,
  MeteredBooks,
  ONLY_FOUND,
  read,
  take,
} from './metered-books.spec.js';

let books: MeteredBooks;

beforeAll(async () => {
  books = await MeteredBooks.open();
});
afterAll(() => books.close());

const dearer = (unitPrice: string, version = 2) =>
  priceThing('acme', {
    key: 'articles',
    version,
    model: { kind: 'per_unit', unitPrice },
    split: CREATOR,
  });

describe('what was decided', () => {
  test('stays as it is, and is counted by why', async () => {
    const things = [...CATALOG, keyThing(KEY)];
    const token = writeQuoteToken(
      quote({
        readings: [
          { meter: 'articles', quantity: ONE },
          { meter: 'traffic', quantity: 10n * ONE },
        ],
        charges: [{ meter: 'articles', price: 'articles', version: 1, cell: '', amount: 7n * ONE }],
      }),
      KEY,
    );
    const log = new TestLog();
    const events = ['1', '2', '3', '4'].map((id) => read(id, 404));
    take(log, [...events, read('5', 404, { quoteToken: token }), read('6', 200)], things);
    log.refund(`chg_1-${PARTITION}-0-0-0`);
    voids(log, '2');
    const replacement = { id: '3', readings: { articles: 4n * ONE, traffic: ONE } };
    corrects(log, '3', replacement, { catalogVersion: things.length });
    await books.rate(log, things);
    const { lines, report } = await books.reMeter(log, [...things, ONLY_FOUND, dearer('3')]);
    expect(lines).toEqual(['4 articles not_charged 0.5 -', '6 articles changed 0.5 3']);
    expect(report.notReRated.map(({ reason, charges }) => [reason, charges]).toSorted()).toEqual([
      ['corrected', 4],
      ['quoted', 1],
      ['refunded', 1],
    ]);
    expect(report.notReRated.find(({ reason }) => reason === 'quoted')!.amount).toBe('7.000000000');
    expect(report.charges).toBe(11);
  });

  test('a void that moved no quantity, as of a tip of nothing, is one all the same', async () => {
    const fixed = priceThing('acme', {
      key: 'tips',
      version: 2,
      model: { kind: 'percentage', rate: '10', fixed: '0.3' },
    });
    const things = [...CATALOG, fixed];
    const log = new TestLog();
    take(log, [{ id: '1', type: 'tip', data: { amount: 0 } }], things);
    voids(log, '1');
    await books.rate(log, things);
    const { lines, report } = await books.reMeter(log, things);
    expect(lines).toEqual([]);
    expect(report.notReRated).toMatchObject([
      { reason: 'corrected', charges: 1, amount: '0.000000000' },
    ]);
  });

  test('a re-rating that was applied counts to the amount of now', async () => {
    const log = logOf([read('1', 200), read('2', 200)]);
    const adjustment = {
      chargeId: `chg_1-${PARTITION}-0-0-0`,
      beforeNanos: ONE,
      amountNanos: ONE,
      price: 'articles',
      priceVersion: 2,
    };
    log.control({
      case: 'applyReRating',
      value: {
        commandId: 'rerate:1:0',
        reRatingId: '1',
        tenant: 'acme',
        customer: 'ann',
        adjustments: [adjustment],
      },
    });
    const things = [...CATALOG, dearer('2')];
    await books.rate(log, things);
    expect((await books.reMeter(log, things)).lines).toEqual(['2 articles changed 1 2']);
    const more = await books.reMeter(log, [...things, dearer('2.5', 3)]);
    expect(more.lines).toEqual(['1 articles changed 2 2.5', '2 articles changed 1 2.5']);
    expect(more.report.creators).toMatchObject([{ before: '2.100000000', after: '3.500000000' }]);
  });
});

const cells = (format: string, version: number) =>
  priceThing('acme', {
    key: 'articles',
    version,
    model: {
      kind: 'matrix',
      dimensions: ['format'],
      cells: [{ values: { format }, model: { kind: 'per_unit', unitPrice: '1' } }],
    },
  });

test('an event that rating rejects by now, and one that it did reject and that was sent again', async () => {
  const byFormat = meterThing('acme', 'articles', {
    version: 2,
    aggregation: 'count',
    valuePointer: undefined,
    dimensions: [{ name: 'format', pointer: '/format' }],
  });
  const before = [...CATALOG, byFormat, cells('text', 2)];
  const widened = [
    ...before,
    priceThing('acme', {
      key: 'articles',
      version: 3,
      model: { kind: 'per_unit', unitPrice: '0.25' },
    }),
  ];
  const log = new TestLog();
  const again = { id: '1', data: { format: 'video' } };
  take(log, [again, { id: '2', data: { format: 'text' } }], before);
  take(log, [again], widened);
  await books.rate(log, widened);
  const narrowed = await books.reMeter(log, [...widened, cells('video', 4)]);
  expect(narrowed.lines).toEqual([
    '1 articles changed 0.25 1',
    '2 articles not_charged 1 -',
    '2 traffic not_charged 0.1 -',
  ]);
  expect(narrowed.report.notCharged).toMatchObject([{ reason: 'no_cell_for_event', charges: 2 }]);
});

test('a customer whom nobody created keeps the plan that the tenant gave then', async () => {
  const plan = {
    kind: 'plan' as const,
    plan: { tenant: 'acme', key: 'bare', version: 1, prices: ['tips'] },
  };
  const log = logOf([read('1', 200)]);
  await books.rate(log);
  const things = [
    ...CATALOG,
    plan,
    tenantThing('acme', { plan: 'bare', unknownCustomers: 'refuse' }),
  ];
  expect(await books.reMeter(log, things)).toMatchObject({ lines: [], report: { charges: 2 } });
});

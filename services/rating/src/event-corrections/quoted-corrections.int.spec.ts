import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { LATEST, QuotedRating, seat, THEN, tokenOf } from '../rate-batch/quoted-seats.spec.js';
import {
  createRatingDatabase,
  envelopeOf,
  ONE,
  TestLog,
  type EventInit,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import { articles, corrects, idAt, shownCharge, voids } from './correction-records.spec.js';

let database: RatingDatabase;
let quoted: QuotedRating;

beforeAll(async () => {
  database = await createRatingDatabase();
  quoted = new QuotedRating(database);
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

/** An article at half a cent, which costs a fifth. */
const QUOTE = {
  readings: [{ meter: 'articles', quantity: ONE }],
  charges: [{ meter: 'articles', price: 'articles', version: 1, cell: '', amount: 5_000_000n }],
};
const article = (id: string, quoteToken: string): EventInit =>
  articles(id, 1, { quoteToken, occurredAt: THEN });

async function outcome(log: TestLog) {
  await quoted.rate(log);
  const charges = await database.charges();
  const [sums] = await database.rows(`
    select sum(amount)::text as charged, sum(coalesce(quote_difference, 0))::text as differences,
           (select sum(amount)::text from accumulators) as telescoped from charges`);
  return { charges: charges.map(shownCharge), ...sums };
}

it('gives back of a voided use what it was charged, with what the quote made of it', async () => {
  const log = new TestLog();
  log.append(envelopeOf([article('1', tokenOf(QUOTE)), article('2', '')], LATEST));
  voids(log, '1');
  expect(await outcome(log)).toEqual({
    charges: [
      ['1', '0 to 1', '0.005000000'],
      ['2', '1 to 2', '0.002000000'],
      [idAt(0n, 0), '2 to 1', '-0.005000000'],
    ],
    charged: '2000000',
    differences: '0',
    telescoped: '2000000',
  });
});

it('charges what takes the place of a quoted use by the prices of now', async () => {
  const log = new TestLog();
  log.append(envelopeOf([article('1', tokenOf(QUOTE))], LATEST));
  corrects(log, '1', articles('1', 3), { catalogVersion: LATEST });
  voids(log, '1');
  expect(await outcome(log)).toEqual({
    charges: [
      ['1', '0 to 1', '0.005000000'],
      [idAt(0n, 0), '1 to 0', '-0.005000000'],
      [idAt(0n, 0), '0 to 3', '0.006000000'],
      [idAt(0n, 0), '3 to 0', '-0.006000000'],
    ],
    charged: '0',
    differences: '0',
    telescoped: '0',
  });
});

it('takes the difference back where the quantity stays, as another use reached as far', async () => {
  const log = new TestLog();
  // A seat at 1.50 as quoted instead of 2; the second of one seat costs nothing more.
  log.append(envelopeOf([seat('1', tokenOf()), seat('2', '')], LATEST));
  voids(log, '1');
  expect(await outcome(log)).toEqual({
    charges: [
      ['1', '0 to 1', '1.500000000'],
      ['2', '1 to 1', '0.000000000'],
      [idAt(0n, 0), '1 to 1', '0.500000000'],
    ],
    charged: '2000000000',
    differences: '0',
    telescoped: '2000000000',
  });
});

it('refuses a correction that carries a token: a quote is of a use', async () => {
  const log = new TestLog();
  log.append(envelopeOf([articles('1', 2)], LATEST));
  corrects(
    log,
    '1',
    { ...article('1', tokenOf(QUOTE)), quoteToken: tokenOf(QUOTE) },
    { catalogVersion: LATEST },
  );
  await quoted.rate(log);
  expect(await database.rows('select state, refusal from corrections')).toEqual([
    { state: 'refused', refusal: 'quote_mismatch' },
  ]);
  expect(await quoted.used()).toBe(0);
});

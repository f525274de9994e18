import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  createRatingDatabase,
  envelopeOf,
  ONE,
  TestLog,
  TestWorker,
  viewOf,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import {
  LATEST,
  MINUTE,
  QuotedRating,
  SEAT,
  seat,
  THEN,
  THINGS,
  tokenOf,
} from './quoted-seats.spec.js';

let database: RatingDatabase;
let quoted: QuotedRating;

beforeAll(async () => {
  database = await createRatingDatabase();
  quoted = new QuotedRating(database);
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

const facts = async () => [
  await database.charges(),
  await quoted.accumulators(),
  await quoted.rejected(),
  await quoted.used(),
];

it(
  'keeps charges minus their differences equal to what use costs, however the log is cut',
  { timeout: 60_000 },
  async () => {
    const use = fc.record({
      id: fc.nat(20).map(String),
      customer: fc.constantFrom('ann', 'bob'),
      token: fc.option(fc.nat(5), { nil: undefined }),
      seats: fc.integer({ min: 1, max: 4 }).map((seats) => BigInt(seats) * ONE),
      minutes: fc.integer({ min: -5, max: 15 }),
    });
    const anyLog = fc.array(fc.tuple(fc.array(use, { minLength: 1, maxLength: 6 }), fc.boolean()), {
      minLength: 1,
      maxLength: 6,
    });
    const tokens = Array.from({ length: 6 }, (_, at) =>
      tokenOf({
        customer: at % 2 === 0 ? 'ann' : 'bob',
        readings: [{ meter: 'seats', quantity: BigInt((at % 4) + 1) * ONE }],
        charges: [{ ...SEAT, amount: BigInt(at) * 700_000_000n }],
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyLog, async (envelopes) => {
        const log = new TestLog();
        for (const [uses] of envelopes) {
          const events = uses.map(({ id, customer, token, seats, minutes }) =>
            seat(id, token === undefined ? '' : tokens[token]!, {
              customer,
              readings: { seats },
              occurredAt: THEN + minutes * MINUTE,
            }),
          );
          log.append(envelopeOf(events, LATEST));
        }
        await database.clear();
        await quoted.rate(log);
        const whole = await facts();
        const [sums] = await database.rows(`
        select coalesce(sum(amount - coalesce(quote_difference, 0)), 0)::text as cost,
               (select coalesce(sum(amount), 0)::text from accumulators) as telescoped from charges`);
        expect(sums!['cost']).toBe(sums!['telescoped']);
        await database.clear();
        let worker = new TestWorker(database.batch, { view: viewOf(THINGS) });
        for (const [record, [, another]] of envelopes.entries()) {
          if (another) worker = new TestWorker(database.batch, { view: viewOf(THINGS) });
          await worker.apply([log.records[record]!]);
        }
        expect(await facts()).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  },
);

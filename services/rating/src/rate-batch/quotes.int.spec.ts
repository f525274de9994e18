import {
  makeKeyPem,
  signingKeyFrom,
  type SigningKey,
} from '@farthing/adapters/signing/ed25519-key';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import type { Quote } from '@farthing/domain/quote/quote';
import { writeQuoteToken } from '@farthing/domain/quote/quote-token';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createRatingDatabase,
  envelopeOf,
  ONE,
  priceThing,
  TARIFF,
  TestLog,
  type EventInit,
  type RatingDatabase,
} from '../rating-harness.spec.js';
import {
  KEY,
  keyThing,
  LATEST,
  quote,
  QuotedRating,
  seat,
  THEN,
  THINGS,
  tokenOf,
} from './quoted-seats.spec.js';

const VIDEO = { values: { format: 'video' }, model: { kind: 'per_unit', unitPrice: '9' } } as const;
const STRANGER = signingKeyFrom(makeKeyPem());
let database: RatingDatabase;
let quoted: QuotedRating;

beforeAll(async () => {
  database = await createRatingDatabase();
  quoted = new QuotedRating(database);
});
beforeEach(() => database.clear());
afterAll(() => database.drop());

describe('an event with the token of a quote', () => {
  it('is charged what was quoted; the accumulator moves by what it costs, and the difference is kept', async () => {
    const worker = await quoted.rateEvents([
      seat('quoted', tokenOf()),
      seat('plain', '', { readings: { seats: 2n * ONE } }),
    ]);
    expect(await quoted.charged()).toEqual([
      ['quoted', 2, '1500000000', '-500000000'],
      ['plain', 2, '2000000000', null],
    ]);
    expect(await quoted.accumulators()).toEqual([
      { customer: 'ann', price: 'seats', cell: '', quantity: '2.000000000', amount: '4000000000' },
    ]);
    const [message] = worker.producer.messages;
    expect(message!.charges.map(({ quoteDifferenceNanos }) => quoteDifferenceNanos)).toEqual([
      -500_000_000n,
      0n,
    ]);
  });

  it('says that it was quoted where that makes no difference', async () => {
    await quoted.rateEvents([seat('same', tokenOf(), { occurredAt: THEN - 1 })]);
    expect(await quoted.charged()).toEqual([['same', 1, '1500000000', '0']]);
  });

  it('shares what was quoted', async () => {
    const articles = { meter: 'articles', price: 'articles', version: 1, cell: '', amount: 10n };
    const readings = [{ meter: 'articles', quantity: ONE }];
    const token = tokenOf({ readings, charges: [articles] });
    const worker = await quoted.rateEvents([
      seat('shared', token, { readings: { articles: ONE } }),
    ]);
    expect(worker.producer.messages[0]!.charges[0]).toMatchObject({
      amountNanos: 10n,
      quoteDifferenceNanos: 10n - 2_000_000n,
      shares: [{ creator: 'joe', amountNanos: 7n }],
    });
  });

  it('is charged by the prices of the quote and no others, in whatever plan', async () => {
    const plan: CatalogThing = {
      kind: 'plan',
      plan: { tenant: 'acme', key: 'standard', version: 2, prices: ['traffic'] },
    };
    const readings = [
      { meter: 'seats', quantity: ONE },
      { meter: 'traffic', quantity: 5n * ONE },
    ];
    await quoted.rateEvents(
      [seat('1', tokenOf({ readings }), { readings: { seats: ONE, traffic: 5n * ONE } })],
      {
        things: [...THINGS, plan],
      },
    );
    expect(await quoted.charged()).toEqual([['1', 2, '1500000000', '-500000000']]);
    expect(await database.rows('select meter, quantity from unpriced_usage')).toEqual([
      { meter: 'traffic', quantity: '5.000000000' },
    ]);
  });

  it.each([
    ['prices another meter', { meterKey: 'peak' }],
    ['is in another currency', { currency: 'EUR' }],
    ['does not take its amount', { model: { kind: 'amount_on_event', minimum: '5' } }],
    ['unlocks', { model: { kind: 'unlock', item: 'song', unitPrice: '9' } }],
    ['has no cell for it', { model: { kind: 'matrix', dimensions: ['format'], cells: [VIDEO] } }],
  ] as const)('is charged by the quoted version where the one in force %s', async (_, changes) => {
    const next = priceThing('acme', { key: 'seats', version: 2, effectiveFrom: THEN, ...changes });
    await quoted.rateEvents([seat('1', tokenOf())], { things: [...TARIFF, keyThing(KEY), next] });
    expect(await quoted.charged()).toEqual([['1', 1, '1500000000', '0']]);
  });

  it('makes no charge when nothing was quoted for it, and uses the quote', async () => {
    await quoted.rateEvents([seat('free', tokenOf({ charges: [] }))]);
    expect(await quoted.charged()).toEqual([]);
    expect(await quoted.used()).toBe(1);
    expect(await database.rows(`select outcome, events::int from event_counts`)).toEqual([
      { outcome: 'applied', events: 1 },
    ]);
  });

  it('is a duplicate before anything is asked of its token', async () => {
    const token = tokenOf();
    await quoted.rateEvents([seat('1', token), seat('1', token)]);
    expect(await quoted.rejected()).toEqual([]);
    expect(await database.rows('select outcome from repeated_events')).toEqual([
      { outcome: 'duplicate' },
    ]);
  });

  // Nothing is copied for an event that is rejected, so the inbox did not say so by itself: a retry was `quote_used`.
  it('is a duplicate when it comes again, to a process that never saw it, too', async () => {
    const log = new TestLog();
    const event = seat('1', tokenOf());
    log.append(envelopeOf([event], LATEST));
    await quoted.rate(log);
    log.append(envelopeOf([event, { ...event, data: '{"other":1}' }, seat('2', '')], LATEST));
    await quoted.rate(log, 1);
    expect(await quoted.rejected()).toEqual([]);
    expect(await database.rows('select outcome from repeated_events order by event_index')).toEqual(
      [{ outcome: 'duplicate' }, { outcome: 'conflict' }],
    );
    expect((await quoted.charged()).map(([id]) => id)).toEqual(['1', '2']);
  });

  it('gives back what was charged when it is refunded', async () => {
    const log = new TestLog();
    log.append(envelopeOf([seat('1', tokenOf())], LATEST));
    log.refund('chg_1-3-0-0-0');
    await quoted.rate(log);
    expect((await quoted.charged()).map(([, , amount]) => amount)).toEqual([
      '1500000000',
      '-1500000000',
    ]);
  });
});

const OTHER_CELL = [
  { meter: 'clips', price: 'clips', version: 1, cell: '{"format":"video"}', amount: 1n },
];
const CLIP = { readings: [{ meter: 'clips', quantity: ONE }], charges: OTHER_CELL };
const clip = (id: string, token: string, format: string) =>
  seat(id, token, { readings: { clips: ONE }, format });
const signedBy = (key: SigningKey, changes: Partial<Quote> = {}) =>
  writeQuoteToken(quote(changes), key);

describe('a token that does not bind', () => {
  it.each<[string, string, () => readonly EventInit[]]>([
    ['quote_altered', 'no token at all', () => [seat('x', 'token')]],
    [
      'quote_altered',
      'a signature of another token',
      () => {
        const [payload] = tokenOf().split('.');
        return [seat('x', `${payload}.${tokenOf().split('.')[1]}`)];
      },
    ],
    ['foreign_quote_token', 'a key that nobody published', () => [seat('x', signedBy(STRANGER))]],
    ['foreign_quote_token', 'another tenant', () => [seat('x', tokenOf({ tenant: 'other' }))]],
    ['quote_mismatch', 'another customer', () => [seat('x', tokenOf({ customer: 'bob' }))]],
    ['quote_mismatch', 'another type', () => [seat('x', tokenOf({ type: 'clip.seen' }))]],
    [
      'quote_mismatch',
      'another quantity',
      () => [seat('x', tokenOf(), { readings: { seats: ONE + 1n } })],
    ],
    ['quote_mismatch', 'another meter', () => [seat('x', tokenOf(), { readings: { peak: ONE } })]],
    [
      'quote_mismatch',
      'a meter more',
      () => [seat('x', tokenOf(), { readings: { peak: ONE, seats: ONE } })],
    ],
    ['quote_mismatch', 'another cell', () => [clip('x', tokenOf(CLIP), 'audio')]],
    ['quote_expired', 'the instant of its expiry', () => [seat('x', tokenOf({ expiresAt: THEN }))]],
    [
      'quote_used',
      'a second event',
      () => {
        const token = tokenOf();
        return [seat('first', token), seat('x', token)];
      },
    ],
  ])('%s: %s', async (code, _, events) => {
    await quoted.rateEvents(events());
    expect(await quoted.rejected()).toEqual([['x', code]]);
    expect((await quoted.charged()).filter(([id]) => id === 'x')).toEqual([]);
  });

  it.each([
    ['a key that signs something else', { service: 'invoicing' }],
    ['a key that was not valid yet', { validFrom: THEN }],
    ['a key that is valid no longer', { validTo: THEN }],
  ])('foreign_quote_token: %s', async (_, changes) => {
    await quoted.rateEvents([seat('x', signedBy(STRANGER))], {
      things: [...THINGS, keyThing(STRANGER, changes)],
    });
    expect(await quoted.rejected()).toEqual([['x', 'foreign_quote_token']]);
  });

  it('foreign_quote_token: a key that the catalog version of the event does not know yet', async () => {
    await quoted.rateEvents([seat('x', tokenOf())], { catalogVersion: TARIFF.length });
    expect(await quoted.rejected()).toEqual([['x', 'foreign_quote_token']]);
  });

  it('is refused as a token altered by one bit, whichever', async () => {
    const token = tokenOf();
    const altered = Array.from(token, (character, at) => {
      const changed = String.fromCharCode(character.charCodeAt(0) ^ (1 << (at % 7)));
      return seat(`at-${at}`, token.slice(0, at) + changed + token.slice(at + 1));
    });
    await quoted.rateEvents(altered);
    const codes = new Set((await quoted.rejected()).map(([, code]) => code));
    // A bit of the key's name makes it the name of no key.
    expect([...codes].toSorted()).toEqual(['foreign_quote_token', 'quote_altered']);
    expect((await quoted.rejected()).length).toBe(token.length);
    expect(await quoted.charged()).toEqual([]);
  });

  it('takes no key: the event can be sent again without it', async () => {
    await quoted.rateEvents([seat('again', tokenOf({ expiresAt: THEN })), seat('again', '')]);
    expect(await quoted.rejected()).toEqual([['again', 'quote_expired']]);
    expect(await quoted.charged()).toEqual([['again', 2, '2000000000', null]]);
  });

  it('is not used up by an event that is refused', async () => {
    const token = tokenOf();
    await quoted.rateEvents([seat('x', token, { type: 'clip.seen' }), seat('good', token)]);
    expect(await quoted.rejected()).toEqual([['x', 'quote_mismatch']]);
    expect(await quoted.charged()).toEqual([['good', 2, '1500000000', '-500000000']]);
  });
});

it('is used once, whoever rates: across batches, processes and a savepoint', async () => {
  const [once, twice, dead] = [tokenOf(), tokenOf(), tokenOf()];
  const log = new TestLog();
  log.append(
    envelopeOf([seat('1', once), seat('taken', '', { readings: { seats: 2n * ONE } })], LATEST),
  );
  await quoted.rate(log);
  // Another process knows none of these ids, so the copy is refused and all of it is rated again; what cannot be stored
  // is found by halving, and its token is free for the next.
  const bad = 'bad\u0000type';
  log.append(
    envelopeOf(
      [
        seat('2', once),
        seat('3', twice),
        seat('taken', '', { readings: { seats: 2n * ONE } }),
        seat('4', twice),
        seat('5', tokenOf({ type: bad }), { type: bad }),
        seat('6', dead),
      ],
      LATEST,
    ),
  );
  await quoted.rate(log, 1);
  log.append(envelopeOf([seat('7', dead)], LATEST));
  await quoted.rate(log, 2);
  expect(await quoted.rejected()).toEqual([
    ['2', 'quote_used'],
    ['4', 'quote_used'],
    ['7', 'quote_used'],
  ]);
  expect(
    (await database.rows('select event_id from dead_letters')).map((row) => row['event_id']),
  ).toEqual(['5']);
  expect((await quoted.charged()).map(([id]) => id)).toEqual(['1', 'taken', '3', '6']);
  expect(await quoted.used()).toBe(3);
});

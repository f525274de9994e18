import {
  makeKeyPem,
  signingKeyFrom,
  type SigningKey,
} from '@farthing/adapters/signing/ed25519-key';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import type { Quote, QuotedCharge } from '@farthing/domain/quote/quote';
import { writeQuoteToken } from '@farthing/domain/quote/quote-token';
import {
  envelopeOf,
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

export const MINUTE = 60_000_000;
/** When the events of these specs occur, unless they say otherwise. */
export const THEN = NOW - 60 * MINUTE;
export const KEY = signingKeyFrom(makeKeyPem());

export function keyThing(
  { keyId, publicKey }: SigningKey,
  changes: { service?: string; validFrom?: number; validTo?: number } = {},
): CatalogThing {
  const key = { id: keyId, version: 1, service: 'wallets', publicKey, validFrom: 0, ...changes };
  return { kind: 'signingKey', signingKey: key };
}

/** A seat costs 1.5 until THEN, and 2 from then on; a clip's cells are those of the tariff. */
const DEARER = priceThing('acme', {
  key: 'seats',
  version: 2,
  model: { kind: 'per_unit', unitPrice: '2' },
  effectiveFrom: THEN,
});
export const THINGS = [...TARIFF, keyThing(KEY), DEARER];
export const LATEST = THINGS.length;

export const SEAT: QuotedCharge = {
  meter: 'seats',
  price: 'seats',
  version: 1,
  cell: '',
  amount: 1_500_000_000n,
};

let quotes = 0;
export function quote(changes: Partial<Quote> = {}): Quote {
  quotes += 1;
  return {
    id: `quo_${quotes}`,
    tenant: 'acme',
    customer: 'ann',
    type: 'article.read',
    currency: 'USD',
    readings: [{ meter: 'seats', quantity: ONE }],
    charges: [SEAT],
    issuedAt: THEN - MINUTE,
    expiresAt: THEN + 10 * MINUTE,
    ...changes,
  };
}
export const tokenOf = (changes: Partial<Quote> = {}) => writeQuoteToken(quote(changes), KEY);

export const seat = (id: string, quoteToken: string, more: Partial<EventInit> = {}): EventInit => ({
  id,
  readings: { seats: ONE },
  quoteToken,
  occurredAt: THEN,
  ...more,
});

/** What was made of the quoted events in a database. */
export class QuotedRating {
  constructor(private readonly database: RatingDatabase) {}

  /** A process of its own, without any memory. */
  async rate(
    log: TestLog,
    from = 0,
    things: readonly CatalogThing[] = THINGS,
  ): Promise<TestWorker> {
    const worker = new TestWorker(this.database.batch, { view: viewOf(things) });
    await worker.apply(log.records.slice(from));
    await worker.settled();
    return worker;
  }

  rateEvents(
    events: readonly EventInit[],
    { things = THINGS, catalogVersion = things.length } = {},
  ): Promise<TestWorker> {
    const log = new TestLog();
    log.append(envelopeOf(events, catalogVersion));
    return this.rate(log, 0, things);
  }

  async rejected(): Promise<unknown[][]> {
    const rows = await this.database.rows(
      'select event_id, code from rejected_events order by log_offset, event_index',
    );
    return rows.map(({ event_id, code }) => [event_id, code]);
  }

  async charged(): Promise<unknown[][]> {
    const charges = await this.database.charges();
    return charges.map(({ event_id, price_version, amount, quote_difference }) => [
      event_id,
      price_version,
      amount,
      quote_difference,
    ]);
  }

  accumulators(): Promise<Record<string, unknown>[]> {
    return this.database.rows(
      'select customer, price, cell, quantity, amount from accumulators order by customer, price, cell',
    );
  }

  async used(): Promise<number> {
    return (await this.database.rows('select quote from used_quotes')).length;
  }
}

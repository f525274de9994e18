import type { Micros } from '../period/micros.js';
import type { Quote, QuotedReading } from './quote.js';

/** An event that carries a token, as the log has it. */
export interface QuotedEvent {
  readonly tenant: string;
  readonly customer: string;
  readonly type: string;
  readonly occurredAt: Micros;
  /** What its meters read, in any order. */
  readonly readings: readonly QuotedReading[];
}

/** Of the key that signed the token, as far as it says what it may sign and when. */
export interface QuoteKey {
  readonly service: string;
  readonly validFrom: Micros;
  readonly validTo?: Micros;
}

export type QuoteRefusal = 'foreign_quote_token' | 'quote_mismatch' | 'quote_expired';

const ISSUER = 'wallets';

/**
 * Why an event is not charged by a quote whose signature holds; undefined when it is. Whether the quote was used before
 * is for whoever keeps that. The cells of its prices are compared when they are looked up (`quotedPrices`).
 */
export function quoteRefusal(
  quote: Quote,
  event: QuotedEvent,
  key: QuoteKey,
): QuoteRefusal | undefined {
  const { occurredAt } = event;
  const counts =
    key.service === ISSUER &&
    quote.issuedAt >= key.validFrom &&
    (key.validTo === undefined || occurredAt < key.validTo);
  if (!counts || quote.tenant !== event.tenant) return 'foreign_quote_token';
  if (quote.customer !== event.customer || quote.type !== event.type) return 'quote_mismatch';
  if (!readTheSame(quote.readings, event.readings)) return 'quote_mismatch';
  return occurredAt < quote.expiresAt ? undefined : 'quote_expired';
}

function readTheSame(quoted: readonly QuotedReading[], read: readonly QuotedReading[]): boolean {
  return (
    quoted.length === read.length &&
    quoted.every(({ meter, quantity }) =>
      read.some((one) => one.meter === meter && one.quantity === quantity),
    )
  );
}

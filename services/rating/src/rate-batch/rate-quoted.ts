import { readingsAt } from '@farthing/contracts/wire/envelope-columns';
import type { Aggregation } from '@farthing/domain/metering/meter';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import type { Quote, QuotedCharge } from '@farthing/domain/quote/quote';
import { quoteRefusal } from '@farthing/domain/quote/quote-refusal';
import { quotedPrices } from '@farthing/domain/quote/quoted-price';
import { EMPTY_ACCUMULATOR } from '@farthing/domain/rating/accumulator';
import { asQuoted } from '@farthing/domain/rating/as-quoted';
import type { BookedPrice, UnpricedReading } from '@farthing/domain/rating/price-book';
import { rateReading } from '@farthing/domain/rating/rate-reading';
import { creatorsOf } from '@farthing/domain/rating/split-charge';
import type { Customer, OpenedPeriod } from '../customers/customer.js';
import type { RatingContext } from './rating-context.js';
import { lateReading } from './late-reading.js';
import { dimensionOf, propertyOf, type LoggedEnvelope } from './logged-envelope.js';
import { keptOf, type RatedPrice } from './rated-price.js';
import type { Refusal } from './refusals.js';
import type { QuoteSlot, TokenInHand } from './used-quotes.repository.js';

/** A quote that binds an event. */
export interface BindingQuote {
  readonly quote: Quote;
  readonly slot: QuoteSlot;
}

interface EventPlace {
  readonly envelope: LoggedEnvelope;
  readonly index: number;
  readonly occurredAt: Micros;
}

/** Whether the event is charged by its token, which it carries for sure. */
export function bindingQuote(
  token: TokenInHand,
  { envelope, index, occurredAt }: EventPlace,
): BindingQuote | Refusal {
  if (token.outcome === 'refused') return token.reason;
  const { quote, slot, key } = token;
  const { columns } = envelope;
  const text = (column: Uint32Array) => columns.strings[column[index]!]!;
  const event = {
    tenant: text(columns.tenants),
    customer: text(columns.customers),
    type: text(columns.types),
    occurredAt,
    readings: readingsAt(columns, index),
  };
  return quoteRefusal(quote, event, key) ?? (slot.isUsed ? 'quote_used' : { quote, slot });
}

interface QuotedEvent extends EventPlace {
  readonly context: RatingContext;
  readonly customer: Customer;
  readonly opened: OpenedPeriod | undefined;
}

/** By the prices of the quote and no others, each at what was quoted: whatever the plan has by now. */
export function rateQuoted(quote: Quote, event: QuotedEvent): RatedPrice[] | Refusal {
  const rated: RatedPrice[] = [];
  for (const charge of quote.charges) {
    const one = rateCharge(charge, quote, event);
    if (typeof one === 'string') return one;
    rated.push(one);
  }
  return rated;
}

function rateCharge(
  charge: QuotedCharge,
  { readings, currency }: Quote,
  event: QuotedEvent,
): RatedPrice | Refusal {
  const { envelope, index, occurredAt, context, customer } = event;
  const { columns } = envelope;
  const { tenant } = customer;
  const { meter, price: key, amount } = charge;
  const { aggregation = 'sum', dimensions = [] } =
    context.view.meterAt(tenant, meter, columns.catalogVersion) ?? {};
  const versions = context.book.versions({ tenant, price: key }, columns.catalogVersion);
  const candidates = quotedPrices(charge, versions, {
    occurredAt,
    currency,
    dimensionOf: (name) => dimensionOf(columns, index, [dimensions, name]),
  });
  const quantity = readings.find((reading) => reading.meter === meter)?.quantity;
  let refusal: Refusal = 'quote_mismatch';
  for (const booked of quantity === undefined ? [] : candidates) {
    const outcome = rateBy(booked, { meter, amount, aggregation, quantity: quantity! }, event);
    if (typeof outcome !== 'string') return outcome;
    refusal = outcome;
  }
  return refusal;
}

function rateBy(
  booked: BookedPrice,
  quoted: {
    readonly meter: string;
    readonly amount: Nanos;
    readonly aggregation: Aggregation;
    readonly quantity: Quantity;
  },
  { envelope, index, customer, opened }: QuotedEvent,
): RatedPrice | Refusal {
  const { meter, amount, aggregation, quantity } = quoted;
  const { price } = booked;
  const slot = opened && customer.slot(opened, booked);
  const creators = creatorsOf(price.split, (pointer) =>
    propertyOf(envelope.columns, index, pointer),
  );
  const standing = slot?.current ?? EMPTY_ACCUMULATOR;
  const cost = rateReading(booked.compiled, standing, { aggregation, quantity, creators });
  if (cost.outcome === 'refused') return cost.reason;
  const due = opened?.settled ? lateReading(cost, opened, { price, creators }) : cost;
  const outcome = asQuoted(due, amount, { price, creators });
  if (outcome.outcome === 'refused') return outcome.reason;
  const { reading, quoteDifference } = outcome;
  // What is quoted neither unlocks nor remembers: no such use is quoted.
  const step = undefined;
  const kept = keptOf(booked, { aggregation, quantity }, step);
  return { booked, slot, meter, creators, reading, step, kept, quoteDifference };
}

/** Readings that the quote charged nothing for: they are counted as those that a plan has no price for. */
export function unquotedReadings(
  { charges, readings, tenant }: Quote,
  {
    envelope: { columns },
    index,
    context,
  }: Pick<EventPlace, 'envelope' | 'index'> & {
    readonly context: RatingContext;
  },
): UnpricedReading[] {
  if (readings.length === charges.length) return [];
  return readingsAt(columns, index).flatMap(({ meter }, reading) => {
    if (charges.some((charge) => charge.meter === meter)) return [];
    const known = context.view.meterAt(tenant, meter, columns.catalogVersion);
    return [{ reading, aggregation: known?.aggregation ?? 'sum' }];
  });
}

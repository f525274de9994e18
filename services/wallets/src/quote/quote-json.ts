import { formatQuantity } from '@farthing/domain/metering/quantity';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import type { GivenQuote, QuotePart } from './quotes.js';

/** A quote as HTTP shows it. */
export function quoteToJson({ quote, amount, parts, catalogVersion, token }: GivenQuote) {
  const { id, customer, type, currency, expiresAt } = quote;
  return {
    id,
    customer,
    type,
    amount: { amount: formatNanos(amount), currency },
    parts: parts.map((part) => {
      const { cell, ...facts } = partToText(part);
      return { ...facts, ...(cell !== '' && { cell: JSON.parse(cell) as Record<string, string> }) };
    }),
    catalogVersion,
    expiresAt: formatMicros(expiresAt),
    quoteToken: token,
  };
}

/** What both doors say of a part. */
export function partToText({ charge, sentence }: QuotePart) {
  const { booked, meter, reading } = charge;
  return {
    meter,
    price: booked.price.key,
    priceVersion: booked.price.version,
    cell: booked.cell,
    quantityBefore: formatQuantity(reading.quantityBefore),
    quantityAfter: formatQuantity(reading.quantityAfter),
    amount: formatNanos(reading.amount),
    sentence,
  };
}

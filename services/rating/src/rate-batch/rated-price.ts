import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { ratedChargesBytesMax } from '@farthing/contracts/wire/rated-charge-columns';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { BookedPrice } from '@farthing/domain/rating/price-book';
import type { RatedReading } from '@farthing/domain/rating/rate-reading';
import type { Aggregation } from '@farthing/domain/metering/meter';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { AccumulatorSlot } from '../customers/customer.js';
import type { KeptReading } from '../event-corrections/kept-readings.repository.js';
import { valuePart } from '../event-corrections/value-part.js';
import type { EventStep } from './event-step.js';

/** What one price makes of an event, before the event is known to be applied. */
export interface RatedPrice {
  readonly booked: BookedPrice;
  /** Undefined in a period that this event opens. */
  readonly slot: AccumulatorSlot | undefined;
  readonly meter: string;
  readonly creators: readonly string[];
  readonly reading: RatedReading;
  readonly step: EventStep | undefined;
  /** What a quote makes of it: what is charged minus what it costs. Undefined for an event that carries no token. */
  readonly quoteDifference: Nanos | undefined;
  /** What undoing the event will need besides the charge. */
  readonly kept: Pick<KeptReading, 'part' | 'quantity'> | undefined;
}

/**
 * Of a meter of a maximum or of the latest reading what it read, of one of distinct values which value, and of an unlock
 * which item was used; undefined of all others.
 */
export function keptOf(
  { cell }: BookedPrice,
  reading: { readonly aggregation: Aggregation; readonly quantity: Quantity },
  step: EventStep | undefined,
): RatedPrice['kept'] {
  const { aggregation, quantity } = reading;
  switch (step?.kind) {
    case 'unlock':
      return { part: step.unlock.slot.name.item, quantity };
    case 'unique':
      return { part: valuePart(step.seen.name), quantity };
    case 'latest':
      return { part: cell, quantity: step.read };
    case undefined:
  }
  return aggregation === 'max' ? { part: cell, quantity } : undefined;
}

/** Never less than the bytes that the event's charges add to a rated message. */
export function ratedBytesMax(
  columns: EnvelopeColumns,
  index: number,
  rated: readonly RatedPrice[],
): number {
  const { strings, tenants, customers, sources, types, idStarts } = columns;
  const event =
    strings[tenants[index]!]!.length +
    strings[customers[index]!]!.length +
    strings[sources[index]!]!.length +
    strings[types[index]!]!.length +
    idStarts[index + 1]! -
    idStarts[index]!;
  let shares = 0;
  let pricedBefore = 0;
  let textLength = event * rated.length;
  for (const { booked, meter, reading } of rated) {
    const { price, cell } = booked;
    textLength += meter.length + price.key.length + price.currency.length + cell.length;
    shares += reading.shares.length;
    if (reading.pricedBefore) pricedBefore += 1;
    for (const { creator } of reading.shares) textLength += creator.length;
  }
  return ratedChargesBytesMax(rated.length, { shares, textLength, pricedBefore });
}

import { idAt } from '@farthing/contracts/wire/envelope-columns';
import {
  eventIdentity,
  latestReading,
  type LatestStep,
} from '@farthing/domain/metering/latest-reading';
import type { Quantity } from '@farthing/domain/metering/quantity';
import { EMPTY_ACCUMULATOR } from '@farthing/domain/rating/accumulator';
import type { BookedPrice } from '@farthing/domain/rating/price-book';
import type { Customer, OpenedPeriod } from '../customers/customer.js';
import type { LoggedEnvelope } from './logged-envelope.js';

/** What a meter of the latest reading makes of an event, before the event is known to be applied. */
export function latestStep(
  reading: number,
  event: {
    readonly customer: Customer;
    readonly envelope: LoggedEnvelope;
    readonly index: number;
    readonly occurredAt: number;
    readonly booked: BookedPrice;
    /** The period of use; undefined when this event opens it, so that nothing stands there. */
    readonly opened: OpenedPeriod | undefined;
  },
): LatestStep & { readonly read: Quantity } {
  const { customer, envelope, index, occurredAt, booked, opened } = event;
  const { columns } = envelope;
  const { quantity, latest } = opened ? customer.slot(opened, booked).current : EMPTY_ACCUMULATOR;
  const source = columns.strings[columns.sources[index]!]!;
  const read = columns.readingQuantities[columns.readingStarts[index]! + reading]!;
  const mark = { occurredAt, identity: eventIdentity(source, idAt(columns, index)) };
  return { ...latestReading({ quantity, mark: latest }, { quantity: read, mark }), read };
}

import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { distinctReading, valueDigest } from '@farthing/domain/metering/distinct-value';
import type { Quantity } from '@farthing/domain/metering/quantity';
import {
  versionInForce,
  type BookedPrice,
  type PricedReading,
} from '@farthing/domain/rating/price-book';
import type { Customer, OpenedPeriod } from '../customers/customer.js';
import type { SeenOfPeriod } from '../customers/seen-values.repository.js';
import type { SeenName } from '../customers/seen-values.js';
import { EnvelopeTerms } from './envelope-terms.js';
import { visitEventsOfTenants } from './event-customers.js';
import { dimensionOf, occurredAtOf, propertyOf, type LoggedEnvelope } from './logged-envelope.js';
import type { RatingContext } from './rating-context.js';

/** What a meter of distinct values makes of an event, before the event is known to be applied. */
export interface SeenStep {
  readonly name: SeenName;
  /** One when the value is new in the period, else nothing. */
  readonly quantity: Quantity;
}

/** `opened` is the period of use; undefined when this event opens it, so that every value is new. */
export function seenStep(
  valuePointer: string,
  event: {
    readonly envelope: LoggedEnvelope;
    readonly index: number;
    readonly booked: BookedPrice;
    readonly opened: OpenedPeriod | undefined;
  },
): SeenStep {
  const { envelope, index, booked, opened } = event;
  const digest = countedDigest(envelope.columns, index, valuePointer);
  const name = { price: booked.price.key, cell: booked.cell, digest };
  const wasSeen = opened?.seen.slot(name).current === true;
  return { name, quantity: distinctReading(wasSeen) };
}

/** Of the value that an event has for a meter of distinct values. */
export function countedDigest(
  columns: EnvelopeColumns,
  index: number,
  valuePointer: string,
): string {
  const value = propertyOf(columns, index, valuePointer);
  // The doors refuse an event without it.
  if (value === undefined) throw new Error(`an event has no ${valuePointer}, which a meter counts`);
  return valueDigest(value);
}

/** The values that the events of an envelope may count, in periods that were opened before; one may come several times. */
export function valuesNamedIn(
  envelope: LoggedEnvelope,
  customers: readonly Customer[],
  context: RatingContext,
): SeenOfPeriod[] {
  const { columns } = envelope;
  const terms = new EnvelopeTerms(envelope, context);
  const named: SeenOfPeriod[] = [];
  const isSuch = (tenant: string) => context.view.countsUnique(tenant);
  // Who does not exist yet has used nothing, and has no period.
  visitEventsOfTenants(envelope, customers, isSuch, (index, customer, facts) => {
    const period = customer.openedPeriodAt(occurredAtOf(envelope, index));
    if (!period) return;
    const plan = terms.planOf(customer.tenant, facts);
    if (typeof plan === 'string' || !plan.countsUnique) return;
    for (const priced of terms.pricesOf(plan, index).priced) {
      if (priced.memory?.kind !== 'unique') continue;
      const booked = bookedAt(priced, { envelope, index, currency: facts.currency });
      const value = propertyOf(columns, index, priced.memory.valuePointer);
      if (!booked || value === undefined) continue;
      const { price, cell } = booked;
      named.push({ customer, period, price: price.key, cell, digest: valueDigest(value) });
    }
  });
  return named;
}

/** What the rater will price the reading by. */
function bookedAt(
  priced: PricedReading,
  event: { readonly envelope: LoggedEnvelope; readonly index: number; readonly currency: string },
): BookedPrice | undefined {
  const { envelope, index, currency } = event;
  const version = versionInForce(priced, occurredAtOf(envelope, index));
  if (!version || version.price.currency !== currency) return undefined;
  return (
    version.whole ??
    version.cellOf((name) => dimensionOf(envelope.columns, index, [priced.dimensions, name]))
  );
}

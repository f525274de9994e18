import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { distinctReading, valueDigest } from '@farthing/domain/metering/distinct-value';
import type { Quantity } from '@farthing/domain/metering/quantity';
import {
  versionInForce,
  type BookedPrice,
  type PlanPrices,
  type PriceBook,
  type PricedReading,
} from '@farthing/domain/rating/price-book';
import type { CustomerFacts } from '../customers/customer-facts.js';
import type { Customer, OpenedPeriod } from '../customers/customer.js';
import { termsOf } from '../customers/priced-terms.js';
import type { SeenOfPeriod } from '../customers/seen-values.repository.js';
import type { SeenName } from '../customers/seen-values.js';
import { dimensionOf, occurredAtOf, propertyOf, type LoggedEnvelope } from './logged-envelope.js';

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
  const value = propertyOf(envelope.columns, index, valuePointer);
  // The doors refuse an event without it.
  if (value === undefined) throw new Error(`an event has no ${valuePointer}, which a meter counts`);
  const name = { price: booked.price.key, cell: booked.cell, digest: valueDigest(value) };
  const wasSeen = opened?.seen.slot(name).current === true;
  return { name, quantity: distinctReading(wasSeen) };
}

/**
 * The values that the events of an envelope may count, in periods that were opened before; one may come several times. A
 * tenant without meters of distinct values costs a comparison an event.
 */
export function* valuesNamedIn(
  envelope: LoggedEnvelope,
  customers: readonly Customer[],
  { view, book }: { readonly view: CatalogView; readonly book: PriceBook },
): Generator<SeenOfPeriod> {
  const { columns } = envelope;
  const plans = new Map<CustomerFacts, PlanPrices | undefined>();
  const planOf = ({ tenant }: Customer, facts: CustomerFacts): PlanPrices | undefined => {
    const found = book.plan(termsOf(tenant, facts), columns.catalogVersion);
    return found?.countsUnique ? found : undefined;
  };
  let tenant: number | undefined;
  let countsUnique = false;
  for (let index = 0; index < columns.count; index++) {
    if (columns.tenants[index] !== tenant) {
      tenant = columns.tenants[index]!;
      countsUnique = view.countsUnique(columns.strings[tenant]!);
    }
    if (!countsUnique) continue;
    const customer = customers[index]!;
    const { facts } = customer;
    // Who does not exist yet has used nothing, and has no period.
    const period = facts && customer.openedPeriodAt(occurredAtOf(envelope, index));
    if (!period) continue;
    if (!plans.has(facts)) plans.set(facts, planOf(customer, facts));
    const plan = plans.get(facts);
    if (plan) yield* valuesOf({ envelope, index, customer, period }, plan, facts.currency);
  }
}

interface PlacedEvent {
  readonly envelope: LoggedEnvelope;
  readonly index: number;
  readonly customer: Customer;
  readonly period: OpenedPeriod;
}

function* valuesOf(
  { envelope, index, customer, period }: PlacedEvent,
  plan: PlanPrices,
  currency: string,
): Generator<SeenOfPeriod> {
  const { columns } = envelope;
  const meters = Array.from(
    columns.readingMeters.subarray(columns.readingStarts[index], columns.readingStarts[index + 1]),
    (at) => columns.strings[at]!,
  );
  for (const priced of plan.of(meters).priced) {
    if (priced.memory?.kind !== 'unique') continue;
    const booked = bookedAt(priced, { envelope, index, currency });
    const value = propertyOf(columns, index, priced.memory.valuePointer);
    if (!booked || value === undefined) continue;
    const { price, cell } = booked;
    yield { customer, period, price: price.key, cell, digest: valueDigest(value) };
  }
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

import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { idAt } from '@farthing/contracts/wire/envelope-columns';
import { needsMemory } from '@farthing/domain/metering/accumulate';
import { EMPTY_ACCUMULATOR } from '@farthing/domain/rating/accumulator';
import {
  bookingPeriodOf,
  takesLateEvents,
  type Booking,
} from '@farthing/domain/rating/booking-period';
import {
  versionInForce,
  type PricedReading,
  type UnpricedReading,
} from '@farthing/domain/rating/price-book';
import { rateReading } from '@farthing/domain/rating/rate-reading';
import { creatorsOf } from '@farthing/domain/rating/split-charge';
import type { Charge } from '../charges/charge.js';
import { factsToMessage, type CustomerFacts } from '../customers/customer-facts.js';
import type { Customer, OpenedPeriod } from '../customers/customer.js';
import type { Count } from '../event-counts/counts.js';
import { ECHO_BYTES } from '../publish-ranges/range-builder.js';
import { HASH_BYTES, KEY_BYTES } from './chunk-events.js';
import type { Effects } from './effects.js';
import { EnvelopeNumbers } from './envelope-numbers.js';
import { EnvelopeTerms } from './envelope-terms.js';
import { eventStep, takeStep } from './event-step.js';
import { lateReading } from './late-reading.js';
import type { KnownEvents } from './known-events.js';
import {
  dimensionOf,
  doorVersionOf,
  occurredAtOf,
  propertyOf,
  type LoggedEnvelope,
} from './logged-envelope.js';
import type { PartitionState } from './partition-state.js';
import { bindingQuote, rateQuoted, unquotedReadings } from './rate-quoted.js';
import { keptOf, ratedBytesMax, type RatedPrice } from './rated-price.js';
import type { RatingContext } from './rating-context.js';
import { REFUSALS, refusalByTime, type Refusal } from './refusals.js';
import { usageMonthOf } from './usage-month.js';
import type { TokenInHand } from './used-quotes.repository.js';

/** An event whose key is free, on its way to be applied or refused. */
interface EventInHand {
  readonly context: RatingContext;
  readonly envelope: LoggedEnvelope;
  readonly index: number;
  readonly customer: Customer;
  readonly facts: CustomerFacts;
  readonly opened: OpenedPeriod | undefined;
  readonly occurredAt: number;
}

const DAY_MICROS = 86_400_000_000;

/**
 * Rates the events of one envelope, in order: a function of the log, the catalog and the partition's state. It
 * changes the state's customers and accumulators in place and collects what is to be stored in `effects`.
 */
export class EventRater {
  readonly #columns: EnvelopeColumns;
  readonly #numbers: EnvelopeNumbers;
  readonly #appliedCounts = new Map<number, Count>();
  readonly #terms: EnvelopeTerms;

  constructor(
    private readonly context: RatingContext,
    private readonly state: PartitionState,
    private readonly target: { readonly known: KnownEvents; readonly effects: Effects },
    /** `firstOrdinal` is that of the envelope's first event; `customers` are those of its events. */
    private readonly place: {
      readonly envelope: LoggedEnvelope;
      readonly firstOrdinal: number;
      readonly customers: readonly Customer[];
      /** By the dictionary's number; undefined when no event carries one. */
      readonly tokens: ReadonlyMap<number, TokenInHand> | undefined;
    },
  ) {
    this.#columns = place.envelope.columns;
    this.#terms = new EnvelopeTerms(place.envelope, context);
    this.#numbers = new EnvelopeNumbers(this.#columns, context.numbers);
  }

  rate(index: number): void {
    const known = this.target.known.find(this.place.firstOrdinal + index);
    if (known) {
      this.#repeat(index, known === 'same' ? 'duplicate' : 'conflict');
      return;
    }
    const refusal = this.#apply(index);
    if (refusal) this.#reject(index, refusal);
  }

  /** An event that could not be stored; found by bisecting, so it is the only one at fault. */
  deadLetter(index: number, reason: string, detail: string): void {
    const refused = this.#refused(index);
    this.target.effects.deadLetters.push({ ...refused, code: reason, detail, pointer: '' });
    this.target.effects.counts.add(refused, 'dead_lettered', reason);
  }

  #apply(index: number): Refusal | undefined {
    const occurredAt = occurredAtOf(this.place.envelope, index);
    const { context } = this;
    const { envelope, tokens } = this.place;
    const untimely = refusalByTime(occurredAt, envelope.appendedAt, context.horizonMicros);
    if (untimely) return untimely;
    const token = tokens?.get(this.#columns.quoteTokens[index]!);
    const binding = token && bindingQuote(token, { envelope, index, occurredAt });
    if (typeof binding === 'string') return binding;
    const customer = this.place.customers[index]!;
    const facts = customer.facts ?? this.#terms.defaultFactsOf(customer.tenant);
    if (typeof facts === 'string') return facts;
    const opened = customer.openedPeriodAt(occurredAt);
    const event = { context, envelope, index, customer, facts, opened, occurredAt };
    if (binding) {
      const { quote, slot } = binding;
      if (!this.#takesLate(event)) return 'late_refused';
      const rated = rateQuoted(quote, event);
      if (typeof rated === 'string') return rated;
      this.target.effects.useQuote({ slot, offset: envelope.offset, index });
      this.#take(event, rated, unquotedReadings(quote, event));
      return undefined;
    }
    const plan = this.#terms.planOf(customer.tenant, facts);
    if (typeof plan === 'string') return plan;
    if (!this.#takesLate(event)) return 'late_refused';
    const prices = this.#terms.pricesOf(plan, index);
    const rated = this.#rate(event, prices.priced);
    if (typeof rated === 'string') return rated;
    this.#take(event, rated, prices.unpriced);
    return undefined;
  }

  #rate(event: EventInHand, readings: readonly PricedReading[]): RatedPrice[] | Refusal {
    const { index, customer, facts, opened, occurredAt } = event;
    const rated: RatedPrice[] = [];
    for (const priced of readings) {
      const version = versionInForce(priced, occurredAt);
      if (!version) return 'no_price_in_force';
      const { price } = version;
      // Another version of the key prices another meter, or in another currency.
      if (price.meterKey !== priced.meter || price.currency !== facts.currency) continue;
      const booked =
        version.whole ??
        version.cellOf((name) => dimensionOf(this.#columns, index, [priced.dimensions, name]));
      if (!booked) return 'no_cell_for_event';
      const slot = opened && customer.slot(opened, booked);
      const creators = creatorsOf(price.split, (pointer) =>
        propertyOf(this.#columns, index, pointer),
      );
      const step =
        (booked.unlock ?? priced.memory) &&
        eventStep(booked, {
          envelope: this.place.envelope,
          customer,
          index,
          occurredAt,
          priced,
          opened,
        });
      if (step === 'no_item_on_event') return step;
      const quantity = step ? step.quantity : this.#quantityOf(index, priced.reading);
      const metered = { aggregation: priced.aggregation, quantity, creators };
      const outcome = rateReading(booked.compiled, slot?.current ?? EMPTY_ACCUMULATOR, metered);
      if (outcome.outcome === 'refused') return outcome.reason;
      const reading = opened?.settled ? lateReading(outcome, opened, { price, creators }) : outcome;
      const kept = keptOf(booked, metered, step);
      const { meter } = priced;
      const quoteDifference = undefined;
      rated.push({ booked, slot, meter, creators, reading, step, kept, quoteDifference });
    }
    return rated;
  }

  /** The event is applied: nothing of it can be refused any more. */
  #take(
    event: EventInHand,
    rated: readonly RatedPrice[],
    unpriced: readonly UnpricedReading[],
  ): void {
    const { index, customer, facts } = event;
    this.#enter(index, rated);
    this.#create(customer, facts, index);
    if (rated.length > 0) this.#charge(event, rated);
    for (const reading of unpriced) this.#countUnpriced(index, customer, reading);
    this.#applied(index, customer, rated.length > 0);
  }

  /** By the opened period, or by the schedule of one that is not. */
  #takesLate({ customer, facts, opened, occurredAt }: EventInHand): boolean {
    const sealedThrough = this.state.sealedThrough.get(customer.tenant);
    if (sealedThrough === undefined || occurredAt >= sealedThrough) return true;
    const { envelope } = this.place;
    const tenant = this.context.view.tenantAt(customer.tenant, doorVersionOf(envelope));
    const usage = opened ?? customer.periodOf(facts.schedule, occurredAt);
    const { appendedAt: at } = envelope;
    return takesLateEvents(usage, sealedThrough, { acceptLateDays: tenant?.acceptLateDays, at });
  }

  /** Makes room in the rated message for all that the event may say there. */
  #enter(index: number, rated: readonly RatedPrice[]): void {
    const { offset } = this.place.envelope;
    const bytesMax = ratedBytesMax(this.#columns, index, rated);
    // An echo of a customer that comes to be, and a hold.
    this.target.effects.ranges.enter(offset, index, bytesMax + 2 * ECHO_BYTES);
  }

  /** Under `create` an unknown customer comes to be with its first applied event. */
  #create(customer: Customer, facts: CustomerFacts, index: number): void {
    if (customer.facts) return;
    customer.facts = facts;
    const { effects } = this.target;
    effects.customers.add(customer);
    const { tenant, id } = customer;
    const who = { tenant, customer: id, catalogVersion: doorVersionOf(this.place.envelope) };
    effects.ranges.addEcho({
      offset: this.place.envelope.offset,
      index,
      record: { case: 'customerChanged', value: factsToMessage(who, facts) },
    });
  }

  #charge(event: EventInHand, rated: readonly RatedPrice[]): void {
    const { index, customer, facts, occurredAt } = event;
    const { effects } = this.target;
    const columns = this.#columns;
    const usage =
      event.opened ?? this.#open(customer, customer.periodOf(facts.schedule, occurredAt));
    const booking = this.#bookingOf(customer, facts, usage);
    const source = this.#text(columns.sources, index);
    const type = this.#text(columns.types, index);
    const hashAt = index * HASH_BYTES;
    const bodyHash = columns.bodyHashes.subarray(hashAt, hashAt + HASH_BYTES);
    const usageMonth = usageMonthOf(occurredAt);
    const tenantNumber = this.#numbers.tenantOf(index);
    const sourceNumber = this.#numbers.sourceOf(index);
    for (let n = 0; n < rated.length; n++) {
      const { booked, meter, creators, reading, step, kept, quoteDifference } = rated[n]!;
      const { price } = booked;
      const slot = rated[n]!.slot ?? customer.slot(usage, booked);
      slot.current = reading.accumulator;
      effects.touch(slot);
      if (step) takeStep(step, slot, effects);
      const charge: Charge = {
        offset: this.place.envelope.offset,
        index,
        n,
        tenant: customer.tenant,
        customer: customer.id,
        currency: price.currency,
        kind: ChargeKind.USAGE,
        corrects: '',
        source,
        eventId: idAt(columns, index),
        type,
        meter,
        price: price.key,
        priceVersion: price.version,
        cell: booked.cell,
        occurredAt,
        usageFrom: usage.from,
        usageTo: usage.to,
        bookingFrom: booking.period.from,
        bookingTo: booking.period.to,
        quantityBefore: reading.quantityBefore,
        quantityAfter: reading.quantityAfter,
        amountNanos: reading.amount,
        quoteDifferenceNanos: quoteDifference ?? 0n,
        isQuoted: quoteDifference !== undefined,
        bodyHash,
        pricedBefore: reading.pricedBefore,
        shares: reading.shares,
        creators,
        usageMonth,
        tenantNumber,
        customerNumber: customer.number,
        priceNumber: this.context.numbers.price(booked),
        sourceNumber,
      };
      effects.addCharge(charge);
      if (kept) effects.keep(charge, kept);
    }
  }

  #open(customer: Customer, bounds: { readonly from: number; readonly to: number }): OpenedPeriod {
    const period = customer.open(bounds);
    this.target.effects.opened.push({ customer, period });
    return period;
  }

  #bookingOf(customer: Customer, facts: CustomerFacts, usage: OpenedPeriod): Booking {
    const sealedThrough = this.state.sealedThrough.get(customer.tenant);
    return bookingPeriodOf(
      usage,
      sealedThrough,
      (at) =>
        customer.openedPeriodAt(at) ?? this.#open(customer, customer.periodOf(facts.schedule, at)),
    );
  }

  #applied(index: number, customer: Customer, charged: boolean): void {
    const { holdIds, strings } = this.#columns;
    const { effects, known } = this.target;
    const ordinal = this.place.firstOrdinal + index;
    known.add(ordinal);
    effects.applied.push(ordinal);
    const count = this.#appliedCountOf(index);
    count.events += 1;
    if (charged) count.charged += 1;
    const holdId = strings[holdIds[index]!]!;
    if (holdId === '') return;
    const named = { tenant: customer.tenant, customer: customer.id, holdId };
    effects.ranges.addHold({ offset: this.place.envelope.offset, index, ...named });
  }

  #appliedCountOf(index: number): Count {
    const columns = this.#columns;
    const pair = columns.tenants[index]! * columns.strings.length + columns.sources[index]!;
    let count = this.#appliedCounts.get(pair);
    if (!count) {
      const tenant = this.#text(columns.tenants, index);
      const source = this.#text(columns.sources, index);
      count = this.target.effects.counts.of({ tenant, source }, 'applied');
      this.#appliedCounts.set(pair, count);
    }
    return count;
  }

  #countUnpriced(
    index: number,
    customer: Customer,
    { reading, aggregation }: UnpricedReading,
  ): void {
    const columns = this.#columns;
    this.target.effects.addUnpriced({
      tenant: customer.tenant,
      customer: customer.id,
      meter: columns.strings[columns.readingMeters[columns.readingStarts[index]! + reading]!]!,
      day: Math.floor(occurredAtOf(this.place.envelope, index) / DAY_MICROS),
      aggregation,
      quantity: needsMemory(aggregation) ? 0n : this.#quantityOf(index, reading),
      readings: 1,
    });
  }

  #repeat(index: number, outcome: 'duplicate' | 'conflict'): void {
    const columns = this.#columns;
    const tenant = this.#text(columns.tenants, index);
    const { effects } = this.target;
    const { offset } = this.place.envelope;
    const key = columns.keys.subarray(index * KEY_BYTES, index * KEY_BYTES + KEY_BYTES);
    effects.repeated.push({ tenant, offset, index, outcome, key });
    effects.counts.add({ tenant, source: this.#text(columns.sources, index) }, outcome);
  }

  #reject(index: number, refusal: Refusal): void {
    const refused = this.#refused(index);
    const { effects } = this.target;
    effects.rejected.push({ ...refused, code: refusal, detail: REFUSALS[refusal], pointer: '' });
    effects.refused.push(this.place.firstOrdinal + index);
    effects.counts.add(refused, 'rejected', refusal);
  }

  #refused(index: number) {
    const columns = this.#columns;
    return {
      tenant: this.#text(columns.tenants, index),
      customer: this.#text(columns.customers, index),
      source: this.#text(columns.sources, index),
      eventId: idAt(columns, index),
      offset: this.place.envelope.offset,
      index,
      appendedAt: this.place.envelope.appendedAt,
      bytes: columns.data.subarray(columns.dataStarts[index]!, columns.dataStarts[index + 1]!),
    };
  }

  #quantityOf(index: number, reading: number): bigint {
    const columns = this.#columns;
    return columns.readingQuantities[columns.readingStarts[index]! + reading]!;
  }

  #text(column: Uint32Array, index: number): string {
    return this.#columns.strings[column[index]!]!;
  }
}

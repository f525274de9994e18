import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Envelope } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import type {
  Barrier,
  Correct,
  CustomerChanged,
  Void,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import {
  idAt,
  propertiesAt,
  type EnvelopeColumns,
} from '@farthing/contracts/wire/envelope-columns';
import { eventKey } from '@farthing/contracts/wire/event-identity';
import { columnsOfOne } from '@farthing/contracts/wire/single-event';
import { eventIdentity } from '@farthing/domain/metering/latest-reading';
import type { Aggregation, Meter } from '@farthing/domain/metering/meter';
import { billingPeriodAt } from '@farthing/domain/period/billing-period';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import { keysWithOverrides } from '@farthing/domain/pricing/price-overrides';
import type { Price } from '@farthing/domain/pricing/price';
import type { Quote } from '@farthing/domain/quote/quote';
import { rateReading, type RatedReading } from '@farthing/domain/rating/rate-reading';
import type { Position } from '@farthing/domain/rating/position';
import { creatorsOf } from '@farthing/domain/rating/split-charge';
import { takeBack } from '@farthing/domain/rating/take-back';
import {
  dimensionsOf,
  findCellOf,
  type DimensionOf,
  type FindCell,
  type PricedCell,
} from './log-cells.js';
import { refundLogged, type Corrected } from './refund-logged.js';
import { LoggedReRatings } from './logged-re-ratings.js';
import {
  LoggedEvents,
  type ChargedPlace,
  type LoggedEvent,
  type LoggedPart,
  type PricedCharge,
} from './logged-events.js';
import { loggedTerms, LogPeriods, type LoggedTerms } from './log-periods.js';
import { LogQuotes, quotedCharges } from './log-quotes.js';
import { LogTotals } from './log-totals.js';
import { unlockedBy } from './log-unlocks.js';
import type { LogRecord } from './read-log.js';
import { identityAt, RememberedReadings } from './remembered-readings.js';

/**
 * Prices one tenant's events and barriers straight from the log: the first of each identity counts, by the catalog version of
 * its envelope, whatever rating did. Feed it each partition's records in order. Events that rating rejects for
 * their time are priced here, so a difference there shows.
 */
export class LogPricer {
  readonly totals = new LogTotals();
  readonly #seen = new Set<string>();
  readonly #quotes: LogQuotes;
  readonly #terms = new Map<string, LoggedTerms>();
  /** By customer. */
  readonly #periods = new Map<string, LogPeriods>();
  /** By partition. */
  readonly #sealedThrough = new Map<number, number>();
  /** When each customer last unlocked an item, by customer, price key and item. */
  readonly #unlocks = new Map<string, number>();
  readonly #readings = new RememberedReadings();
  readonly #cells = new WeakMap<Price, FindCell>();
  readonly #events = new LoggedEvents();
  readonly #reRatings: LoggedReRatings;
  /** Voids and corrections that were asked for by commands: each is applied once. */
  readonly #commands = new Set<string>();

  constructor(
    private readonly tenant: string,
    private readonly catalog: CatalogView,
  ) {
    this.#quotes = new LogQuotes(catalog);
    this.#reRatings = new LoggedReRatings(this.#events, catalog, (customer) =>
      this.#periodsOf(customer),
    );
  }

  take(logged: LogRecord): void {
    const { record } = logged;
    if (record.case === 'envelope') {
      this.#takeEnvelope(logged, record.envelope);
      return;
    }
    const { control } = record;
    if (!('tenant' in control.value) || control.value.tenant !== this.tenant) return;
    switch (control.case) {
      case 'customerChanged':
        return this.#learn(control.value, logged);
      case 'refund':
        return this.#count(refundLogged(this.#events, control.value));
      case 'applyReRating':
        return this.#count(this.#reRatings.apply(control.value));
      case 'void':
        return this.#correct(control.value, logged, { own: control.value.by });
      case 'correct':
        return this.#correct(control.value, logged, { replacement: control.value.replacement });
      case 'barrier':
        return this.#close(control.value, logged.partition);
    }
  }

  #learn(changed: CustomerChanged, { partition, appendedAtMs }: LogRecord): void {
    const known = this.#terms.get(changed.customer);
    if (known && known.version >= changed.version) return;
    const knownSince = known?.knownSince ?? appendedAtMs * 1_000;
    this.#terms.set(changed.customer, loggedTerms(changed, { knownSince, partition }));
  }

  /** One that closes nothing new, as each does that comes twice, settles nothing. */
  #close({ closesBeforeMicros, catalogVersion }: Barrier, partition: number): void {
    const closesBefore = Number(closesBeforeMicros);
    const sealedBefore = this.#sealedThrough.get(partition) ?? Number.NEGATIVE_INFINITY;
    if (closesBefore <= sealedBefore) return;
    this.#sealedThrough.set(partition, closesBefore);
    const version = Number(catalogVersion);
    for (const [customer, terms] of this.#terms) {
      if (terms.partition !== partition) continue;
      const keys = this.#keysOf(terms, version);
      const pricesAt = (at: number) =>
        keys.flatMap(
          (key) => priceInForce(this.catalog.priceVersionsAt(this.tenant, key, version), at) ?? [],
        );
      const span = { sealedBefore, closesBefore };
      const due = this.#periodsOf(customer).close(terms, span, pricesAt);
      for (const amount of due) this.totals.add(terms.currency, amount);
    }
  }

  #count(corrected: readonly Corrected[]): void {
    for (const { currency, amounts } of corrected) {
      for (const amount of amounts) this.totals.add(currency, amount);
    }
  }

  /** By a command or by an event of its own, which then counts as one. */
  #correct(
    asked: Void | Correct,
    logged: LogRecord,
    { own: by, replacement: fresh }: { readonly own?: Envelope; readonly replacement?: Envelope },
  ): void {
    const { commandId, source, eventId, customer } = asked;
    const replacement = fresh && columnsOfOne(fresh);
    const own = by
      ? columnsOfOne(by)
      : replacement && idAt(replacement, 0) !== eventId && replacement;
    if (own) {
      this.totals.events += 1;
      if (this.#isSeen(own.keys)) return;
    } else if (this.#commands.has(commandId)) return;
    else this.#commands.add(commandId);
    const event = this.#events.find(eventKey(this.tenant, source, eventId).toString('latin1'));
    if (event?.state !== 'standing' || event.customer !== customer) return;
    const { partition } = logged;
    if (event.partition !== partition) return;
    const identity = eventIdentity(source, eventId);
    const price =
      replacement && (() => this.#replacing(replacement, event, { partition, identity }));
    if (price && !price()) return;
    if (own) this.#seen.add(own.keys.toString('latin1'));
    const named = new Map(event.charges.toReversed().map(({ id, price: key }) => [key, id]));
    const idOf = ({ priced }: PricedCharge) =>
      named.get(priced.compiled.price.key) ?? event.charges[0]!.id;
    const items = new Set((price?.() ?? []).map(({ unlocked }) => unlocked?.name));
    for (const part of event.parts) this.#takeBack(event, part, { id: idOf(part), items });
    const parts = (price?.() ?? []).map((charge) => this.#book(charge));
    for (const part of parts) this.#events.count(idOf(part), part, part.amount, { moves: true });
    this.#events.replace(event, parts);
    if (!replacement) event.state = 'voided';
  }

  /** What an event that takes another's place, and goes by its identity, comes to as things stand; undefined where rating refuses it. */
  #replacing(
    replacement: EnvelopeColumns,
    { type, occurredAt }: LoggedEvent,
    { partition, identity }: { readonly partition: number; readonly identity: string },
  ): PricedCharge[] | undefined {
    if (replacement.strings[replacement.types[0]!] !== type) return undefined;
    // A quote is of a use, not of what takes the place of one.
    if (replacement.quoteTokens[0] !== 0) return undefined;
    const position = { partition, index: 0, identity };
    return this.#chargesOf(replacement, position, occurredAt);
  }

  #takeBack(
    event: LoggedEvent,
    part: LoggedPart,
    { id, items }: { readonly id: string; readonly items: ReadonlySet<string | undefined> },
  ): void {
    const { customer, period, priced, aggregation, unlocked } = part;
    const { cell, compiled } = priced;
    if (unlocked) {
      const isUsedAgain = items.has(unlocked.name);
      this.#events.closeItem(event, part, { unlocks: this.#unlocks, isUsedAgain });
    }
    const periods = this.#periodsOf(customer);
    const { key: price, currency } = compiled.price;
    const accumulator = periods.accumulator(period, price, cell);
    const rest = this.#events.takeBack(event, part, accumulator.quantity);
    const charged = part.amount - part.quoteDifference;
    const stays = rest === accumulator.quantity && !(compiled.perEvent && charged !== 0n);
    if (stays && part.quoteDifference === 0n) return;
    let amount = -part.quoteDifference;
    if (!stays) {
      const taken = takeBack(compiled, accumulator, { rest, aggregation, charged });
      if (taken.outcome === 'refused') throw new Error(taken.reason);
      const moved = periods.move(period, { price, cell }, taken);
      amount += compiled.perEvent ? taken.amount : moved;
    }
    this.#events.count(id, part, amount, { moves: rest !== accumulator.quantity });
    this.totals.add(currency, amount);
  }

  /** What is refused takes no key: it may be sent again, and then counts. */
  #isSeen(keys: Buffer, at = 0): boolean {
    if (!this.#seen.has(keys.toString('latin1', at, at + 16))) return false;
    this.totals.duplicates += 1;
    return true;
  }

  #takeEnvelope({ partition, offset, appendedAtMs }: LogRecord, envelope: EnvelopeColumns): void {
    for (let i = 0; i < envelope.count; i++) {
      if (envelope.strings[envelope.tenants[i]!] !== this.tenant) continue;
      this.totals.events += 1;
      if (this.#isSeen(envelope.keys, i * 16)) continue;
      const position = { generation: LOG_GENERATION, partition, offset, index: i };
      const appendedAt = appendedAtMs * 1_000;
      const quote = this.#quotes.of(envelope, i, envelope.occurredAts[i]! || appendedAt);
      if (quote === 'refused') continue;
      const charges = quote
        ? this.#quotedChargesOf(quote, envelope, { ...position, appendedAt })
        : this.#chargesOf(envelope, position, appendedAt);
      if (!charges) continue;
      const identity = envelope.keys.toString('latin1', i * 16, i * 16 + 16);
      this.#seen.add(identity);
      if (quote) this.#quotes.use(quote);
      if (charges.length === 0) continue;
      const parts = charges.map((charge) => this.#book(charge));
      const type = envelope.strings[envelope.types[i]!]!;
      const occurredAt = envelope.occurredAts[i]! || appendedAt;
      this.#events.addApplied(identity, { position, type, occurredAt, parts });
    }
  }

  /** Undefined for an event that one of its prices refuses: it makes no charge at all. */
  #chargesOf(
    envelope: EnvelopeColumns,
    {
      index,
      partition,
      identity = identityAt(envelope, index),
    }: Pick<Position, 'index' | 'partition'> & { readonly identity?: string },
    appendedAt: number,
  ): PricedCharge[] | undefined {
    const charges: PricedCharge[] = [];
    const occurredAt = envelope.occurredAts[index]! || appendedAt;
    const customer = envelope.strings[envelope.customers[index]!]!;
    const place = { partition, appendedAt };
    const terms = this.#termsOf(customer, envelope.catalogVersion, place);
    const extracted = propertiesAt(envelope, index);
    const properties = new Map(extracted.map(({ pointer, value }) => [pointer, value]));
    // In the order in which rating numbers an event's charges.
    for (const key of this.#keysOf(terms, envelope.catalogVersion).toSorted()) {
      const versions = this.catalog.priceVersionsAt(this.tenant, key, envelope.catalogVersion);
      const price = priceInForce(versions, occurredAt);
      if (!price || price.currency !== terms.currency) continue;
      const end = envelope.readingStarts[index + 1]!;
      for (let r = envelope.readingStarts[index]!; r < end; r++) {
        if (envelope.strings[envelope.readingMeters[r]!] !== price.meterKey) continue;
        const period = billingPeriodAt(terms.schedule, occurredAt);
        const meter = this.#meterOf(price.meterKey, envelope.catalogVersion);
        const dimensionOf = dimensionsOf(meter, extracted);
        const priced = this.#pricedBy(price, dimensionOf);
        if (!priced) return undefined;
        const use = { occurredAt, dimensionOf };
        const unlocked =
          price.model.kind === 'unlock'
            ? unlockedBy(this.#unlocks, price.model, { owner: `${customer}\u0000${key}`, ...use })
            : undefined;
        if (price.model.kind === 'unlock' && !unlocked) return undefined;
        const remembered = this.#readings.stepOf(meter, {
          envelope,
          index,
          reading: r,
          mark: { occurredAt, identity },
          accumulator: [customer, period.from, key, priced.cell].join('\u0000'),
        });
        if (!remembered) return undefined;
        const quantity = unlocked?.quantity ?? remembered.quantity;
        const of = { customer, period, priced };
        const { aggregation } = meter;
        const rated = this.#rate(of, { aggregation, quantity });
        if (!rated) return undefined;
        const creators = creatorsOf(price.split, (pointer) => properties.get(pointer));
        const charge = { ...of, rated, aggregation, quantity, unlocked, remembered, creators };
        charges.push({ ...charge, quoted: undefined });
      }
    }
    return charges;
  }

  /** The price keys that a customer pays by. */
  #keysOf(terms: LoggedTerms, catalogVersion: number): readonly string[] {
    const plan = this.catalog.planAt(this.tenant, terms.plan, catalogVersion);
    if (!plan) return [];
    return keysWithOverrides(plan.prices, terms, (key) =>
      this.catalog.priceVersionsAt(this.tenant, key, catalogVersion),
    );
  }

  /** By the prices of the quote and no others. Undefined when a charge is none of what was quoted. */
  #quotedChargesOf(
    quote: Quote,
    envelope: EnvelopeColumns,
    { index, partition, appendedAt }: Position & { readonly appendedAt: number },
  ): PricedCharge[] | undefined {
    const { customer } = quote;
    const { catalogVersion } = envelope;
    const terms = this.#termsOf(customer, catalogVersion, { partition, appendedAt });
    const occurredAt = envelope.occurredAts[index]! || appendedAt;
    const period = billingPeriodAt(terms.schedule, occurredAt);
    const event = { occurredAt, properties: propertiesAt(envelope, index) };
    return quotedCharges(quote, event, {
      meterOf: (meter) => this.#meterOf(meter, catalogVersion),
      versionsOf: (price) => this.catalog.priceVersionsAt(this.tenant, price, catalogVersion),
      pricedBy: (price, dimensionOf) => this.#pricedBy(price, dimensionOf),
      rate: (priced, reading) => {
        const of = { customer, period, priced };
        const rated = this.#rate(of, reading);
        return rated && { ...of, rated };
      },
    });
  }

  #meterOf(meter: string, catalogVersion: number): Meter {
    const found = this.catalog.meterAt(this.tenant, meter, catalogVersion);
    if (!found) throw new Error(`the catalog has no meter ${meter} at ${catalogVersion}`);
    return found;
  }

  /** Undefined where no cell takes the event. */
  #pricedBy(price: Price, dimensionOf: DimensionOf): PricedCell | undefined {
    const findCell = this.#cells.get(price) ?? findCellOf(price);
    this.#cells.set(price, findCell);
    return findCell(dimensionOf);
  }

  #rate(
    { customer, period, priced: { compiled, cell } }: ChargedPlace,
    reading: { readonly aggregation: Aggregation; readonly quantity: bigint },
  ): RatedReading | undefined {
    const { price } = compiled;
    // Who shares a charge does not change its amount.
    const creators = price.split.map(() => '');
    const before = this.#periodsOf(customer).accumulator(period, price.key, cell);
    const rated = rateReading(compiled, before, { ...reading, creators });
    return rated.outcome === 'rated' ? rated : undefined;
  }

  /** What a quote makes of a charge does not move its accumulator. */
  #book(charge: PricedCharge): LoggedPart {
    const { customer, period, priced, rated, unlocked, remembered, quoted } = charge;
    const { key: price, currency } = priced.compiled.price;
    const { cell } = priced;
    const cost = this.#periodsOf(customer).move(period, { price, cell }, rated);
    const amount = quoted ?? cost;
    remembered.take();
    if (unlocked) this.#unlocks.set(unlocked.name, unlocked.unlockedAt);
    this.totals.add(currency, amount);
    return { ...charge, amount, quoteDifference: amount - cost };
  }

  #periodsOf(customer: string): LogPeriods {
    let periods = this.#periods.get(customer);
    if (!periods) this.#periods.set(customer, (periods = new LogPeriods()));
    return periods;
  }

  /** An unknown customer comes to be with its first event. */
  #termsOf(
    customer: string,
    catalogVersion: number,
    { partition, appendedAt }: { readonly partition: number; readonly appendedAt: number },
  ): LoggedTerms {
    const known = this.#terms.get(customer);
    if (known) return known;
    const tenant = this.catalog.tenantAt(this.tenant, catalogVersion);
    if (!tenant) throw new Error(`the catalog has no tenant ${this.tenant} at ${catalogVersion}`);
    const { plan, currency, schedule } = tenant.defaults;
    const facts = { version: -1n, plan, currency, priceOverrides: [], schedule, closed: false };
    const terms = { ...facts, knownSince: appendedAt, partition };
    this.#terms.set(customer, terms);
    return terms;
  }
}

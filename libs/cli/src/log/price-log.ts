import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type {
  ApplyReRating,
  Barrier,
  CustomerChanged,
  Refund,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import type { ExtractedProperty } from '@farthing/contracts/wire/envelope-builder';
import { propertiesAt, type EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { intervalFromMessage } from '@farthing/contracts/catalog/schedule-message';
import type { Aggregation, Meter } from '@farthing/domain/metering/meter';
import { compileMatrixPrice } from '@farthing/domain/pricing/matrix-price';
import { billingPeriodAt, type BillingPeriod } from '@farthing/domain/period/billing-period';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import { keysWithOverrides } from '@farthing/domain/pricing/price-overrides';
import type { Price } from '@farthing/domain/pricing/price';
import { chargeId } from '@farthing/domain/rating/charge-id';
import {
  compilePrice,
  rateReading,
  type CompiledPrice,
  type RatedReading,
} from '@farthing/domain/rating/rate-reading';
import type { Position } from '@farthing/domain/rating/position';
import { unlockItem, type UnlockPrice } from '@farthing/domain/pricing/unlock-price';
import { LogCharges } from './log-charges.js';
import { LogPeriods, type ClosedCustomer } from './log-periods.js';
import type { LogRecord } from './read-log.js';

/** What the log alone says that a tenant's events come to. */
export interface LogTotals {
  /** Events in the log, duplicates included. */
  events: number;
  duplicates: number;
  charges: number;
  /** Sum of the charges per currency, in nano-units. */
  readonly sums: Map<string, bigint>;
}

/** The facts of a customer that pricing needs. */
interface Terms extends ClosedCustomer {
  readonly version: bigint;
  readonly plan: string;
  readonly priceOverrides: readonly string[];
  readonly partition: number;
}

interface PricedCell {
  /** '' for a price without cells. */
  readonly cell: string;
  readonly compiled: CompiledPrice;
}

/** What an event unlocks, and how much of it counts. */
interface Unlocked {
  /** Customer, price key and item. */
  readonly name: string;
  readonly unlockedAt: number;
  readonly quantity: bigint;
}

/** Which accumulator a charge moves, and by which price. */
interface ChargedPlace {
  readonly customer: string;
  readonly period: BillingPeriod;
  readonly priced: PricedCell;
}

/** A charge before it is known that the event is applied. */
interface PricedCharge extends ChargedPlace {
  readonly rated: RatedReading;
  readonly unlocked: Unlocked | undefined;
}

/** The value of a dimension of an event's meter. */
type DimensionOf = (name: string) => string | undefined;

type FindCell = (dimension: DimensionOf) => PricedCell | undefined;

/**
 * Prices one tenant's events and barriers straight from the log: the first of each identity counts, by the catalog version of
 * its envelope, whatever rating did. Feed it each partition's records in order. Events that rating rejects for
 * their time are priced here, so a difference there shows.
 */
export class LogPricer {
  readonly totals: LogTotals = { events: 0, duplicates: 0, charges: 0, sums: new Map() };
  readonly #seen = new Set<string>();
  readonly #terms = new Map<string, Terms>();
  /** By customer. */
  readonly #periods = new Map<string, LogPeriods>();
  /** By partition. */
  readonly #sealedThrough = new Map<number, number>();
  /** When each customer last unlocked an item, by customer, price key and item. */
  readonly #unlocks = new Map<string, number>();
  readonly #cells = new WeakMap<Price, FindCell>();
  readonly #charges = new LogCharges();

  constructor(
    private readonly tenant: string,
    private readonly catalog: CatalogView,
  ) {}

  take(logged: LogRecord): void {
    const { record } = logged;
    if (record.case === 'envelope') {
      this.#takeEnvelope(logged, record.envelope);
      return;
    }
    const { control } = record;
    if (control.case === 'customerChanged' && control.value.tenant === this.tenant) {
      this.#learn(control.value, logged);
    }
    if (control.case === 'refund' && control.value.tenant === this.tenant) {
      this.#refund(control.value);
    }
    if (control.case === 'applyReRating' && control.value.tenant === this.tenant) {
      this.#reRate(control.value);
    }
    if (control.case === 'barrier' && control.value.tenant === this.tenant) {
      this.#close(control.value, logged.partition);
    }
  }

  #learn(changed: CustomerChanged, { partition, appendedAtMs }: LogRecord): void {
    const { customer, version, plan, currency, timeZone, anchorAtMicros, interval } = changed;
    const known = this.#terms.get(customer);
    if (known && known.version >= version) return;
    const schedule = {
      timeZone,
      anchorAt: Number(anchorAtMicros),
      interval: intervalFromMessage(interval),
    };
    const { closed, priceOverrides } = changed;
    const knownSince = known?.knownSince ?? appendedAtMs * 1_000;
    const facts = { version, plan, currency, priceOverrides, schedule, closed };
    this.#terms.set(customer, { ...facts, knownSince, partition });
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
      for (const amount of due) this.#add(terms.currency, amount);
    }
  }

  #refund(refund: Refund): void {
    const given = this.#charges.refund(refund);
    for (const amount of given.amounts) this.#add(given.currency, amount);
  }

  #reRate(record: ApplyReRating): void {
    for (const { currency, amounts } of this.#charges.reRate(record)) {
      for (const amount of amounts) this.#add(currency, amount);
    }
  }

  #takeEnvelope({ partition, offset, appendedAtMs }: LogRecord, envelope: EnvelopeColumns): void {
    for (let i = 0; i < envelope.count; i++) {
      if (envelope.strings[envelope.tenants[i]!] !== this.tenant) continue;
      this.totals.events += 1;
      const identity = envelope.keys.toString('latin1', i * 16, i * 16 + 16);
      if (this.#seen.has(identity)) {
        this.totals.duplicates += 1;
        continue;
      }
      const position = { generation: LOG_GENERATION, partition, offset, index: i };
      const charges = this.#chargesOf(envelope, position, appendedAtMs * 1_000);
      // What is refused takes no key: it may be sent again, and then counts.
      if (!charges) continue;
      this.#seen.add(identity);
      charges.forEach((charge, n) => this.#book(chargeId({ ...position, n }), charge));
    }
  }

  /** Undefined for an event that one of its prices refuses: it makes no charge at all. */
  #chargesOf(
    envelope: EnvelopeColumns,
    { index, partition }: Position,
    appendedAt: number,
  ): PricedCharge[] | undefined {
    const charges: PricedCharge[] = [];
    const occurredAt = envelope.occurredAts[index]! || appendedAt;
    const customer = envelope.strings[envelope.customers[index]!]!;
    const place = { partition, appendedAt };
    const terms = this.#termsOf(customer, envelope.catalogVersion, place);
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
        const dimensionOf = dimensionsOf(meter, propertiesAt(envelope, index));
        const priced = this.#pricedBy(price, dimensionOf);
        if (!priced) return undefined;
        const unlocked =
          price.model.kind === 'unlock'
            ? this.#unlock(price.model, `${customer}\u0000${key}`, { occurredAt, dimensionOf })
            : undefined;
        if (price.model.kind === 'unlock' && !unlocked) return undefined;
        const quantity = unlocked?.quantity ?? envelope.readingQuantities[r]!;
        const of = { customer, period, priced };
        const rated = this.#rate(of, { aggregation: meter.aggregation, quantity });
        if (!rated) return undefined;
        charges.push({ ...of, rated, unlocked });
      }
    }
    return charges;
  }

  /** The price keys that a customer pays by. */
  #keysOf(terms: Terms, catalogVersion: number): readonly string[] {
    const plan = this.catalog.planAt(this.tenant, terms.plan, catalogVersion);
    if (!plan) return [];
    return keysWithOverrides(plan.prices, terms, (key) =>
      this.catalog.priceVersionsAt(this.tenant, key, catalogVersion),
    );
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

  /** One item for what is unlocked, none for what is open; undefined where the event names none. */
  #unlock(
    unlock: UnlockPrice,
    owner: string,
    event: { readonly occurredAt: number; readonly dimensionOf: DimensionOf },
  ): Unlocked | undefined {
    const item = event.dimensionOf(unlock.item);
    if (item === undefined) return undefined;
    const name = `${owner}\u0000${item}`;
    const dimensions = { [unlock.item]: item };
    const { occurredAt } = event;
    const step = unlockItem(unlock, this.#unlocks.get(name), { occurredAt, dimensions });
    if (step.outcome === 'refused') return undefined;
    return { name, unlockedAt: step.unlockedAt, quantity: step.quantity };
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

  #book(id: string, { customer, period, priced, rated, unlocked }: PricedCharge): void {
    const { key: price, currency } = priced.compiled.price;
    const { cell } = priced;
    const amount = this.#periodsOf(customer).move(period, { price, cell }, rated);
    if (unlocked) this.#unlocks.set(unlocked.name, unlocked.unlockedAt);
    this.#charges.add(id, { customer, currency, amount });
    this.#add(currency, amount);
  }

  #add(currency: string, amount: bigint): void {
    this.totals.charges += 1;
    const { sums } = this.totals;
    sums.set(currency, (sums.get(currency) ?? 0n) + amount);
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
  ): Terms {
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

function dimensionsOf(
  { dimensions }: Meter,
  properties: readonly ExtractedProperty[],
): DimensionOf {
  return (name) => {
    const pointer = dimensions.find((dimension) => dimension.name === name)?.pointer;
    return properties.find((property) => property.pointer === pointer)?.value;
  };
}

/** A price, compiled once, by the values of an event's dimensions. */
function findCellOf(price: Price): FindCell {
  const { model, ...around } = price;
  if (model.kind !== 'matrix') {
    const whole = { cell: '', compiled: compilePrice(price) };
    return () => whole;
  }
  const { findCell } = compileMatrixPrice(model, around);
  return (dimension) => {
    const values = model.dimensions.flatMap((name) => {
      const value = dimension(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const found = findCell(Object.fromEntries(values));
    if (found.outcome === 'refused') return undefined;
    return { cell: found.cell, compiled: { price, model: found.model } };
  };
}

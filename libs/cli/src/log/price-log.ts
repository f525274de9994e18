import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type {
  Barrier,
  CustomerChanged,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { ExtractedProperty } from '@farthing/contracts/wire/envelope-builder';
import { propertiesAt, type EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { intervalFromMessage } from '@farthing/contracts/catalog/schedule-message';
import type { Aggregation, Meter } from '@farthing/domain/metering/meter';
import { compileMatrixPrice } from '@farthing/domain/pricing/matrix-price';
import { billingPeriodAt, type BillingPeriod } from '@farthing/domain/period/billing-period';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import type { Price } from '@farthing/domain/pricing/price';
import {
  compilePrice,
  rateReading,
  type CompiledPrice,
} from '@farthing/domain/rating/rate-reading';
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
  readonly partition: number;
}

/** Where a record of the log stands, and when it came. */
interface Place {
  readonly partition: number;
  /** Microseconds. */
  readonly appendedAt: number;
}

interface PricedCell {
  /** '' for a price without cells. */
  readonly cell: string;
  readonly compiled: CompiledPrice;
}

type FindCell = (dimension: (name: string) => string | undefined) => PricedCell | undefined;

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
  readonly #cells = new WeakMap<Price, FindCell>();

  constructor(
    private readonly tenant: string,
    private readonly catalog: CatalogView,
  ) {}

  take({ record, partition, appendedAtMs }: LogRecord): void {
    const place = { partition, appendedAt: appendedAtMs * 1_000 };
    if (record.case === 'envelope') {
      this.#takeEnvelope(record.envelope, place);
      return;
    }
    const { control } = record;
    if (control.case === 'customerChanged') this.#change(control.value, place);
    if (control.case === 'barrier') this.#close(control.value, partition);
  }

  #change(changed: CustomerChanged, { partition, appendedAt }: Place): void {
    if (changed.tenant !== this.tenant) return;
    const { customer, version, plan, currency, closed } = changed;
    const known = this.#terms.get(customer);
    if (known && known.version >= version) return;
    const schedule = {
      timeZone: changed.timeZone,
      anchorAt: Number(changed.anchorAtMicros),
      interval: intervalFromMessage(changed.interval),
    };
    const knownSince = known?.knownSince ?? appendedAt;
    const terms = { version, plan, currency, schedule, closed, knownSince, partition };
    this.#terms.set(customer, terms);
  }

  /** One that closes nothing new, as each does that comes twice, settles nothing. */
  #close({ tenant, closesBeforeMicros, catalogVersion }: Barrier, partition: number): void {
    if (tenant !== this.tenant) return;
    const closesBefore = Number(closesBeforeMicros);
    const sealedBefore = this.#sealedThrough.get(partition) ?? Number.NEGATIVE_INFINITY;
    if (closesBefore <= sealedBefore) return;
    this.#sealedThrough.set(partition, closesBefore);
    const version = Number(catalogVersion);
    for (const [customer, terms] of this.#terms) {
      if (terms.partition !== partition) continue;
      const keys = this.catalog.planAt(tenant, terms.plan, version)?.prices ?? [];
      const pricesAt = (at: number) =>
        keys.flatMap(
          (key) => priceInForce(this.catalog.priceVersionsAt(tenant, key, version), at) ?? [],
        );
      const span = { sealedBefore, closesBefore };
      const due = this.#periodsOf(customer).close(terms, span, pricesAt);
      for (const amount of due) this.#add(terms.currency, amount);
    }
  }

  #takeEnvelope(envelope: EnvelopeColumns, place: Place): void {
    for (let i = 0; i < envelope.count; i++) {
      if (envelope.strings[envelope.tenants[i]!] !== this.tenant) continue;
      this.totals.events += 1;
      const identity = envelope.keys.toString('latin1', i * 16, i * 16 + 16);
      if (this.#seen.has(identity)) {
        this.totals.duplicates += 1;
        continue;
      }
      this.#seen.add(identity);
      this.#price(envelope, i, place);
    }
  }

  #price(envelope: EnvelopeColumns, index: number, place: Place): void {
    const occurredAt = envelope.occurredAts[index]! || place.appendedAt;
    const customer = envelope.strings[envelope.customers[index]!]!;
    const terms = this.#termsOf(customer, envelope.catalogVersion, place);
    const plan = this.catalog.planAt(this.tenant, terms.plan, envelope.catalogVersion);
    for (const key of plan?.prices ?? []) {
      const versions = this.catalog.priceVersionsAt(this.tenant, key, envelope.catalogVersion);
      const price = priceInForce(versions, occurredAt);
      if (!price || price.currency !== terms.currency) continue;
      const end = envelope.readingStarts[index + 1]!;
      for (let r = envelope.readingStarts[index]!; r < end; r++) {
        if (envelope.strings[envelope.readingMeters[r]!] !== price.meterKey) continue;
        const period = billingPeriodAt(terms.schedule, occurredAt);
        const meter = this.#meterOf(price.meterKey, envelope.catalogVersion);
        const priced = this.#pricedBy(price, meter, propertiesAt(envelope, index));
        if (!priced) continue;
        const reading = {
          aggregation: meter.aggregation,
          quantity: envelope.readingQuantities[r]!,
        };
        this.#charge(priced, { periods: this.#periodsOf(customer), period }, reading);
      }
    }
  }

  #meterOf(meter: string, catalogVersion: number): Meter {
    const found = this.catalog.meterAt(this.tenant, meter, catalogVersion);
    if (!found) throw new Error(`the catalog has no meter ${meter} at ${catalogVersion}`);
    return found;
  }

  /** Undefined where no cell takes the event. */
  #pricedBy(
    price: Price,
    { dimensions }: Meter,
    properties: readonly ExtractedProperty[],
  ): PricedCell | undefined {
    const findCell = this.#cells.get(price) ?? findCellOf(price);
    this.#cells.set(price, findCell);
    return findCell((name) => {
      const pointer = dimensions.find((dimension) => dimension.name === name)?.pointer;
      return properties.find((property) => property.pointer === pointer)?.value;
    });
  }

  #charge(
    { compiled, cell }: PricedCell,
    { periods, period }: { readonly periods: LogPeriods; readonly period: BillingPeriod },
    reading: { readonly aggregation: Aggregation; readonly quantity: bigint },
  ): void {
    const { price } = compiled;
    // Who shares a charge does not change its amount.
    const creators = price.split.map(() => '');
    const before = periods.accumulator(period, price.key, cell);
    const rated = rateReading(compiled, before, { ...reading, creators });
    if (rated.outcome === 'refused') return;
    this.#add(price.currency, periods.move(period, { price: price.key, cell }, rated));
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
  #termsOf(customer: string, catalogVersion: number, { partition, appendedAt }: Place): Terms {
    const known = this.#terms.get(customer);
    if (known) return known;
    const tenant = this.catalog.tenantAt(this.tenant, catalogVersion);
    if (!tenant) throw new Error(`the catalog has no tenant ${this.tenant} at ${catalogVersion}`);
    const { plan, currency, schedule } = tenant.defaults;
    const facts = { version: 0n, plan, currency, schedule, closed: false };
    const terms: Terms = { ...facts, knownSince: appendedAt, partition };
    this.#terms.set(customer, terms);
    return terms;
  }
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

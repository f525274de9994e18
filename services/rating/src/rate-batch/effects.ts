import { accumulate } from '@farthing/domain/metering/accumulate';
import type { Aggregation } from '@farthing/domain/metering/meter';
import type { Charge } from '../charges/charge.js';
import { ChargeEncoder, type ChargeRows } from '../charges/charges.repository.js';
import type { AccumulatorSlot, Customer, OpenedPeriod } from '../customers/customer.js';
import { Counts } from '../event-counts/counts.js';
import { addKept, type KeptReading } from '../event-corrections/kept-readings.repository.js';
import type { RangeBuilder, RangeMark } from '../publish-ranges/range-builder.js';
import { saveSlot, undoSlot } from '../customers/remembered-slots.js';
import type { NewlySeen } from '../customers/seen-values.repository.js';
import type { SeenName } from '../customers/seen-values.js';
import type { Unlocked } from '../customers/unlocks.repository.js';
import { Tallies } from '../sealing/tallies.js';
import type { UnlockStep } from './event-unlocks.js';
import type { UsedQuote } from './used-quotes.repository.js';

/** An event whose key was taken. */
export interface RepeatedEvent {
  readonly tenant: string;
  readonly offset: bigint;
  readonly index: number;
  readonly outcome: 'duplicate' | 'conflict';
  /** 16 bytes; absent for a `Rejected` record that came twice. */
  readonly key?: Buffer;
}

/** An event that was refused, or that could not be stored: with its bytes. */
export interface RefusedEvent {
  readonly tenant: string;
  readonly customer: string;
  readonly source: string;
  readonly eventId: string;
  readonly offset: bigint;
  readonly index: number;
  readonly appendedAt: number;
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
  readonly bytes: Uint8Array;
}

export interface UnpricedUsage {
  readonly tenant: string;
  readonly customer: string;
  readonly meter: string;
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly aggregation: Aggregation;
  quantity: bigint;
  readings: number;
}

/**
 * Everything that a stretch of the log makes, in order of position, before it is stored. Charges are encoded at once,
 * for the database and for the message: hundreds of thousands of objects that outlive their making would cost more
 * than making them.
 */
export class Effects {
  charges = 0;
  /** Ordinals of the events that took their keys. */
  readonly applied: number[] = [];
  /** Ordinals of the events that were rejected. */
  readonly refused: number[] = [];
  readonly repeated: RepeatedEvent[] = [];
  readonly rejected: RefusedEvent[] = [];
  readonly deadLetters: RefusedEvent[] = [];
  readonly slots: AccumulatorSlot[] = [];
  readonly unlocked: Unlocked[] = [];
  readonly usedQuotes: UsedQuote[] = [];
  readonly seen: NewlySeen[] = [];
  readonly opened: Array<{ readonly customer: Customer; readonly period: OpenedPeriod }> = [];
  readonly kept: KeptReading[] = [];
  /** Customers that were made or changed. */
  readonly customers = new Set<Customer>();
  readonly counts = new Counts();
  readonly tallies = new Tallies([]);
  readonly #unpriced = new Map<string, UnpricedUsage>();
  readonly #encoder: ChargeEncoder;
  readonly #mark: RangeMark;

  constructor(
    partition: number,
    readonly ranges: RangeBuilder,
  ) {
    this.#encoder = new ChargeEncoder(partition);
    this.#mark = ranges.mark();
  }

  addCharge(charge: Charge): void {
    this.charges += 1;
    this.#encoder.add(charge);
    this.ranges.addCharge(charge);
    this.tallies.add(charge, charge.amountNanos);
  }

  /** To be asked for once, before anything is awaited. */
  takeChargeRows(): ChargeRows[] {
    return this.#encoder.finish();
  }

  get unpriced(): UnpricedUsage[] {
    return [...this.#unpriced.values()];
  }

  addUnpriced(usage: UnpricedUsage): void {
    const id = `${usage.tenant}\u0000${usage.customer}\u0000${usage.meter}\u0000${usage.day}`;
    const known = this.#unpriced.get(id);
    if (!known) {
      this.#unpriced.set(id, usage);
      return;
    }
    known.quantity = accumulate(usage.aggregation, known.quantity, usage.quantity);
    known.readings += usage.readings;
  }

  touch(slot: AccumulatorSlot): void {
    if (slot.touched) return;
    slot.touched = true;
    this.slots.push(slot);
  }

  /** What undoing the event of a charge will need. */
  keep(charge: Charge, reading: Pick<KeptReading, 'part' | 'quantity'>): void {
    const { tenantNumber, customerNumber, offset, index, price, usageFrom, occurredAt } = charge;
    const { part, quantity } = reading;
    addKept(this.kept, {
      tenantNumber,
      customerNumber,
      offset,
      index,
      price,
      part,
      usageFrom,
      occurredAt,
      quantity,
    });
  }

  /** Of an item that is open already nothing changes. */
  unlock({ customer, slot, unlockedAt }: Omit<UnlockStep, 'quantity'>): void {
    if (slot.current === unlockedAt) return;
    slot.current = unlockedAt;
    if (slot.touched) return;
    slot.touched = true;
    this.unlocked.push({ customer, slot });
  }

  useQuote(used: UsedQuote): void {
    used.slot.isUsed = true;
    this.usedQuotes.push(used);
  }

  /** A value in an accumulator; of one that was seen before nothing changes. */
  see({ customer, period }: Pick<AccumulatorSlot, 'customer' | 'period'>, name: SeenName): void {
    const slot = period.seen.slot(name);
    if (slot.current) return;
    slot.current = true;
    if (slot.touched) return;
    slot.touched = true;
    this.seen.push({ customer, period, slot });
  }

  /** The transaction holds them now: what comes later in it starts from here. */
  saved(): void {
    for (const slot of this.slots) saveSlot(slot);
    for (const { slot } of this.unlocked) saveSlot(slot);
    for (const { slot } of this.seen) saveSlot(slot);
    for (const { period } of this.opened) period.saved = true;
    for (const customer of this.customers) customer.savedFacts = customer.facts;
  }

  /** The savepoint was rolled back: memory goes back with it. */
  undo(): void {
    this.ranges.rollbackTo(this.#mark);
    for (const slot of this.slots) undoSlot(slot);
    for (const { slot } of this.unlocked) undoSlot(slot);
    for (const { slot } of this.seen) undoSlot(slot);
    for (const { slot } of this.usedQuotes) slot.isUsed = false;
    for (const { customer } of this.opened) customer.undo();
    for (const customer of this.customers) customer.undo();
  }
}

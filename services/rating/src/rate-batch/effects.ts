import type { RatedMessageContent } from '@farthing/contracts/wire/rated-message';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import type { AccumulatorSlot, Customer, OpenedPeriod } from '../customers/customer.js';
import { Counts } from '../event-counts/counts.js';
import type { KnownEvent } from './known-events.js';

/** A charge as it is stored: what the message says, and the creators from which its shares are worked out. */
export interface Charge extends RatedCharge {
  /** By part of the price's split rule, '' where the event named none. */
  readonly creators: readonly string[];
  /** Year and month of `occurredAt` in UTC, such as 202608. */
  readonly usageMonth: number;
}

export interface AppliedEvent extends KnownEvent {
  readonly tenant: string;
  readonly offset: bigint;
  readonly index: number;
  readonly appendedAt: number;
}

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
  quantity: bigint;
  readings: number;
}

type Echo = RatedMessageContent['echoes'][number];
type AppliedHold = RatedMessageContent['appliedHolds'][number];

/** Everything that a stretch of the log makes, in order of position, before it is stored. */
export class Effects {
  readonly charges: Charge[] = [];
  readonly applied: AppliedEvent[] = [];
  readonly repeated: RepeatedEvent[] = [];
  readonly rejected: RefusedEvent[] = [];
  readonly deadLetters: RefusedEvent[] = [];
  readonly echoes: Echo[] = [];
  readonly appliedHolds: AppliedHold[] = [];
  readonly slots: AccumulatorSlot[] = [];
  readonly opened: Array<{ readonly customer: Customer; readonly period: OpenedPeriod }> = [];
  /** Customers that were made or changed. */
  readonly customers = new Set<Customer>();
  readonly counts = new Counts();
  readonly #unpriced = new Map<string, UnpricedUsage>();

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
    known.quantity += usage.quantity;
    known.readings += usage.readings;
  }

  touch(slot: AccumulatorSlot): void {
    if (slot.touched) return;
    slot.touched = true;
    this.slots.push(slot);
  }

  /** The transaction holds them now: what comes later in it starts from here. */
  saved(): void {
    for (const slot of this.slots) {
      slot.saved = slot.current;
      slot.touched = false;
    }
    for (const { period } of this.opened) period.saved = true;
    for (const customer of this.customers) customer.savedFacts = customer.facts;
  }

  /** The savepoint was rolled back: memory goes back with it. */
  undo(): void {
    for (const slot of this.slots) {
      slot.current = slot.saved;
      slot.touched = false;
    }
    for (const { customer } of this.opened) customer.undo();
    for (const customer of this.customers) customer.undo();
  }
}

import type { Quantity } from '../metering/quantity.js';
import type { Nanos } from '../money/nanos.js';
import type { Micros } from '../period/micros.js';

/** What a use will cost, binding until it expires: the facts that its token carries. */
export interface Quote {
  readonly id: string;
  readonly tenant: string;
  readonly customer: string;
  /** Of the event. */
  readonly type: string;
  readonly currency: string;
  /** What the meters of the type read, in byte order of their keys. */
  readonly readings: readonly QuotedReading[];
  /** In byte order of the price keys: one charge each, also those of 0. */
  readonly charges: readonly QuotedCharge[];
  readonly issuedAt: Micros;
  /** An event that occurred before it is charged as quoted. */
  readonly expiresAt: Micros;
}

export interface QuotedReading {
  readonly meter: string;
  readonly quantity: Quantity;
}

export interface QuotedCharge {
  readonly meter: string;
  readonly price: string;
  readonly version: number;
  /** Canonical JSON of the cell's values; '' for a price without cells. */
  readonly cell: string;
  readonly amount: Nanos;
}

import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';

/** A charge as it is stored: what the message says, and what only its row holds. */
export interface Charge extends RatedCharge {
  /** By part of the price's split rule, '' where the event named none. */
  readonly creators: readonly string[];
  /** Whether it was charged by a quote, be the difference 0. */
  readonly isQuoted: boolean;
  /** Year and month of `occurredAt` in UTC, such as 202608. */
  readonly usageMonth: number;
  /** Of the names that charges share, see `ChargeNumbers`. */
  readonly tenantNumber: number;
  readonly customerNumber: number;
  readonly priceNumber: number;
  readonly sourceNumber: number;
}

/** The body hash of a charge that no event made. */
export const NO_BODY: Uint8Array = new Uint8Array(32);

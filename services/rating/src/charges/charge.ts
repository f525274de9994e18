import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';

/** A charge as it is stored: what the message says, and the creators from which its shares are worked out. */
export interface Charge extends RatedCharge {
  /** By part of the price's split rule, '' where the event named none. */
  readonly creators: readonly string[];
  /** Year and month of `occurredAt` in UTC, such as 202608. */
  readonly usageMonth: number;
}

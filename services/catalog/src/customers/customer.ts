import type { BillingInterval } from '@farthing/domain/period/billing-period';
import type { FundingKind } from '@farthing/contracts/catalog/catalog-things';

/** What billing needs to know of a customer; nothing personal. */
export interface CustomerFacts {
  /** '' when on none. */
  readonly plan: string;
  readonly currency: string;
  /** Price keys that take the place of what the plan has for their meters. */
  readonly priceOverrides: readonly string[];
  readonly timeZone: string;
  /** Microseconds since the epoch. */
  readonly anchorAt: number;
  readonly interval: BillingInterval;
  readonly funding: FundingKind;
  readonly closed: boolean;
}

export interface CustomerName {
  readonly tenant: string;
  readonly id: string;
}

export interface Customer extends CustomerName {
  /** Dense for each customer; 0 was made by rating. */
  readonly version: number;
  readonly facts: CustomerFacts;
  /** The number of this version's message in its partition of the outbox; none for version 0. */
  readonly outboxNumber: bigint | undefined;
}

/** Personal data. */
export interface ProfileDetails {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly addressLines?: readonly string[] | undefined;
  readonly country?: string | undefined;
  readonly taxId?: string | undefined;
}

export interface CustomerProfile {
  readonly version: number;
  /** Undefined once erased. */
  readonly details: ProfileDetails | undefined;
  readonly outboxNumber: bigint;
}

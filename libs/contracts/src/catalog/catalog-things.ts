import type { Meter } from '@farthing/domain/metering/meter';
import type { Price } from '@farthing/domain/pricing/price';
import type { BillingSchedule } from '@farthing/domain/period/billing-period';

/** Who pays for a customer's charges. */
export type FundingKind = 'prepaid' | 'postpaid' | 'prepaid_then_postpaid';

/** A version of a tenant, as `catalog.v1` tells it. */
export interface Tenant {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  /** The tenant that this one is the test twin of; '' for none. */
  readonly twinOf: string;
  readonly unknownCustomers: 'create' | 'refuse';
  /** What an unknown customer gets; plan '' when the tenant has none yet. */
  readonly defaults: {
    readonly plan: string;
    readonly currency: string;
    readonly schedule: BillingSchedule;
    readonly funding: FundingKind;
  };
  readonly graceSeconds: number;
  /** In nano-units of whatever currency. */
  readonly minimumInvoiceNanos: bigint;
  readonly roundingMode: 'half_up' | 'half_even';
  readonly taxRates: ReadonlyArray<{ readonly category: string; readonly partsPerMillion: number }>;
  readonly taxInclusive: boolean;
  /** How many days after the end of a sealed period its late events are taken; absent: as long as keys are remembered. */
  readonly acceptLateDays?: number;
}

export interface ApiKey {
  readonly id: string;
  readonly version: number;
  readonly tenant: string;
  /** SHA-256 of the whole key, in hex. */
  readonly sha256: string;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
}

export interface Plan {
  readonly tenant: string;
  readonly key: string;
  readonly version: number;
  /** Price keys. */
  readonly prices: readonly string[];
}

/** The public half of a key that a service signs with. */
export interface PublishedKey {
  readonly id: string;
  readonly version: number;
  /** Whose key it is. */
  readonly service: string;
  /** Ed25519: 32 raw bytes in base64url. */
  readonly publicKey: string;
  /** In microseconds: what is signed at this instant or later counts. */
  readonly validFrom: number;
  /** In microseconds: what is used before this instant counts; absent while the key is in use. */
  readonly validTo?: number;
}

/** Anything that has versions in the catalog. */
export type CatalogThing =
  | { readonly kind: 'tenant'; readonly tenant: Tenant }
  | { readonly kind: 'apiKey'; readonly apiKey: ApiKey }
  | { readonly kind: 'meter'; readonly meter: Meter }
  | { readonly kind: 'price'; readonly price: Price }
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'signingKey'; readonly signingKey: PublishedKey };

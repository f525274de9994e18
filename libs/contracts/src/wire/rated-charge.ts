import type { ChargeKind } from '../generated/farthing/rating/v1/rated_pb.js';

/**
 * One charge of a rated message. Its id is `chg_<generation>-<partition>-<offset>-<index>-<n>`, generation and
 * partition being the message's. '' stands for an absent text; instants are microseconds, quantities units of
 * 10^-9, amounts nano-units.
 */
export interface RatedCharge {
  readonly offset: bigint;
  readonly index: number;
  readonly n: number;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly kind: ChargeKind;
  /** The id of the charge that this one corrects. */
  readonly corrects: string;
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  readonly meter: string;
  readonly price: string;
  readonly priceVersion: number;
  /** Canonical JSON object of the cell's dimension values. */
  readonly cell: string;
  readonly occurredAt: number;
  readonly usageFrom: number;
  readonly usageTo: number;
  readonly bookingFrom: number;
  readonly bookingTo: number;
  readonly quantityBefore: bigint;
  readonly quantityAfter: bigint;
  readonly amountNanos: bigint;
  readonly quoteDifferenceNanos: bigint;
  /** 32 bytes; zeros when the charge has no event. */
  readonly bodyHash: Uint8Array;
  /** What a price that goes by it asked of the events before. */
  readonly pricedBefore?: { readonly events: number; readonly amount: bigint } | undefined;
  readonly shares: ReadonlyArray<{ readonly creator: string; readonly amountNanos: bigint }>;
}

import { canonicalBytes } from './canonical-json.js';
import { leafHash, type Hash } from './merkle-tree.js';

export type ChargeKind = 'usage' | 'adjustment' | 'minimum';

/**
 * A charge as it stands in a statement. Amounts and quantities are decimal strings of nine places,
 * instants UTC with six decimals. No sentence: it is derived from these.
 */
export interface ChargeLeaf {
  readonly v: 1;
  /** `chg_…`. */
  readonly id: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly kind: ChargeKind;
  /** The charge that an adjustment corrects. */
  readonly corrects?: string;
  /** Identity of the usage event; absent for a minimum. */
  readonly source?: string;
  readonly event?: string;
  readonly type?: string;
  readonly occurredAt?: string;
  readonly meter: string;
  /** Price key. */
  readonly price: string;
  readonly priceVersion: number;
  /** Dimension values that the price distinguishes; absent when it has none. */
  readonly cell?: Readonly<Record<string, string>>;
  readonly usageFrom: string;
  readonly usageTo: string;
  readonly bookingFrom: string;
  readonly bookingTo: string;
  readonly quantityBefore: string;
  readonly quantityAfter: string;
  /** How many events a price that goes by it had priced before, and what they cost. */
  readonly eventsBefore?: number;
  readonly amountBefore?: string;
  readonly amount: string;
  readonly quoteDifference?: string;
  readonly shares: readonly { readonly creator: string; readonly amount: string }[];
  /** Hex of SHA-256(salt ‖ body hash). */
  readonly dataHash?: string;
}

export function chargeLeafBytes(leaf: ChargeLeaf): Uint8Array {
  return canonicalBytes({ ...leaf });
}

export function chargeLeafHash(leaf: ChargeLeaf): Hash {
  return leafHash(chargeLeafBytes(leaf));
}

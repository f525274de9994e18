import type { Currency } from '../money/currency.js';
import type { Nanos } from '../money/nanos.js';
import type { Micros } from '../period/micros.js';

/** An immutable, time-bound addition to a wallet. */
export interface Grant {
  readonly id: string;
  readonly kind: 'paid' | 'promotional';
  readonly amount: Nanos;
  readonly currency: Currency;
  /** Lower is used first. */
  readonly priority: number;
  readonly effectiveFrom: Micros;
  /** Exclusive; absent when it never expires. */
  readonly expiresAt?: Micros;
  readonly createdAt: Micros;
}

/** Burn order: lower priority, then earlier expiry (none last), then earlier creation, then id. */
export function compareBurnOrder(a: Grant, b: Grant): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  const aExpires = a.expiresAt ?? Infinity;
  const bExpires = b.expiresAt ?? Infinity;
  if (aExpires !== bExpires) return aExpires < bExpires ? -1 : 1;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

export function isUsableAt(grant: Grant, at: Micros): boolean {
  return grant.effectiveFrom <= at && (grant.expiresAt === undefined || at < grant.expiresAt);
}

import type { Posting } from '@farthing/domain/ledger/posting';
import type { Micros } from '@farthing/domain/period/micros';
import { formatPosition, type Range } from '@farthing/domain/rating/position';

/** What is posted at once. It balances because each of its postings does. */
export interface LedgerTransaction {
  readonly tenant: string;
  /** Says what it is of, so that nothing is posted twice. */
  readonly key: string;
  readonly kind: 'charges' | 'grant' | 'expiry' | 'document';
  readonly customer: string;
  /** The grant's or the document's id; '' for charges. */
  readonly reference: string;
  readonly bookedAt: Micros;
  /** The source partition of its balances: the customer's. */
  readonly partition: number;
  /** Of charges: they are those of the customer in this range. */
  readonly range?: Range;
  readonly postings: readonly Posting[];
}

/** A position holds no slash, so the customer is whatever follows the second one. */
export function chargesKey(range: Range, customer: string): string {
  return `charges/${formatPosition(range.from)}/${customer}`;
}

export function grantKey(grant: string): string {
  return `grant/${grant}`;
}

export function expiryKey(grant: string): string {
  return `expiry/${grant}`;
}

export function documentKey(commandId: string): string {
  return `document/${commandId}`;
}

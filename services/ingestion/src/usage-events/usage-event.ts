import type { EventRejectionCode } from '../errors.js';

/** A well-formed usage event, before anything is metered. '' stands for an absent text. */
export interface UsageEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The customer. */
  readonly subject: string;
  /** As it was sent. */
  readonly time: string;
  /** Microseconds; 0 when the event gave no time, which then is the record's log-append time. */
  readonly occurredAt: number;
  readonly holdId: string;
  readonly quoteToken: string;
  /** What it voids or corrects; undefined for use as such. */
  readonly original: OriginalEvent | undefined;
  /** The exact bytes of data; empty when there is none. */
  readonly data: Buffer;
  /** What the bytes of data say. */
  readonly properties: unknown;
  /** See `ScannedValue`; pointers from the event's root. */
  readonly inexactNumbers: readonly string[];
}

/** An event of the same source that another takes back or replaces. */
export interface OriginalEvent {
  readonly kind: 'voids' | 'corrects';
  readonly id: string;
}

/** Why an event is rejected, and where in it: a JSON pointer from its root. */
export interface Rejection {
  readonly code: EventRejectionCode;
  readonly pointer: string;
}

/** What a rejected event is called, as far as that can be read. '' stands for what cannot. */
export interface EventLabel {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
}

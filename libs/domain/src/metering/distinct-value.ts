import { createHash } from 'node:crypto';
import { ONE, type Quantity } from './quantity.js';

const DIGEST_BYTES = 16;

/**
 * What stands for a value of a `unique` meter where it is remembered: the first 16 bytes of its SHA-256, as latin1. The
 * value is the text that `propertyText` reads, so 7 and "7" are one.
 */
export function valueDigest(text: string): string {
  return createHash('sha256').update(text).digest().toString('latin1', 0, DIGEST_BYTES);
}

/** What an event adds to the number of different values. */
export function distinctReading(wasSeen: boolean): Quantity {
  return wasSeen ? 0n : ONE;
}

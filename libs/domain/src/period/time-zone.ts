import { Temporal } from 'temporal-polyfill';
import type { Micros } from './micros.js';

/** Whether the text names an IANA time zone. Fixed offsets such as `+02:00` do not. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(text)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * What a wall clock in the zone shows at an instant, written as if it were UTC. On such numbers
 * calendar arithmetic needs no zone.
 */
export function wallMicros(instant: Micros, timeZone: string): Micros {
  if (timeZone === 'UTC') return instant;
  const zoned = Temporal.Instant.fromEpochMilliseconds(
    Math.floor(instant / 1000),
  ).toZonedDateTimeISO(timeZone);
  return instant + Math.round(zoned.offsetNanoseconds / 1000);
}

/**
 * The instant at which a wall clock in the zone shows a time. A time that a spring change skips
 * moves forward to the first that exists; one that an autumn change repeats is the earlier.
 */
export function instantOfWall(wall: Micros, timeZone: string): Micros {
  if (timeZone === 'UTC') return wall;
  const millis = Math.floor(wall / 1000);
  const rest = wall - millis * 1000;
  const shown = Temporal.Instant.fromEpochMilliseconds(millis)
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime();
  const earlier = shown.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(shown)) return earlier.epochMilliseconds * 1000 + rest;
  // In a gap `earlier` lies before the change, and the change itself is the first time that exists.
  const change = earlier.getTimeZoneTransition('next');
  if (change === null) throw new Error(`a skipped time without a transition in ${timeZone}`);
  return change.epochMilliseconds * 1000;
}

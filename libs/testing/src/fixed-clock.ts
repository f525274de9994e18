import type { Clock } from '@farthing/adapters/config/clock';

/** A clock that stands still until it is moved. */
export interface FixedClock extends Clock {
  set(micros: number): void;
  advance(micros: number): void;
}

/** `at` is an instant in RFC 3339, or microseconds since the epoch. */
export function fixedClock(at: string | number = '2026-01-15T12:00:00Z'): FixedClock {
  let now = typeof at === 'number' ? at : Date.parse(at) * 1_000;
  if (!Number.isSafeInteger(now)) throw new Error(`not an instant: ${at}`);
  return {
    nowMicros: () => now,
    set: (micros) => {
      now = micros;
    },
    advance: (micros) => {
      now += micros;
    },
  };
}

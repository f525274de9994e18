import { parseMicros } from '@farthing/domain/period/micros';
import type { ParseMicrosOutcome } from '@farthing/domain/period/micros';

/** Against which an event's time is held; microseconds. */
export interface TimeBounds {
  readonly now: number;
  /** What occurred longer ago than this could no longer be recognized as a repetition. */
  readonly dedupeHorizon: number;
}

export type EventTimeOutcome =
  | { readonly outcome: 'read'; readonly text: string; readonly occurredAt: number }
  | {
      readonly outcome: 'rejected';
      readonly code:
        | Extract<ParseMicrosOutcome, { outcome: 'refused' }>['reason']
        | 'too_late'
        | 'too_early';
    };

/** How far the clocks of others may go ahead. */
const AHEAD_MICROS = 5 * 60 * 1_000_000;
const NO_TIME = { outcome: 'read', text: '', occurredAt: 0 } as const;

/** Rating judges the same bounds by the record's log-append time; the door does so to answer at once. */
export function readEventTime(time: unknown, bounds: TimeBounds): EventTimeOutcome {
  if (time === undefined || time === null) return NO_TIME;
  if (typeof time !== 'string') return { outcome: 'rejected', code: 'not_a_timestamp' };
  const parsed = parseMicros(time);
  if (parsed.outcome === 'refused') return { outcome: 'rejected', code: parsed.reason };
  const { micros } = parsed;
  if (micros < bounds.now - bounds.dedupeHorizon) return { outcome: 'rejected', code: 'too_late' };
  if (micros > bounds.now + AHEAD_MICROS) return { outcome: 'rejected', code: 'too_early' };
  return { outcome: 'read', text: time, occurredAt: micros };
}

import type { Clock } from '@farthing/adapters/config/clock';
import type { UsageLog } from '../envelopes/usage-log.js';
import type { Door, IngestionMetrics } from '../metrics.js';
import type { Admission, Admitted, AdmittedEvent } from './admit-usage-events.js';
import type { EventCandidate } from './event-candidate.js';
import { logEntryOf } from './log-entry-of.js';

export interface TakeEventsParts {
  readonly admission: Pick<Admission, 'admit'>;
  readonly log: Pick<UsageLog, 'append'>;
  readonly clock: Clock;
  readonly metrics: IngestionMetrics;
  /** From a request's arrival to its answer, without the time that its body takes to arrive. */
  readonly deadlineMs: number;
  readonly dedupeHorizonMs: number;
}

/** Events of one request, at a door that answers at once. */
export interface EventsToTake {
  readonly door: Door;
  readonly tenant: string;
  readonly candidates: readonly EventCandidate[];
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  /** Reads and meters, and takes nothing. */
  readonly isDryRun: boolean;
}

/** Judges the events of a request, and answers when the log has those that are accepted. */
export async function takeEvents(
  parts: TakeEventsParts,
  { door, tenant, candidates, startedAtMs, isDryRun }: EventsToTake,
): Promise<readonly AdmittedEvent[]> {
  const { admission, clock, deadlineMs, dedupeHorizonMs } = parts;
  const admitted = await admission.admit({
    tenant,
    candidates,
    bounds: { now: clock.nowMicros(), dedupeHorizon: dedupeHorizonMs * 1_000 },
    deadlineMs,
  });
  if (!isDryRun) await append(parts, admitted, { door, startedAtMs });
  return admitted.events;
}

async function append(
  { log, deadlineMs, metrics }: TakeEventsParts,
  { catalogVersion, events }: Admitted,
  { door, startedAtMs }: Pick<EventsToTake, 'door' | 'startedAtMs'>,
): Promise<void> {
  const entries = events.flatMap((one) =>
    one.outcome === 'accepted' ? [logEntryOf(one, catalogVersion)] : [],
  );
  if (entries.length > 0) {
    const passedMs = performance.now() - startedAtMs;
    await log.append({ catalogVersion, entries, deadlineMs: Math.max(1, deadlineMs - passedMs) });
  }
  metrics.eventsAccepted(door, entries.length);
  for (const one of events) {
    if (one.outcome === 'rejected') metrics.eventRejected(door, one.rejection.code);
  }
  metrics.requestAcknowledged((performance.now() - startedAtMs) / 1_000);
}

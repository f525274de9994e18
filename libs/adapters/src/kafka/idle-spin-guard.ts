import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

let guarded = false;

/**
 * kafkajs 2.2.4 re-arms its queue check with a negative delay whenever nothing is pending, which Node turns into
 * 1 ms: an idle client spins (about 4 % of a core) and Node 24 prints `TimeoutNegativeWarning` (tulios/kafkajs#1751).
 * A check is due only while something waits or the broker throttles; a push schedules its own.
 */
export function guardIdleSpin(): void {
  if (guarded) return;
  guarded = true;
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue') as {
    readonly prototype: RequestQueue;
  };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DemoTenant } from './demo-stack.js';

/** How a tenant's events ended, over all time. */
export interface EventCounts {
  readonly applied: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly rejected: number;
  readonly charged: number;
  /** Of the rejected ones, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

const PATIENCE_MS = 300_000;
const POLL_MS = 250;

const countsSchema = z.object({
  counts: z.array(
    z.object({ outcome: z.string(), reason: z.string().nullish(), count: z.number() }),
  ),
  charged: z.number(),
});

export async function readEventCounts({ api }: DemoTenant): Promise<EventCounts> {
  const { counts, charged } = await api.json('/v1/event-counts', countsSchema);
  const of = (wanted: string) =>
    counts.reduce((sum, { outcome, count }) => sum + (outcome === wanted ? count : 0), 0);
  const reasons: Record<string, number> = {};
  for (const { outcome, reason, count } of counts) {
    if (outcome === 'rejected') reasons[reason ?? ''] = (reasons[reason ?? ''] ?? 0) + count;
  }
  return {
    applied: of('applied'),
    duplicate: of('duplicate'),
    conflict: of('conflict'),
    rejected: of('rejected') + of('dead_lettered'),
    charged,
    reasons,
  };
}

/** Waits until so many more events have ended than before; `sending` may still be under way. */
export async function waitUntilRated(
  tenant: DemoTenant,
  before: EventCounts,
  more: () => number | undefined,
  onProgress: (ended: number) => void,
): Promise<EventCounts> {
  let deadline = Date.now() + PATIENCE_MS;
  let ended = -1;
  for (;;) {
    const counts = await readEventCounts(tenant);
    const now = endedIn(counts) - endedIn(before);
    const wanted = more();
    onProgress(now);
    if (wanted !== undefined && now >= wanted) return counts;
    if (now > ended) deadline = Date.now() + PATIENCE_MS;
    if (Date.now() > deadline) {
      throw new Error(`only ${now} of ${wanted ?? 'all'} events were rated in ${PATIENCE_MS} ms`);
    }
    ended = now;
    await sleep(POLL_MS);
  }
}

function endedIn({ applied, duplicate, conflict, rejected }: EventCounts): number {
  return applied + duplicate + conflict + rejected;
}

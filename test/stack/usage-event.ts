import { setTimeout as sleep } from 'node:timers/promises';
import { lastCompleteMonth } from '@farthing/local/demo/demo-events';
import type { Door } from './door.js';

export interface UsageEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time?: string;
  readonly data: unknown;
}

/** An article read by `reader` now, but for what is given. */
export function usageEvent(given: Partial<UsageEvent> & { readonly id: string }): UsageEvent {
  return {
    specversion: '1.0',
    source: 'test',
    type: 'article.read',
    subject: 'reader',
    data: { creator: 'ada' },
    ...given,
  };
}

/** A calendar month, UTC. */
export interface Month {
  readonly from: Date;
  readonly to: Date;
}

/** `monthsBack` 1 is the last complete one. */
export function completeMonth(monthsBack: number): Month {
  let month = lastCompleteMonth(new Date());
  for (let back = 1; back < monthsBack; back += 1) month = lastCompleteMonth(month.from);
  return { from: month.from, to: month.to };
}

/** An instant inside a month, some days after its begin. */
export function onDay({ from }: Month, day: number): string {
  return new Date(from.getTime() + (day - 1) * 86_400_000 + 12 * 3_600_000).toISOString();
}

const PATIENCE_MS = 90_000;

export interface Count {
  readonly outcome: string;
  readonly reason?: string;
  readonly count: number;
}

/** How the tenant's events ended, of one source or of all. */
export async function countsOf(door: Door, source?: string): Promise<Count[]> {
  const query = source === undefined ? '' : `?source=${encodeURIComponent(source)}`;
  const answer = await door.must('GET', `/v1/event-counts${query}`);
  return (answer as { counts: Count[] }).counts;
}

/** Waits until that many events of a source, or of all, have an outcome; answers the number of each outcome. */
export async function untilEnded(
  door: Door,
  source: string | undefined,
  events: number,
): Promise<Record<string, number>> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const counts = await countsOf(door, source);
    const ended = counts.reduce((sum, { count }) => sum + count, 0);
    if (ended >= events) return byOutcome(counts);
    if (Date.now() > deadline) {
      throw new Error(`${ended} of ${events} events ended: ${JSON.stringify(counts)}`);
    }
    await sleep(100);
  }
}

function byOutcome(counts: readonly Count[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { outcome, count } of counts) sums[outcome] = (sums[outcome] ?? 0) + count;
  return sums;
}

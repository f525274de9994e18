import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** How fast a contender committed, and what it cost. */
export interface Pace {
  readonly eventsPerSecond: number;
  readonly chargesPerSecond: number;
  /** CPU microseconds an event, by process. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

/** CPU seconds so far, by process. */
export type CpuProbe = () => Readonly<Record<string, number>>;

export interface Catching {
  readonly client: pg.Client;
  /** Whose `event_counts` and `charges` are watched. */
  readonly schema: string;
  /** Duplicates included. */
  readonly events: number;
  readonly charges: number;
  readonly cpu: CpuProbe;
}

const EVERY_MS = 10;
const TIMEOUT_MS = 180_000;

/** What lies before is start-up and warm-up; what lies after is partitions that have run dry. */
const STEADY = { from: 0.25, to: 0.9 };

/**
 * Over the steady part of a catch-up, from one commit to another: at both, as many events are in hand as at any
 * time, so none are counted that were worked on outside of it.
 */
export async function paceOfCatchUp(catching: Catching): Promise<Pace> {
  const first = await whenCommitted(catching, catching.events * STEADY.from);
  const before = catching.cpu();
  const last = await whenCommitted(catching, catching.events * STEADY.to);
  const after = catching.cpu();
  const events = last.events - first.events;
  if (events <= 0) throw new Error('the load is too small: it was committed in one go');
  await whenCommitted(catching, catching.events);
  return paceOf({
    events,
    seconds: (last.atMs - first.atMs) / 1_000,
    chargesPerEvent: catching.charges / catching.events,
    cpu: { before, after },
  });
}

export function paceOf(measured: {
  readonly events: number;
  readonly seconds: number;
  readonly chargesPerEvent: number;
  readonly cpu: {
    readonly before: Readonly<Record<string, number>>;
    readonly after: Readonly<Record<string, number>>;
  };
}): Pace {
  const { events, seconds, chargesPerEvent, cpu } = measured;
  const eventsPerSecond = events / seconds;
  return {
    eventsPerSecond,
    chargesPerSecond: eventsPerSecond * chargesPerEvent,
    cpuMicros: Object.fromEntries(
      Object.entries(cpu.after).map(([name, total]) => [
        name,
        ((total - cpu.before[name]!) * 1_000_000) / events,
      ]),
    ),
  };
}

/** Waits until so many events have found their end. */
export async function whenCommitted(
  { client, schema }: Pick<Catching, 'client' | 'schema'>,
  events: number,
): Promise<{ readonly events: number; readonly atMs: number }> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const committed = await committedEvents(client, schema);
    const atMs = performance.now();
    if (committed >= events) return { events: committed, atMs };
    if (atMs > deadline) {
      throw new Error(`${schema}: only ${committed} of ${events} events were committed in time`);
    }
    await sleep(EVERY_MS);
  }
}

/** Events that were applied, refused as duplicates or rejected, counted in the transaction of their effects. */
export async function committedEvents(client: pg.Client, schema: string): Promise<number> {
  const { rows } = await client.query<{ events: string }>(
    `select coalesce(sum(events), 0) as events from ${schema}.event_counts`,
  );
  return Number(rows[0]!.events);
}

export interface Outcome {
  readonly charges: string;
  readonly amount: string;
  readonly duplicates: string;
}

/** What a contender made of the load: equal for all of them, or the run is void. */
export async function outcomeOf(client: pg.Client, schema: string): Promise<Outcome> {
  const { rows } = await client.query<Outcome>(
    `select count(*) as charges, coalesce(sum(amount), 0) as amount,
            (select coalesce(sum(events), 0) from ${schema}.event_counts
              where outcome = 'duplicate') as duplicates
       from ${schema}.charges`,
  );
  return rows[0]!;
}

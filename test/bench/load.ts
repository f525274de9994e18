import { CREATOR_POINTER, EVENT_TYPE } from './tariff.js';
import { seededRandom } from './seeded-random.js';

/** An event as its sender has it. */
export interface LoadEvent {
  readonly tenant: string;
  readonly customer: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  /** RFC 3339, and the same in microseconds. */
  readonly time: string;
  readonly occurredAt: number;
  readonly bytes: number;
  readonly creator: string;
  /** JSON. */
  readonly data: string;
}

export interface LoadOptions {
  /** Another seed makes other ids: loads of different seeds have no duplicates of one another. */
  readonly seed: number;
  /** Duplicates included. */
  readonly events: number;
  /** Milliseconds since the epoch; the events of a load occurred within the hour before it. */
  readonly endsAtMs: number;
}

export const TENANTS = ['bench-a', 'bench-b', 'bench-c'] as const;
const CUSTOMERS = 2_000;
const CREATORS = 200;
const DUPLICATE_SHARE = 0.01;
/** A sender that got no answer sends again soon: one of the last so many events. */
const DUPLICATE_REACH = 5_000;
const HOUR_MS = 3_600_000;

/** The load of every benchmark: two charges an event, 3 tenants, 2,000 customers, 1 % duplicates. */
export function generateLoad({ seed, events, endsAtMs }: LoadOptions): LoadEvent[] {
  const random = seededRandom(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const load: LoadEvent[] = [];
  while (load.length < events) {
    const at = load.length;
    if (at > 0 && random() < DUPLICATE_SHARE) {
      load.push(load[at - 1 - upTo(Math.min(at, DUPLICATE_REACH))]!);
      continue;
    }
    const number = upTo(CUSTOMERS);
    const occurredAtMs = Math.floor(endsAtMs - HOUR_MS + (HOUR_MS * at) / events);
    const bytes = 500 + upTo(50_000);
    const creator = `creator-${upTo(CREATORS)}`;
    load.push({
      tenant: TENANTS[number % TENANTS.length]!,
      customer: `customer-${number}`,
      source: 'https://news.example/web',
      id: `${seed.toString(36)}-${(at + 1_000_000_000).toString(36)}-${upTo(2 ** 31).toString(36)}`,
      type: EVENT_TYPE,
      time: new Date(occurredAtMs).toISOString(),
      occurredAt: occurredAtMs * 1_000,
      bytes,
      creator,
      data: JSON.stringify({
        status: 200,
        path: `/articles/${upTo(10_000)}.html`,
        bytes,
        [CREATOR_POINTER.slice(1)]: creator,
      }),
    });
  }
  return load;
}

/** How many of them are not a repetition. */
export function distinctEvents(load: readonly LoadEvent[]): number {
  return new Set(load).size;
}

import type { ServiceName } from '@farthing/local/service-names';

export type Fault =
  | { readonly kind: 'kill'; readonly service: ServiceName }
  | { readonly kind: 'stop kafka' | 'kill kafka' | 'immediate stop of postgres' };

export type Random = () => number;

/** Those that hold a place in the flow; catalog is changed by nobody during a day. */
export const KILLED_SERVICES = ['ingestion', 'rating', 'wallets', 'invoicing'] as const;

/** So many kills, the services by turns in an order that the seed decides, with the servers' faults among them. */
export function faultPlan(random: Random, kills: number, serverFaults: readonly Fault[]): Fault[] {
  const faults: Fault[] = [];
  while (faults.length < kills) {
    const round = shuffled(random, [...KILLED_SERVICES]);
    faults.push(...round.map((service): Fault => ({ kind: 'kill', service })));
  }
  faults.length = kills;
  for (const fault of serverFaults) {
    faults.splice(Math.floor(random() * (faults.length + 1)), 0, fault);
  }
  return faults;
}

/** What a stop and start of Kafka and an immediate one of PostgreSQL are in a plan. */
export const SERVER_FAULTS: readonly Fault[] = [
  { kind: 'stop kafka' },
  { kind: 'immediate stop of postgres' },
];

export function faultName(fault: Fault): string {
  return fault.kind === 'kill' ? `kill -9 ${fault.service}` : fault.kind;
}

/** `FARTHING_FAULT_SEED`, to play a run again, or a new one. */
export function faultSeed(): number {
  const named = process.env.FARTHING_FAULT_SEED;
  return named ? Number(named) : Math.floor(Math.random() * 2 ** 31);
}

function shuffled<Item>(random: Random, items: Item[]): Item[] {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
  return items;
}

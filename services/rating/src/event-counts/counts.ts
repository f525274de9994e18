export type Outcome = 'applied' | 'duplicate' | 'conflict' | 'rejected' | 'dead_lettered';

export interface Count {
  readonly tenant: string;
  readonly source: string;
  readonly outcome: Outcome;
  /** '' for outcomes that have none. */
  readonly reason: string;
  events: number;
  /** Of them, with at least one charge. */
  charged: number;
}

/** How events ended, by tenant, source, outcome and reason. */
export class Counts {
  readonly #byTenant = new Map<string, Map<string, Map<string, Count>>>();

  add(
    event: { readonly tenant: string; readonly source: string },
    outcome: Outcome,
    reason = '',
  ): void {
    this.of(event, outcome, reason).events += 1;
  }

  /** In order of their keys, so that two writers lock rows in one order. */
  all(): Count[] {
    const counts = [...this.#byTenant.values()].flatMap((bySource) =>
      [...bySource.values()].flatMap((byOutcome) => [...byOutcome.values()]),
    );
    return counts.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  }

  /** The count itself, to be raised by the caller. */
  of(
    { tenant, source }: { readonly tenant: string; readonly source: string },
    outcome: Outcome,
    reason = '',
  ): Count {
    let bySource = this.#byTenant.get(tenant);
    if (!bySource) this.#byTenant.set(tenant, (bySource = new Map()));
    let byOutcome = bySource.get(source);
    if (!byOutcome) bySource.set(source, (byOutcome = new Map()));
    const id = reason === '' ? outcome : `${outcome}\u0000${reason}`;
    let count = byOutcome.get(id);
    if (!count) {
      count = { tenant, source, outcome, reason, events: 0, charged: 0 };
      byOutcome.set(id, count);
    }
    return count;
  }
}

function idOf({ tenant, source, outcome, reason }: Count): string {
  return [tenant, source, outcome, reason].join('\u0000');
}

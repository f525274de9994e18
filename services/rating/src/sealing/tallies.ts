/** Charges and their sum in one currency since a tenant's last barrier in the partition. */
export interface Tally {
  readonly tenant: string;
  readonly currency: string;
  charges: number;
  amount: bigint;
}

/** The tallies of one partition, and which of them the running transaction has moved. */
export class Tallies {
  readonly #byTenant = new Map<string, Map<string, Tally>>();
  readonly #moved = new Set<Tally>();
  #last: Tally | undefined;

  constructor(stored: readonly Tally[]) {
    for (const tally of stored) this.#ofTenant(tally.tenant).set(tally.currency, tally);
  }

  add(charge: { readonly tenant: string; readonly currency: string }, amount: bigint): void {
    let tally = this.#last;
    if (tally?.tenant !== charge.tenant || tally.currency !== charge.currency) {
      this.#last = tally = this.#tallyOf(charge.tenant, charge.currency);
      this.#moved.add(tally);
    }
    tally.charges += 1;
    tally.amount += amount;
  }

  addAll(more: Tallies): void {
    for (const { tenant, currency, charges, amount } of more.takeMoved()) {
      const tally = this.#tallyOf(tenant, currency);
      tally.charges += charges;
      tally.amount += amount;
      this.#moved.add(tally);
    }
  }

  /** What passed since the last barrier, in byte order of the currency; the next begins at nothing. */
  pass(tenant: string): Tally[] {
    const passed: Tally[] = [];
    for (const tally of this.#ofTenant(tenant).values()) {
      if (tally.charges === 0) continue;
      passed.push({ ...tally });
      tally.charges = 0;
      tally.amount = 0n;
      this.#moved.add(tally);
    }
    return passed.toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
  }

  /** Those that have moved since this was asked last. */
  takeMoved(): Tally[] {
    const moved = [...this.#moved];
    this.#moved.clear();
    this.#last = undefined;
    return moved;
  }

  #tallyOf(tenant: string, currency: string): Tally {
    const ofTenant = this.#ofTenant(tenant);
    let tally = ofTenant.get(currency);
    if (!tally) {
      tally = { tenant, currency, charges: 0, amount: 0n };
      ofTenant.set(currency, tally);
    }
    return tally;
  }

  #ofTenant(tenant: string): Map<string, Tally> {
    let ofTenant = this.#byTenant.get(tenant);
    if (!ofTenant) this.#byTenant.set(tenant, (ofTenant = new Map()));
    return ofTenant;
  }
}

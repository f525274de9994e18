import { partitionOf } from '@farthing/contracts/topics/partition-of';

/** Customers whose partition is remembered, of all tenants together. */
const ENTRIES_MAX = 50_000;

/** `partitionOf`, remembered for the customers of late: a look-up costs a tenth of a hash. */
export class CustomerPartitions {
  readonly #byTenant = new Map<string, Map<string, number>>();
  #entries = 0;

  constructor(private readonly partitions: number) {}

  of(tenant: string, customer: string): number {
    const known = this.#byTenant.get(tenant)?.get(customer);
    if (known !== undefined) return known;
    const partition = partitionOf(tenant, customer, this.partitions);
    this.#remember(tenant, customer, partition);
    return partition;
  }

  #remember(tenant: string, customer: string, partition: number): void {
    if (this.#entries === ENTRIES_MAX) {
      this.#byTenant.clear();
      this.#entries = 0;
    }
    const ofTenant = this.#byTenant.get(tenant) ?? new Map<string, number>();
    this.#byTenant.set(tenant, ofTenant.set(customer, partition));
    this.#entries += 1;
  }
}

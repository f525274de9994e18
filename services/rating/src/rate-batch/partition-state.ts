import { CustomerCache } from '../customers/customer-cache.js';
import type { Customer } from '../customers/customer.js';
import type { Tallies } from '../sealing/tallies.js';
import { RecentKeys } from './recent-keys.js';

/**
 * What a process remembers of one partition, as of one progress (`PartitionMemory`). Whatever goes wrong in a
 * transaction, all of it is dropped and loaded again.
 */
export class PartitionState {
  readonly recentKeys = new RecentKeys();
  readonly customers: CustomerCache;

  constructor(
    /** By tenant: periods that end at or before it are sealed. */
    readonly sealedThrough: Map<string, number>,
    readonly tallies: Tallies,
    customersMax: number,
  ) {
    this.customers = new CustomerCache(customersMax);
  }

  /** A customer that was loaded for this transaction, whether it exists or not. */
  customerOf(tenant: string, id: string): Customer {
    const customer = this.customers.get(tenant, id);
    if (!customer) throw new Error('a customer is used before it is loaded');
    return customer;
  }
}

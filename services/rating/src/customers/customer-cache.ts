import { Customer } from './customer.js';

/**
 * The customers of one partition that were seen lately. Two generations stand in for an order of use: who is asked
 * for moves to the young one, and when that is full the old one is forgotten. It forgets only in `makeRoom`, between
 * transactions, so that no customer is in memory twice within one.
 */
export class CustomerCache {
  #young = new Map<string, Customer>();
  #old = new Map<string, Customer>();

  constructor(private readonly customersMax: number) {}

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(tenant: string, customer: string): Customer | undefined {
    const key = keyOf(tenant, customer);
    const young = this.#young.get(key);
    if (young) return young;
    const old = this.#old.get(key);
    if (old) {
      this.#old.delete(key);
      this.#young.set(key, old);
    }
    return old;
  }

  add(customer: Customer): void {
    this.#young.set(keyOf(customer.tenant, customer.id), customer);
  }

  /** What was changed beside it is loaded again when it is next asked for. */
  forget(tenant: string, customer: string): void {
    const key = keyOf(tenant, customer);
    this.#young.delete(key);
    this.#old.delete(key);
  }

  makeRoom(): void {
    if (this.#young.size < this.customersMax) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}

function keyOf(tenant: string, customer: string): string {
  return `${tenant}\u0000${customer}`;
}

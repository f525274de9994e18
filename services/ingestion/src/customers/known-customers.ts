import type { CustomerDirectory } from './customer-directory.client.js';

export interface KnownCustomersOptions {
  readonly directory: Pick<CustomerDirectory, 'known'>;
  /** Customers that are remembered, of all tenants together. */
  readonly entriesMax: number;
  /** How long an event may wait for the directory. */
  readonly deadlineMs: number;
  readonly onUnanswered: (error: unknown) => void;
}

/** The directory takes so many a call. */
const CALL_MAX = 1_000;

/**
 * Which customers exist, for tenants that refuse others. What is known is remembered, the least recently used first
 * forgotten; what is unknown is asked again each time, since it may have been created meanwhile.
 */
export class KnownCustomers {
  /** In order of use. */
  readonly #known = new Set<string>();

  constructor(private readonly options: KnownCustomersOptions) {}

  /** Those that the directory does not know; none of them when it does not answer in time. */
  async strangersAmong(tenant: string, customers: Iterable<string>): Promise<ReadonlySet<string>> {
    const asked: string[] = [];
    for (const customer of customers) {
      if (!this.#touch(entryOf(tenant, customer))) asked.push(customer);
    }
    const strangers = new Set<string>();
    for (let at = 0; at < asked.length; at += CALL_MAX) {
      const some = asked.slice(at, at + CALL_MAX);
      const known = await this.#ask(tenant, some);
      // One unanswered call is wait enough; the rest is rating's.
      if (!known) return strangers;
      some.forEach((customer, i) => {
        if (known[i]) this.#remember(entryOf(tenant, customer));
        else strangers.add(customer);
      });
    }
    return strangers;
  }

  async #ask(
    tenant: string,
    customers: readonly string[],
  ): Promise<readonly boolean[] | undefined> {
    try {
      const { directory, deadlineMs } = this.options;
      const known = await directory.known({ tenant, customers, deadlineMs });
      if (known.length === customers.length) return known;
      throw new Error(`the directory answered ${known.length} of ${customers.length}`);
    } catch (error) {
      this.options.onUnanswered(error);
      return undefined;
    }
  }

  #touch(entry: string): boolean {
    if (!this.#known.delete(entry)) return false;
    this.#known.add(entry);
    return true;
  }

  #remember(entry: string): void {
    if (this.#known.size >= this.options.entriesMax) {
      for (const oldest of this.#known) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.add(entry);
  }
}

function entryOf(tenant: string, customer: string): string {
  return `${tenant}\u0000${customer}`;
}

import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { CustomerFacts } from '../customers/customer-facts.js';
import type { Customer } from '../customers/customer.js';
import type { CustomerName, PeriodOfCustomer } from '../customers/customers.repository.js';
import { occurredAtOf, type LoggedEnvelope } from './logged-envelope.js';
import type { PartitionState } from './partition-state.js';

/** Each customer of each envelope at least once, and seldom more often. */
export function* namesIn(envelopes: readonly LoggedEnvelope[]): Generator<CustomerName> {
  for (const { columns } of envelopes) {
    const seen = new CustomerMemo<true>(columns);
    for (let index = 0; index < columns.count; index++) {
      if (seen.get(index)) continue;
      seen.set(index, true);
      yield nameAt(columns, index);
    }
  }
}

/** Of each event of the envelope its customer, all of which are loaded. */
export function customersOf({ columns }: LoggedEnvelope, state: PartitionState): Customer[] {
  const known = new CustomerMemo<Customer>(columns);
  const customers: Customer[] = [];
  for (let index = 0; index < columns.count; index++) {
    let customer = known.get(index);
    if (!customer) {
      const { tenant, customer: id } = nameAt(columns, index);
      known.set(index, (customer = state.customerOf(tenant, id)));
    }
    customers.push(customer);
  }
  return customers;
}

/** Opened periods that events occurred in and whose accumulators are not loaded; one may come several times. */
export function* unloadedPeriodsOf(
  envelope: LoggedEnvelope,
  customers: readonly Customer[],
): Generator<PeriodOfCustomer> {
  for (let index = 0; index < customers.length; index++) {
    const customer = customers[index]!;
    const period = customer.openedPeriodAt(occurredAtOf(envelope, index));
    if (period && !period.accumulators) yield { customer, period };
  }
}

/** Visits the events of such tenants whose customers exist. An event of another tenant costs a comparison. */
export function visitEventsOfTenants(
  { columns }: LoggedEnvelope,
  customers: readonly Customer[],
  isSuch: (tenant: string) => boolean,
  visit: (index: number, customer: Customer, facts: CustomerFacts) => void,
): void {
  let tenant: number | undefined;
  let isWanted = false;
  for (let index = 0; index < columns.count; index++) {
    if (columns.tenants[index] !== tenant) {
      tenant = columns.tenants[index]!;
      isWanted = isSuch(columns.strings[tenant]!);
    }
    if (!isWanted) continue;
    const customer = customers[index]!;
    const { facts } = customer;
    if (facts) visit(index, customer, facts);
  }
}

/** What is known of an envelope's customers, by the dictionary's number of their ids: one tenant's for each id. */
class CustomerMemo<Value> {
  readonly #values: (Value | undefined)[];
  readonly #tenants: Uint32Array;

  constructor(private readonly columns: EnvelopeColumns) {
    this.#values = new Array<Value | undefined>(columns.strings.length);
    this.#tenants = new Uint32Array(columns.strings.length);
  }

  get(index: number): Value | undefined {
    const { customers, tenants } = this.columns;
    const id = customers[index]!;
    return this.#tenants[id] === tenants[index] ? this.#values[id] : undefined;
  }

  set(index: number, value: Value): void {
    const { customers, tenants } = this.columns;
    const id = customers[index]!;
    this.#tenants[id] = tenants[index]!;
    this.#values[id] = value;
  }
}

function nameAt({ strings, tenants, customers }: EnvelopeColumns, index: number): CustomerName {
  return { tenant: strings[tenants[index]!]!, customer: strings[customers[index]!]! };
}

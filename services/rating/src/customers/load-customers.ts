import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { BillingPeriod } from '@farthing/domain/period/billing-period';
import { isSealed } from '@farthing/domain/rating/booking-period';
import { customerNumbers } from '../charges/charge-numbers.repository.js';
import { loadSettledMinimums } from '../sealing/settled-minimums.repository.js';
import type { CustomerCache } from './customer-cache.js';
import { Customer, type OpenedPeriod } from './customer.js';
import {
  loadAccumulators,
  selectFacts,
  selectPeriods,
  type CustomerName,
  type PeriodOfCustomer,
} from './customers.repository.js';

/** Makes sure that these customers are in memory, known or not, with their periods that end after an instant. */
export async function loadCustomers(
  tx: Transaction,
  cache: CustomerCache,
  wanted: { readonly names: Iterable<CustomerName>; readonly periodsEndAfter: number },
): Promise<void> {
  const missing = missingIn(cache, wanted.names);
  if (missing.length === 0) return;
  const numbers = await customerNumbers(tx, missing);
  const known = await selectFacts(tx, missing);
  const periods = known.length === 0 ? [] : await selectPeriods(tx, known, wanted.periodsEndAfter);
  const periodsOf = new Map<string, BillingPeriod[]>();
  for (const period of periods) {
    const ofCustomer = periodsOf.get(idOf(period)) ?? [];
    ofCustomer.push(period);
    periodsOf.set(idOf(period), ofCustomer);
  }
  const factsOf = new Map(known.map((one) => [idOf(one), one.facts]));
  missing.forEach((name, at) => {
    const facts = factsOf.get(idOf(name));
    const stored = facts && { facts, periods: periodsOf.get(idOf(name)) ?? [] };
    cache.add(new Customer(name.tenant, name.customer, numbers[at]!, stored));
  });
}

function missingIn(cache: CustomerCache, names: Iterable<CustomerName>): CustomerName[] {
  const missing = new Map<string, CustomerName>();
  for (const name of names) {
    if (!cache.get(name.tenant, name.customer)) missing.set(idOf(name), name);
  }
  return [...missing.values()];
}

/**
 * Loads what was accumulated in these periods, each once, and of the sealed ones what they came to cost at least.
 * `sealedThrough` is by tenant.
 */
export async function loadPeriods(
  tx: Transaction,
  unloaded: Iterable<PeriodOfCustomer>,
  sealedThrough: ReadonlyMap<string, number>,
): Promise<void> {
  const wanted = new Map<OpenedPeriod, Customer>();
  for (const { customer, period } of unloaded) wanted.set(period, customer);
  if (wanted.size === 0) return;
  const periods = [...wanted].map(([period, customer]) => ({ customer, period }));
  await loadAccumulators(tx, periods);
  const sealed = periods.filter(({ customer, period }) =>
    isSealed(period, sealedThrough.get(customer.tenant)),
  );
  if (sealed.length > 0) await loadSettledMinimums(tx, sealed);
}

function idOf({ tenant, customer }: CustomerName): string {
  return `${tenant}\u0000${customer}`;
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { refusal } from '../errors.js';
import type { TenantDocument } from '../tenants/tenant.schema.js';
import { findLatestVersion } from '../versions/versions.repository.js';
import type { CustomerFacts, CustomerName } from './customer.js';
import { defaultFacts } from './customer.schema.js';
import { findCustomer } from './customers.repository.js';

/** What a customer is rated by, or would be with its first event where nobody knows it yet. */
export async function readCustomerFacts(
  tx: Transaction,
  customer: CustomerName,
): Promise<CustomerFacts> {
  const known = await findCustomer(tx, customer);
  if (known) return known.facts;
  const { tenant } = customer;
  const name = { tenant, kind: 'tenant', key: tenant } as const;
  const stored = await findLatestVersion<TenantDocument>(tx, name);
  if (stored?.document.unknownCustomers !== 'create') throw refusal('unknown_customer');
  return defaultFacts(stored.document.defaults);
}

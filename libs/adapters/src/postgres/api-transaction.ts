import type { DataSource } from 'typeorm';
import { runInTransaction, type Transaction, type TransactionOptions } from './transaction.js';

/** Options of a transaction of the API role: the tenant is not optional there. */
export interface TenantTransactionOptions extends TransactionOptions {
  readonly tenantId: string;
}

/**
 * A transaction of the API role, which row-level security confines to one tenant. The tenant is set inside the
 * transaction, so a pooled connection never carries it to the next request. Policies compare with
 * `current_setting('farthing.tenant_id', true)`, which is NULL, and so matches no row, where nobody set it.
 */
export function runAsTenant<Result>(
  dataSource: DataSource,
  options: TenantTransactionOptions,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  if (options.tenantId === '') throw new Error('a tenant transaction needs a tenant');
  return runInTransaction(dataSource, options, work);
}

/** What a migration adds below each tenant table: row-level security, enabled and forced. */
export function tenantPolicySql(table: string): string {
  return `
    alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy tenant_isolation on ${table}
      using (tenant = current_setting('farthing.tenant_id', true))
      with check (tenant = current_setting('farthing.tenant_id', true));`;
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Funding } from '@farthing/domain/wallet/pay-charge';

/** What wallets needs of a customer, as the log last stated it. */
export interface CustomerFacts {
  readonly tenant: string;
  readonly customer: string;
  readonly version: bigint;
  readonly funding: Funding;
  readonly currency: string;
  readonly closed: boolean;
}

/** A key for maps in memory; no id holds NUL. */
export function customerKey(tenant: string, customer: string): string {
  return `${tenant}\u0000${customer}`;
}

export async function findCustomers(
  tx: Transaction,
  wanted: readonly { readonly tenant: string; readonly customer: string }[],
): Promise<CustomerFacts[]> {
  const rows = await tx.query<Omit<CustomerFacts, 'version'> & { version: string }>(
    `select c.tenant, c.customer, c.version, c.funding, c.currency, c.closed
       from unnest($1::text[], $2::text[]) as w(tenant, customer)
       join customers c using (tenant, customer)`,
    [wanted.map((w) => w.tenant), wanted.map((w) => w.customer)],
  );
  return rows.map((row) => ({ ...row, version: BigInt(row.version) }));
}

/** One row a customer. A version that is not above the stored one changes nothing. */
export async function saveCustomers(
  tx: Transaction,
  customers: readonly CustomerFacts[],
): Promise<void> {
  await tx.execute(
    `insert into customers as c (tenant, customer, version, funding, currency, closed)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::boolean[])
         on conflict (tenant, customer) do update
        set version = excluded.version, funding = excluded.funding, currency = excluded.currency,
            closed = excluded.closed
      where excluded.version > c.version`,
    [
      customers.map((c) => c.tenant),
      customers.map((c) => c.customer),
      customers.map((c) => c.version),
      customers.map((c) => c.funding),
      customers.map((c) => c.currency),
      customers.map((c) => c.closed),
    ],
  );
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ReRating } from './re-rating.js';

/** Whose charges are read. */
export interface ReadOwner {
  readonly tenantNumber: number;
  /** Undefined for all of them. */
  readonly customerNumber: number | undefined;
  /** Whether a charge of the tenant was ever corrected. */
  readonly adjusted: boolean;
}

/** By which charge rows name the tenant and the customer; undefined when one of them has no charge. */
export async function selectOwner(
  tx: Transaction,
  { tenant, customer }: Pick<ReRating, 'tenant' | 'customer'>,
): Promise<ReadOwner | undefined> {
  const [row] = await tx.query<{ tenant: number; customer: number | null; adjusted: boolean }>(
    `select number as tenant,
            (select number from charge_customers where tenant = $1::text and customer = $2::text) as customer,
            exists (select from charge_rows where tenant_number = number and corrects is not null) as adjusted
       from charge_tenants where tenant = $1::text`,
    [tenant, customer],
  );
  if (!row || (customer !== null && row.customer === null)) return undefined;
  return {
    tenantNumber: row.tenant,
    customerNumber: row.customer ?? undefined,
    adjusted: row.adjusted,
  };
}

/** The price versions with their cells that charges may name: those known when the diff began, in one order always. */
export async function selectPriceNumbers(
  tx: Transaction,
  { tenant, price, prices }: Pick<ReRating, 'tenant' | 'price' | 'prices'>,
): Promise<
  {
    readonly number: number;
    readonly price: string;
    readonly version: number;
    readonly cell: string;
    readonly currency: string;
  }[]
> {
  return tx.query(
    `select number, price, version, cell, currency
       from charge_prices
      where tenant = $1::text and ($2::text is null or price = $2::text)
        and ($3::integer[] is null or number = any($3::integer[]))
      order by price collate "C", cell collate "C", version`,
    [tenant, price, prices],
  );
}

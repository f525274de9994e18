import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ReRating } from './re-rating.js';

/** By which charge rows name the tenant and the customer; undefined when one of them has no charge. */
export async function selectNumbers(
  tx: Transaction,
  { tenant, customer }: Pick<ReRating, 'tenant' | 'customer'>,
): Promise<{ readonly tenantNumber: number; readonly customerNumber?: number } | undefined> {
  const [row] = await tx.query<{ tenant: number | null; customer: number | null }>(
    `select (select number from charge_tenants where tenant = $1::text) as tenant,
            (select number from charge_customers where tenant = $1::text and customer = $2::text) as customer`,
    [tenant, customer],
  );
  if (!row || row.tenant === null) return undefined;
  const tenantNumber = row.tenant;
  if (customer === null) return { tenantNumber };
  return row.customer === null ? undefined : { tenantNumber, customerNumber: row.customer };
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

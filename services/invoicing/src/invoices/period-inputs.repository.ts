import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CategoryBalance } from '@farthing/domain/invoice/draft-invoice';
import type { Micros } from '@farthing/domain/period/micros';
import type { ChargeKind } from '@farthing/domain/proof/charge-leaf';
import type { BookedPeriod, PeriodLine } from './draft-period.js';
import type { TrailingInvoices } from './safety-bounds.js';

/** A customer in one currency. */
export interface CustomerCurrency {
  readonly customer: string;
  readonly currency: string;
}

export function customerCurrencyId({ customer, currency }: CustomerCurrency): string {
  return `${customer}\u0000${currency}`;
}

interface PeriodRow {
  readonly tenant: string;
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly booking_from_micros: string;
  readonly booking_to_micros: string;
  readonly charges: string;
  readonly sum_nanos: string;
}

/** The open periods of a stretch of customers, in the order of (customer, currency, from). */
export async function readOpenPeriods(
  tx: Transaction,
  tenant: string,
  of: {
    readonly firstCustomer: string;
    readonly lastCustomer: string;
    /** Only periods that ended by then; all when absent. */
    readonly closesBefore?: Micros;
  },
): Promise<BookedPeriod[]> {
  const rows = await tx.query<PeriodRow>(
    `select tenant, statement, customer, currency, booking_from_micros, booking_to_micros, charges, sum_nanos
       from booking_periods
      where tenant = $1::text and customer >= $2::text and customer <= $3::text and run is null
        and booking_to_micros <= coalesce($4::bigint, booking_to_micros)
      order by customer, currency, booking_from_micros`,
    [tenant, of.firstCustomer, of.lastCustomer, of.closesBefore ?? null],
  );
  return rows.map((row) => ({
    tenant: row.tenant,
    statement: row.statement,
    customer: row.customer,
    currency: row.currency,
    from: Number(row.booking_from_micros),
    to: Number(row.booking_to_micros),
    charges: Number(row.charges),
    sumNanos: BigInt(row.sum_nanos),
  }));
}

interface LineRow {
  readonly statement: string;
  readonly price: string;
  readonly cell: string;
  readonly kind: ChargeKind;
  readonly price_version: number;
  readonly usage_from_micros: string;
  readonly usage_to_micros: string;
  readonly charges: string;
  readonly quantity: string;
  readonly charge_nanos: string;
  readonly receivable_nanos: string;
  readonly wallet_nanos: string;
}

/** By statement, in the order of the document: what is late comes last, and a price's minimum after its use. */
export async function readPeriodLines(
  tx: Transaction,
  tenant: string,
  statements: readonly string[],
): Promise<Map<string, PeriodLine[]>> {
  const rows = await tx.query<LineRow>(
    `select l.statement, l.price, l.cell, l.kind, l.price_version, l.usage_from_micros, l.usage_to_micros,
            l.charges, l.quantity, l.charge_nanos, coalesce(p.receivable_nanos, 0) as receivable_nanos,
            coalesce(p.wallet_nanos, 0) as wallet_nanos
       from period_lines l
       left join (select * from period_payments
                   where tenant = $1::text and statement = any($2::text[])) as p
         on p.statement = l.statement and p.price = l.price and p.cell = l.cell and p.kind = l.kind
        and p.price_version = l.price_version and p.usage_from_micros = l.usage_from_micros
      where l.tenant = $1::text and l.statement = any($2::text[])
      order by l.statement, l.usage_from_micros desc, l.price, l.kind = 'minimum', l.cell, l.kind,
               l.price_version`,
    [tenant, statements],
  );
  const lines = new Map<string, PeriodLine[]>();
  for (const row of rows) {
    const of = lines.get(row.statement);
    if (of) of.push(lineFromRow(row));
    else lines.set(row.statement, [lineFromRow(row)]);
  }
  return lines;
}

function lineFromRow(row: LineRow): PeriodLine {
  return {
    price: row.price,
    cell: row.cell,
    kind: row.kind,
    priceVersion: row.price_version,
    usageFrom: Number(row.usage_from_micros),
    usageTo: Number(row.usage_to_micros),
    charges: Number(row.charges),
    // numeric(38,9) comes with all nine places.
    quantity: BigInt(row.quantity.replace('.', '')),
    chargeNanos: BigInt(row.charge_nanos),
    receivableNanos: BigInt(row.receivable_nanos),
    walletNanos: BigInt(row.wallet_nanos),
  };
}

/** What the last finalized run left open, by `customerCurrencyId`. */
export async function readBalances(
  tx: Transaction,
  tenant: string,
  customers: readonly string[],
): Promise<Map<string, CategoryBalance[]>> {
  const rows = await tx.query<{
    customer: string;
    currency: string;
    tax_category: string;
    residual_nanos: string;
    carried_forward_nanos: string;
  }>(
    `select customer, currency, tax_category, residual_nanos, carried_forward_nanos from balances
      where tenant = $1::text and customer = any($2::text[])
      order by customer, currency, tax_category`,
    [tenant, customers],
  );
  const balances = new Map<string, CategoryBalance[]>();
  for (const row of rows) {
    const id = customerCurrencyId(row);
    const of = balances.get(id) ?? [];
    of.push({
      taxCategory: row.tax_category,
      residualNanos: BigInt(row.residual_nanos),
      carriedForwardNanos: BigInt(row.carried_forward_nanos),
    });
    balances.set(id, of);
  }
  return balances;
}

/** The last twelve invoices of each customer and currency, by `customerCurrencyId`. */
export async function readTrailingInvoices(
  tx: Transaction,
  tenant: string,
  of: readonly CustomerCurrency[],
): Promise<Map<string, TrailingInvoices>> {
  const rows = await tx.query<CustomerCurrency & { count: string; total: string }>(
    `select c.customer, c.currency, count(*) as count, sum(i.total_nanos) as total
       from unnest($2::text[], $3::text[]) as c (customer, currency)
      cross join lateral (
        select total_nanos from invoices
         where tenant = $1::text and customer = c.customer and currency = c.currency
         order by number desc limit 12) as i
      group by c.customer, c.currency`,
    [tenant, of.map((row) => row.customer), of.map((row) => row.currency)],
  );
  return new Map(
    rows.map((row) => [
      customerCurrencyId(row),
      { count: Number(row.count), totalNanos: BigInt(row.total) },
    ]),
  );
}

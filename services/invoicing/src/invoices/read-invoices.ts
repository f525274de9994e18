import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';

export interface InvoiceRow {
  readonly invoice: string;
  readonly number: bigint;
  readonly run: string;
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly netNanos: Nanos;
  readonly taxNanos: Nanos;
  readonly totalNanos: Nanos;
}

export interface InvoiceFilter {
  readonly run?: string | undefined;
  readonly customer?: string | undefined;
  readonly after?: bigint | undefined;
  readonly limit: number;
}

/** Finalized invoices in the order of their numbers. */
export async function listInvoices(
  tx: Transaction,
  tenant: string,
  { run, customer, after, limit }: InvoiceFilter,
): Promise<InvoiceRow[]> {
  const rows = await tx.query<{
    invoice: string;
    number: string;
    run: string;
    statement: string;
    customer: string;
    currency: string;
    booking_from_micros: string;
    booking_to_micros: string;
    net_nanos: string;
    tax_nanos: string;
    total_nanos: string;
  }>(
    `select invoice, number, run, statement, customer, currency, booking_from_micros, booking_to_micros,
            net_nanos, tax_nanos, total_nanos
       from invoices
      where tenant = $1::text and ($2::text is null or run = $2::text)
        and ($3::text is null or customer = $3::text) and number > coalesce($4::bigint, 0)
      order by number limit $5::integer`,
    [tenant, run ?? null, customer ?? null, after ?? null, limit],
  );
  return rows.map((row) => ({
    invoice: row.invoice,
    number: BigInt(row.number),
    run: row.run,
    statement: row.statement,
    customer: row.customer,
    currency: row.currency,
    from: Number(row.booking_from_micros),
    to: Number(row.booking_to_micros),
    netNanos: BigInt(row.net_nanos),
    taxNanos: BigInt(row.tax_nanos),
    totalNanos: BigInt(row.total_nanos),
  }));
}

/** The immutable document, as canonical JSON and as CSV. */
export async function readInvoice(
  tx: Transaction,
  tenant: string,
  invoice: string,
): Promise<{ readonly document: string; readonly csv: string } | undefined> {
  const [row] = await tx.query<{ document: string; csv: string }>(
    `select document, csv from invoices where tenant = $1::text and invoice = $2::text`,
    [tenant, invoice],
  );
  return row;
}

export interface OpenResidual {
  readonly customer: string;
  readonly currency: string;
  readonly taxCategory: string;
  readonly residualNanos: Nanos;
}

/** What rounding left open and no invoice has taken up yet, in byte order. */
export async function listResiduals(
  tx: Transaction,
  tenant: string,
  page: { readonly after: readonly [string, string, string] | undefined; readonly limit: number },
): Promise<OpenResidual[]> {
  const rows = await tx.query<{
    customer: string;
    currency: string;
    tax_category: string;
    residual_nanos: string;
  }>(
    `select customer, currency, tax_category, residual_nanos from balances
      where tenant = $1::text and residual_nanos <> 0
        and ($2::text is null or (customer, currency, tax_category) > ($2::text, $3::text, $4::text))
      order by customer, currency, tax_category limit $5::integer`,
    [tenant, ...(page.after ?? [null, null, null]), page.limit],
  );
  return rows.map((row) => ({
    customer: row.customer,
    currency: row.currency,
    taxCategory: row.tax_category,
    residualNanos: BigInt(row.residual_nanos),
  }));
}

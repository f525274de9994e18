import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CategoryBalance } from '@farthing/domain/invoice/draft-invoice';
import type { RunKey } from '../cycle-runs/cycle-runs.repository.js';
import type { RunShard } from '../cycle-runs/run-shards.repository.js';
import type { CustomerCurrency } from './period-inputs.repository.js';

export interface InvoiceToStore {
  readonly invoice: string;
  /** Canonical JSON. */
  readonly document: string;
  readonly documentHash: Uint8Array;
  readonly csv: string;
}

/**
 * Stores the run's finalized documents; the facts beside them come from the drafts. One that is there already would
 * be a second invoice of its statement, and fails.
 */
export async function insertInvoices(
  tx: Transaction,
  { tenant, id }: RunKey,
  invoices: readonly InvoiceToStore[],
): Promise<void> {
  await tx.execute(
    `insert into invoices (tenant, invoice, number, issue_date, run, statement, customer, currency,
                           booking_from_micros, booking_to_micros, net_nanos, tax_nanos, total_nanos,
                           document, document_hash, csv)
     select d.tenant, d.invoice, d.number, r.issue_date, d.run, d.statement, d.customer, d.currency,
            d.booking_from_micros, d.booking_to_micros, d.net_nanos, d.tax_nanos, d.total_nanos,
            i.document, i.document_hash, i.csv
       from unnest($3::text[], $4::text[], $5::bytea[], $6::text[]) as i (invoice, document, document_hash, csv)
       join drafts d on d.tenant = $1::text and d.run = $2::text and d.invoice = i.invoice
       join cycle_runs r on r.tenant = d.tenant and r.run = d.run`,
    [
      tenant,
      id,
      invoices.map((row) => row.invoice),
      invoices.map((row) => row.document),
      invoices.map((row) => row.documentHash),
      invoices.map((row) => row.csv),
    ],
  );
}

/** The document stands in `invoices` now; its draft keeps only the figures. */
export async function clearDraftDocuments(
  tx: Transaction,
  { tenant, id }: RunKey,
  { firstCustomer, lastCustomer }: RunShard,
): Promise<void> {
  await tx.execute(
    `update drafts set document = null
      where tenant = $1::text and run = $2::text and customer >= $3::text and customer <= $4::text`,
    [tenant, id, firstCustomer, lastCustomer],
  );
}

export async function saveBalances(
  tx: Transaction,
  tenant: string,
  rows: readonly (CustomerCurrency & CategoryBalance)[],
): Promise<void> {
  await tx.execute(
    `insert into balances (tenant, customer, currency, tax_category, residual_nanos, carried_forward_nanos)
     select $1::text, * from unnest($2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[])
     on conflict (tenant, customer, currency, tax_category) do update
        set residual_nanos = excluded.residual_nanos,
            carried_forward_nanos = excluded.carried_forward_nanos`,
    [
      tenant,
      rows.map((row) => row.customer),
      rows.map((row) => row.currency),
      rows.map((row) => row.taxCategory),
      rows.map((row) => row.residualNanos.toString()),
      rows.map((row) => row.carriedForwardNanos.toString()),
    ],
  );
}

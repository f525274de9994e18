import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CategoryBalance } from '@farthing/domain/invoice/draft-invoice';
import type { RunKey } from '../cycle-runs/cycle-runs.repository.js';
import type { RunShard } from '../cycle-runs/run-shards.repository.js';
import type { StoredDraft } from './drafts.repository.js';
import type { CustomerCurrency } from './period-inputs.repository.js';

export interface InvoiceToStore {
  readonly draft: StoredDraft;
  readonly number: bigint;
  /** Canonical JSON. */
  readonly document: string;
  readonly documentHash: Uint8Array;
  readonly csv: string;
}

/** One that is there already would be a second invoice of its statement, and fails. */
export async function insertInvoices(
  tx: Transaction,
  { tenant, id }: RunKey,
  {
    issueDate,
    invoices,
  }: {
    readonly issueDate: string;
    readonly invoices: readonly InvoiceToStore[];
  },
): Promise<void> {
  const column = <T>(pick: (draft: StoredDraft, row: InvoiceToStore) => T) =>
    invoices.map((row) => pick(row.draft, row));
  await tx.execute(
    `insert into invoices (tenant, run, issue_date, invoice, number, statement, customer, currency,
                           booking_from_micros, booking_to_micros, net_nanos, tax_nanos, total_nanos,
                           document, document_hash, csv)
     select $1::text, $2::text, $3::text, * from unnest($4::text[], $5::bigint[], $6::text[], $7::text[],
       $8::text[], $9::bigint[], $10::bigint[], $11::numeric[], $12::numeric[], $13::numeric[],
       $14::text[], $15::bytea[], $16::text[])`,
    [
      tenant,
      id,
      issueDate,
      column((draft) => draft.invoice),
      column((_, row) => row.number.toString()),
      column((draft) => draft.statement),
      column((draft) => draft.customer),
      column((draft) => draft.currency),
      column((draft) => draft.from),
      column((draft) => draft.to),
      column((draft) => draft.netNanos.toString()),
      column((draft) => draft.taxNanos.toString()),
      column((draft) => draft.totalNanos.toString()),
      column((_, row) => row.document),
      column((_, row) => row.documentHash),
      column((_, row) => row.csv),
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

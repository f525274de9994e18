import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CategoryBalance, DraftInvoice } from '@farthing/domain/invoice/draft-invoice';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import type { DraftedFigures, RunKey } from '../cycle-runs/cycle-runs.repository.js';
import type { RunShard } from '../cycle-runs/run-shards.repository.js';

export interface DraftToStore {
  readonly statement: string;
  readonly draft: DraftInvoice;
  /** Canonical JSON of the invoice without number and issue date; absent when carried forward. */
  readonly document: string | undefined;
  readonly parkedFor: string | undefined;
  /** The run's last draft of the customer in this currency. */
  readonly latest: boolean;
}

export async function insertDrafts(
  tx: Transaction,
  { tenant, id }: RunKey,
  drafts: readonly DraftToStore[],
): Promise<void> {
  const column = <T>(pick: (draft: DraftInvoice, row: DraftToStore) => T) =>
    drafts.map((row) => pick(row.draft, row));
  const sums = (pick: (balance: CategoryBalance) => Nanos) =>
    column((draft) => draft.balances.reduce((sum, each) => sum + pick(each), 0n).toString());
  await tx.execute(
    `insert into drafts (tenant, run, invoice, statement, customer, currency, booking_from_micros,
                         booking_to_micros, disposition, parked_for, charges_nanos, wallet_nanos, net_nanos,
                         tax_nanos, total_nanos, document, balances, residual_nanos,
                         carried_forward_nanos, latest)
     select $1::text, $2::text, * from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
       $8::bigint[], $9::text[], $10::text[], $11::numeric[], $12::numeric[], $13::numeric[],
       $14::numeric[], $15::numeric[], $16::text[], $17::text[], $18::numeric[], $19::numeric[],
       $20::boolean[])`,
    [
      tenant,
      id,
      column((draft) => draft.id),
      column((_, row) => row.statement),
      column((draft) => draft.customer),
      column((draft) => draft.currency),
      column((draft) => draft.period.from),
      column((draft) => draft.period.to),
      column((draft) => draft.disposition),
      column((_, row) => row.parkedFor ?? null),
      column((draft) => draft.chargesNanos.toString()),
      column((draft) => draft.paidFromWalletNanos.toString()),
      column((draft) => draft.netNanos.toString()),
      column((draft) => draft.taxNanos.toString()),
      column((draft) => draft.totalNanos.toString()),
      column((_, row) => row.document ?? null),
      column((draft) => balancesToText(draft.balances)),
      sums((balance) => balance.residualNanos),
      sums((balance) => balance.carriedForwardNanos),
      column((_, row) => row.latest),
    ],
  );
}

/** What the run would bill, by currency; what is carried forward bills nothing. */
export async function sumDrafts(tx: Transaction, { tenant, id }: RunKey): Promise<DraftedFigures> {
  const rows = await tx.query<
    { [Name in 'currency' | 'statements' | 'invoices' | 'parked']: string } & {
      [Name in 'charged' | 'paid' | 'net' | 'tax' | 'carried' | 'residual']: string | null;
    }
  >(
    `select currency, count(*) as statements, count(*) filter (where disposition = 'invoice') as invoices,
            count(*) filter (where parked_for is not null) as parked, sum(charges_nanos) as charged,
            sum(wallet_nanos) as paid, sum(net_nanos) filter (where disposition = 'invoice') as net,
            sum(tax_nanos) filter (where disposition = 'invoice') as tax,
            sum(carried_forward_nanos) filter (where latest) as carried,
            sum(residual_nanos) filter (where latest) as residual
       from drafts where tenant = $1::text and run = $2::text group by currency order by currency`,
    [tenant, id],
  );
  const total = (pick: (row: (typeof rows)[number]) => string) =>
    rows.reduce((sum, row) => sum + Number(pick(row)), 0);
  return {
    statements: total((row) => row.statements),
    invoices: total((row) => row.invoices),
    parked: total((row) => row.parked),
    totals: rows.map((row) => ({
      currency: row.currency,
      chargesNanos: BigInt(row.charged ?? 0),
      paidNanos: BigInt(row.paid ?? 0),
      netNanos: BigInt(row.net ?? 0),
      taxNanos: BigInt(row.tax ?? 0),
      carriedForwardNanos: BigInt(row.carried ?? 0),
      residualNanos: BigInt(row.residual ?? 0),
    })),
  };
}

export interface StoredDraft {
  readonly invoice: string;
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly netNanos: Nanos;
  readonly taxNanos: Nanos;
  readonly totalNanos: Nanos;
  readonly document: string | undefined;
  readonly number: bigint | undefined;
  readonly latest: boolean;
  readonly balances: readonly CategoryBalance[];
}

/** The drafts of a stretch of the run's customers, in the order of (customer, currency, from). */
export async function readDrafts(
  tx: Transaction,
  { tenant, id }: RunKey,
  { firstCustomer, lastCustomer }: RunShard,
): Promise<StoredDraft[]> {
  const rows = await tx.query<{
    invoice: string;
    statement: string;
    customer: string;
    currency: string;
    booking_from_micros: string;
    booking_to_micros: string;
    net_nanos: string;
    tax_nanos: string;
    total_nanos: string;
    document: string | null;
    number: string | null;
    latest: boolean;
    balances: string;
  }>(
    `select invoice, statement, customer, currency, booking_from_micros, booking_to_micros, net_nanos,
            tax_nanos, total_nanos, document, number, latest, balances
       from drafts
      where tenant = $1::text and run = $2::text and customer >= $3::text and customer <= $4::text
      order by customer, currency, booking_from_micros`,
    [tenant, id, firstCustomer, lastCustomer],
  );
  return rows.map((row) => ({
    invoice: row.invoice,
    statement: row.statement,
    customer: row.customer,
    currency: row.currency,
    from: Number(row.booking_from_micros),
    to: Number(row.booking_to_micros),
    netNanos: BigInt(row.net_nanos),
    taxNanos: BigInt(row.tax_nanos),
    totalNanos: BigInt(row.total_nanos),
    latest: row.latest,
    document: row.document ?? undefined,
    number: row.number === null ? undefined : BigInt(row.number),
    balances: balancesFromText(row.balances),
  }));
}

/**
 * Gives the run's invoices the next numbers of the tenant's series, dense and in customer order, in one statement.
 * Answers the day of issue: `wantedDate`, or the series' last when that is later, as dates never decrease.
 */
export async function numberDrafts(
  tx: Transaction,
  { tenant, id }: RunKey,
  wantedDate: string,
): Promise<string> {
  const [series] = await tx.query<{ last_number: string; last_issue_date: string }>(
    `insert into invoice_series as s (tenant, last_number, last_issue_date)
     values ($1::text, 0, $2::text)
     on conflict (tenant) do update set last_issue_date = greatest(s.last_issue_date, excluded.last_issue_date)
     returning last_number, last_issue_date`,
    [tenant, wantedDate],
  );
  const numbered = await tx.execute(
    `update drafts as d set number = $3::bigint + placed.place
       from (select invoice, row_number() over (order by customer, currency, booking_from_micros) as place
               from drafts where tenant = $1::text and run = $2::text and disposition = 'invoice') as placed
      where d.tenant = $1::text and d.run = $2::text and d.invoice = placed.invoice`,
    [tenant, id, series!.last_number],
  );
  await tx.execute(
    `update invoice_series set last_number = last_number + $2::bigint where tenant = $1::text`,
    [tenant, numbered],
  );
  return series!.last_issue_date;
}

function balancesToText(balances: readonly CategoryBalance[]): string {
  return JSON.stringify(
    balances.map((balance) => [
      balance.taxCategory,
      balance.residualNanos.toString(),
      balance.carriedForwardNanos.toString(),
    ]),
  );
}

function balancesFromText(text: string): CategoryBalance[] {
  const rows = JSON.parse(text) as [string, string, string][];
  return rows.map(([taxCategory, residual, carriedForward]) => ({
    taxCategory,
    residualNanos: BigInt(residual),
    carriedForwardNanos: BigInt(carriedForward),
  }));
}

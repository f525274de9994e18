import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import type { Nanos } from '@farthing/domain/money/nanos';

export type Stream = 'rated' | 'paid';

export interface BooksOf {
  readonly tenant: string;
  readonly stream: Stream;
  readonly partition: number;
}

export interface BookRow {
  readonly currency: string;
  readonly charges: bigint;
  readonly sumNanos: Nanos;
}

/** A barrier that came back: what it says, and what this service counted. */
export interface BarrierEcho {
  readonly run: string;
  readonly closesBefore: Micros;
  readonly saidCharges: bigint;
  readonly saidSums: string;
  readonly ownCharges: bigint;
  readonly ownSums: string;
}

export async function readBooks(tx: Transaction, books: BooksOf): Promise<BookRow[]> {
  const rows = await tx.query<{ currency: string; charges: string; sum_nanos: string }>(
    `select currency, charges, sum_nanos from partition_books
      where tenant = $1::text and stream = $2::text and partition = $3::integer`,
    [books.tenant, books.stream, books.partition],
  );
  return rows.map((row) => ({
    currency: row.currency,
    charges: BigInt(row.charges),
    sumNanos: BigInt(row.sum_nanos),
  }));
}

export async function clearBooks(tx: Transaction, books: BooksOf): Promise<void> {
  await tx.execute(
    `delete from partition_books
      where tenant = $1::text and stream = $2::text and partition = $3::integer`,
    [books.tenant, books.stream, books.partition],
  );
}

export async function addToBooks(
  tx: Transaction,
  stream: Stream,
  partition: number,
  rows: readonly (BookRow & { readonly tenant: string })[],
): Promise<void> {
  await tx.execute(
    `insert into partition_books as b (tenant, stream, partition, currency, charges, sum_nanos)
     select t.tenant, $1::text, $2::integer, t.currency, t.charges, t.sum_nanos
       from unnest($3::text[], $4::text[], $5::bigint[], $6::numeric[])
         as t (tenant, currency, charges, sum_nanos)
     on conflict (tenant, stream, partition, currency) do update
        set charges = b.charges + excluded.charges, sum_nanos = b.sum_nanos + excluded.sum_nanos`,
    [
      stream,
      partition,
      rows.map((row) => row.tenant),
      rows.map((row) => row.currency),
      rows.map((row) => row.charges.toString()),
      rows.map((row) => row.sumNanos.toString()),
    ],
  );
}

/** False when the run's barrier was seen before in this partition. */
export async function insertBarrierEcho(
  tx: Transaction,
  books: BooksOf,
  echo: BarrierEcho,
): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into barrier_echoes (tenant, run, stream, partition, closes_before_micros,
                                 said_charges, said_sums, own_charges, own_sums)
     values ($1::text, $2::text, $3::text, $4::integer, $5::bigint,
             $6::bigint, $7::text, $8::bigint, $9::text)
     on conflict do nothing`,
    [
      books.tenant,
      echo.run,
      books.stream,
      books.partition,
      echo.closesBefore,
      echo.saidCharges,
      echo.saidSums,
      echo.ownCharges,
      echo.ownSums,
    ],
  );
  return inserted === 1;
}

/** Up to where the tenants' periods are sealed in a partition; a tenant without a barrier is left out. */
export async function readSealedThrough(
  tx: Transaction,
  partition: number,
  tenants: readonly string[],
): Promise<Map<string, Micros>> {
  const rows = await tx.query<{ tenant: string; sealed_through: string }>(
    `select tenant, max(closes_before_micros) as sealed_through from barrier_echoes
      where tenant = any($1::text[]) and stream = 'rated' and partition = $2::integer
      group by tenant`,
    [tenants, partition],
  );
  return new Map(rows.map((row) => [row.tenant, Number(row.sealed_through)]));
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import type { Hash } from '@farthing/domain/proof/merkle-tree';
import { customerCurrencyId, type CustomerCurrency } from '../invoices/period-inputs.repository.js';
import type { SealedStatement, StatementToSeal } from './seal-statement.js';
import { hashesFromBytes } from '@farthing/domain/proof/tree-bytes';

/** The leaf hashes of statements, in the order of their leaves. */
export async function readLeafHashes(
  tx: Transaction,
  tenant: string,
  statements: readonly string[],
): Promise<Map<string, Hash[]>> {
  const rows = await tx.query<{ statement: string; hashes: Buffer }>(
    `select statement, string_agg(hash, ''::bytea order by leaf_index) as hashes from statement_charges
      where tenant = $1::text and statement = any($2::text[]) group by statement`,
    [tenant, statements],
  );
  return new Map(rows.map((row) => [row.statement, hashesFromBytes(row.hashes)]));
}

/** The hash of the statement before a period, in hex, by `customerCurrencyId`. */
export async function readPreviousHashes(
  tx: Transaction,
  tenant: string,
  before: readonly (CustomerCurrency & { readonly from: Micros })[],
): Promise<Map<string, string>> {
  const rows = await tx.query<CustomerCurrency & { hash: Buffer }>(
    `select b.customer, b.currency, s.hash
       from unnest($2::text[], $3::text[], $4::bigint[]) as b (customer, currency, booking_from)
      cross join lateral (
        select hash from statements
         where tenant = $1::text and customer = b.customer and currency = b.currency
           and booking_from_micros < b.booking_from
         order by booking_from_micros desc limit 1) as s`,
    [
      tenant,
      before.map((row) => row.customer),
      before.map((row) => row.currency),
      before.map((row) => row.from),
    ],
  );
  return new Map(rows.map((row) => [customerCurrencyId(row), row.hash.toString('hex')]));
}

export interface StatementToStore {
  readonly toSeal: Omit<StatementToSeal, 'leafHashes'>;
  readonly sealed: SealedStatement;
}

/** Bytes do not depend on the run, so what an abandoned run sealed is what this one would. */
export async function insertStatements(
  tx: Transaction,
  tenant: string,
  statements: readonly StatementToStore[],
): Promise<void> {
  await tx.execute(
    `insert into statements (tenant, statement, customer, currency, booking_from_micros, booking_to_micros,
                             charges, sum_nanos, root, canonical, hash, leaf_hash)
     select $1::text, * from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
       $7::bigint[], $8::numeric[], $9::bytea[], $10::text[], $11::bytea[], $12::bytea[])
     on conflict do nothing`,
    [
      tenant,
      statements.map(({ toSeal }) => toSeal.statement),
      statements.map(({ toSeal }) => toSeal.customer),
      statements.map(({ toSeal }) => toSeal.currency),
      statements.map(({ toSeal }) => toSeal.from),
      statements.map(({ toSeal }) => toSeal.to),
      statements.map(({ toSeal }) => toSeal.charges),
      statements.map(({ toSeal }) => toSeal.sumNanos.toString()),
      statements.map(({ sealed }) => sealed.root),
      statements.map(({ sealed }) => sealed.canonical),
      statements.map(({ sealed }) => sealed.hash),
      statements.map(({ sealed }) => sealed.leafHash),
    ],
  );
  await tx.execute(
    `insert into statement_trees (tenant, statement, tree)
     select $1::text, * from unnest($2::text[], $3::bytea[]) on conflict do nothing`,
    [
      tenant,
      statements.map(({ toSeal }) => toSeal.statement),
      statements.map(({ sealed }) => sealed.tree),
    ],
  );
}

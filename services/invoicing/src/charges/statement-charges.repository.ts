import { randomBytes } from 'node:crypto';
import { BinaryCopyWriter } from '@farthing/adapters/postgres/binary-copy';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import type { Hash } from '@farthing/domain/proof/merkle-tree';

export interface CustomerKey {
  readonly tenant: string;
  readonly customer: string;
}

/** What one transaction adds to a statement to be. */
export interface StatementAddition extends CustomerKey {
  readonly statement: string;
  readonly currency: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly charges: number;
  readonly sumNanos: Nanos;
}

export interface LeafRow {
  readonly tenant: string;
  readonly statement: string;
  readonly leafIndex: number;
  readonly generation: number;
  readonly partition: number;
  readonly offset: bigint;
  readonly index: number;
  readonly n: number;
  readonly amountNanos: Nanos;
  readonly hash: Hash;
  /** Canonical JSON. */
  readonly leaf: string;
}

/** The customers' salts, by `customerId`; who has none yet gets one, which is then kept. */
export async function saltsOf(
  tx: Transaction,
  customers: readonly CustomerKey[],
): Promise<Map<string, Buffer>> {
  const salts = await readSalts(tx, customers);
  const missing = customers.filter((customer) => !salts.has(customerId(customer)));
  if (missing.length === 0) return salts;
  await tx.execute(
    `insert into customer_salts (tenant, customer, salt)
     select * from unnest($1::text[], $2::text[], $3::bytea[]) on conflict do nothing`,
    [
      missing.map((row) => row.tenant),
      missing.map((row) => row.customer),
      missing.map(() => randomBytes(32)),
    ],
  );
  return new Map([...salts, ...(await readSalts(tx, missing))]);
}

export function customerId({ tenant, customer }: CustomerKey): string {
  return `${tenant}\u0000${customer}`;
}

async function readSalts(
  tx: Transaction,
  customers: readonly CustomerKey[],
): Promise<Map<string, Buffer>> {
  const rows = await tx.query<CustomerKey & { readonly salt: Buffer }>(
    `select s.tenant, s.customer, s.salt
       from unnest($1::text[], $2::text[]) as k (tenant, customer)
       join customer_salts s on s.tenant = k.tenant and s.customer = k.customer`,
    [customers.map((row) => row.tenant), customers.map((row) => row.customer)],
  );
  return new Map(rows.map((row) => [customerId(row), row.salt]));
}

/**
 * Adds charges to statements and answers, by statement, the index of the first leaf that was added. A sealed one takes
 * none and is left out of the answer.
 */
export async function growStatements(
  tx: Transaction,
  partition: number,
  additions: readonly StatementAddition[],
): Promise<Map<string, number>> {
  const rows = await tx.query<{ tenant: string; statement: string; charges: string }>(
    `insert into booking_periods as p (tenant, statement, customer, currency, booking_from_micros,
                                       booking_to_micros, partition, charges, sum_nanos)
     select t.tenant, t.statement, t.customer, t.currency, t.booking_from, t.booking_to, $1::integer,
            t.charges, t.sum_nanos
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
                   $8::bigint[], $9::numeric[])
         as t (tenant, statement, customer, currency, booking_from, booking_to, charges, sum_nanos)
     on conflict (tenant, statement) do update
        set charges = p.charges + excluded.charges, sum_nanos = p.sum_nanos + excluded.sum_nanos
      where p.run is null
     returning p.tenant, p.statement, p.charges`,
    [
      partition,
      additions.map((row) => row.tenant),
      additions.map((row) => row.statement),
      additions.map((row) => row.customer),
      additions.map((row) => row.currency),
      additions.map((row) => row.from),
      additions.map((row) => row.to),
      additions.map((row) => row.charges),
      additions.map((row) => row.sumNanos.toString()),
    ],
  );
  const added = new Map(additions.map((row) => [row.statement, row.charges]));
  return new Map(
    rows.map((row) => [row.statement, Number(row.charges) - (added.get(row.statement) ?? 0)]),
  );
}

/** So many leaves go in one COPY: about half a megabyte, whatever the size of the batch. */
const LEAVES_A_COPY = 500;

export async function insertLeaves(tx: Transaction, leaves: readonly LeafRow[]): Promise<void> {
  const copy = new BinaryCopyWriter();
  for (let from = 0; from < leaves.length; from += LEAVES_A_COPY) {
    for (const row of leaves.slice(from, from + LEAVES_A_COPY)) {
      copy.row(11).text(row.tenant).text(row.statement).int8(row.leafIndex);
      copy.int4(row.generation).int4(row.partition).int8(row.offset).int4(row.index).int4(row.n);
      copy.int8(row.amountNanos).bytea(row.hash).text(row.leaf);
    }
    await tx.copyIn(
      `copy statement_charges (tenant, statement, leaf_index, generation, partition, "offset", "index", n,
                               amount_nanos, hash, leaf) from stdin (format binary)`,
      copy.finish(),
    );
  }
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import type { Hash } from '@farthing/domain/proof/merkle-tree';
import type { RunSeal } from '@farthing/domain/proof/statement';
import { siblingOffsets } from '@farthing/domain/proof/tree-bytes';
import type { ChargeOrigin } from '@farthing/domain/rating/charge-id';
import type { StatementPeriod } from '@farthing/domain/statement/statement-of-charges';
import type { DataSource } from 'typeorm';
import { readByCursor } from './read-by-cursor.js';

/** Up to which instant the periods of a tenant are sealed by signed runs. */
export interface SealedThrough {
  readonly tenant: string;
  readonly through: Micros;
}

/** Which statements are made again. */
export interface StatementsOfPeriod {
  /** What their booking periods have in common with it; half-open. */
  readonly from: Micros;
  readonly to: Micros;
  readonly tenant: string | undefined;
  readonly sealed: readonly SealedThrough[];
}

/** A statement as invoicing stored it, and its place in the signed tree of its run. */
export interface SealedStatement extends StatementPeriod {
  readonly statement: string;
  readonly charges: number;
  readonly sumNanos: Nanos;
  /** Hex. */
  readonly root: string;
  readonly canonical: string;
  /** Hex, of the canonical bytes: what the next statement names. */
  readonly hash: string;
  readonly run: string;
  readonly index: number;
  readonly seal: RunSeal;
}

export interface SealedLeaf {
  readonly origin: ChargeOrigin;
  /** From 0. */
  readonly place: number;
  /** Canonical JSON. */
  readonly leaf: string;
  /** Hex. */
  readonly hash: string;
}

const STATEMENTS_AT_ONCE = 500;
const LEAVES_AT_ONCE = 2_000;

/** A run has a seal when its barrier came back from every partition: rating had applied it before. */
export async function selectSealedThrough(stored: DataSource): Promise<readonly SealedThrough[]> {
  const rows = await stored.query<{ tenant: string; through: string }[]>(
    `select tenant, max(closes_before_micros) as through
       from invoicing.cycle_runs where seal is not null group by tenant`,
  );
  return rows.map(({ tenant, through }) => ({ tenant, through: Number(through) }));
}

interface StatementRow {
  readonly tenant: string;
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly booking_from_micros: string;
  readonly booking_to_micros: string;
  readonly charges: string;
  readonly sum_nanos: string;
  readonly root: Buffer;
  readonly canonical: string;
  readonly hash: Buffer;
  readonly run: string;
  readonly statement_index: string;
  readonly seal: string;
}

/** In byte order of (tenant, customer, currency, from). Opens one cursor, until the transaction ends. */
export async function* sealedInOrder(
  tx: Transaction,
  { from, to, tenant, sealed }: StatementsOfPeriod,
): AsyncGenerator<SealedStatement> {
  const rows = readByCursor<StatementRow>(tx, {
    name: 'sealed_statements',
    sql: `
     select s.tenant, s.statement, s.customer, s.currency, s.booking_from_micros, s.booking_to_micros, s.charges,
            s.sum_nanos, s.root, s.canonical, s.hash, r.run, r.statement_index, c.seal
       from invoicing.statements s
       join unnest($4::text[], $5::bigint[]) as closed (of_tenant, through)
         on closed.of_tenant = s.tenant and s.booking_to_micros <= closed.through
       join invoicing.run_statements r on r.tenant = s.tenant and r.statement = s.statement
       join invoicing.cycle_runs c on c.tenant = r.tenant and c.run = r.run
      where s.booking_from_micros < $2::bigint and s.booking_to_micros > $1::bigint
        and ($3::text is null or s.tenant = $3::text) and c.seal is not null
      order by s.tenant, s.customer, s.currency, s.booking_from_micros`,
    parameters: [
      from,
      to,
      tenant ?? null,
      sealed.map((closed) => closed.tenant),
      sealed.map(({ through }) => through),
    ],
    atOnce: STATEMENTS_AT_ONCE,
  });
  for await (const row of rows) yield sealedFromRow(row);
}

function sealedFromRow(row: StatementRow): SealedStatement {
  const { tenant, statement, customer, currency, canonical, run } = row;
  return {
    tenant,
    statement,
    customer,
    currency,
    from: Number(row.booking_from_micros),
    to: Number(row.booking_to_micros),
    charges: Number(row.charges),
    sumNanos: BigInt(row.sum_nanos),
    root: row.root.toString('hex'),
    canonical,
    hash: row.hash.toString('hex'),
    run,
    index: Number(row.statement_index),
    seal: JSON.parse(row.seal) as RunSeal,
  };
}

interface LeafRow {
  readonly leaf_index: string;
  readonly generation: number;
  readonly partition: number;
  readonly offset: string;
  readonly index: number;
  readonly n: number;
  readonly leaf: string;
  readonly hash: Buffer;
}

/** In the order of their places. */
export async function* leavesInOrder(
  tx: Transaction,
  { tenant, statement }: Pick<SealedStatement, 'tenant' | 'statement'>,
): AsyncGenerator<SealedLeaf> {
  for (let after = -1; ;) {
    const rows = await tx.query<LeafRow>(
      `select leaf_index, generation, partition, "offset", "index", n, leaf, hash
         from invoicing.statement_charges
        where tenant = $1::text and statement = $2::text and leaf_index > $3::bigint
        order by leaf_index limit $4::integer`,
      [tenant, statement, after, LEAVES_AT_ONCE],
    );
    for (const row of rows) yield leafFromRow(row);
    if (rows.length < LEAVES_AT_ONCE) return;
    after = Number(rows.at(-1)!.leaf_index);
  }
}

function leafFromRow({ leaf_index, leaf, hash, ...row }: LeafRow): SealedLeaf {
  const { generation, partition, offset, index, n } = row;
  const origin = { generation, partition, offset: BigInt(offset), index, n };
  return { origin, place: Number(leaf_index), leaf, hash: hash.toString('hex') };
}

/** Hex of the hash of the customer's statement before a period in its currency; '' when there is none. */
export async function selectHashBefore(
  tx: Transaction,
  { tenant, customer, currency, from }: StatementPeriod,
): Promise<string> {
  const [row] = await tx.query<{ hash: string }>(
    `select encode(sha256(convert_to(canonical, 'UTF8')), 'hex') as hash from invoicing.statements
      where tenant = $1::text and customer = $2::text and currency = $3::text and booking_from_micros < $4::bigint
      order by booking_from_micros desc limit 1`,
    [tenant, customer, currency, from],
  );
  return row?.hash ?? '';
}

export async function selectSalt(
  tx: Transaction,
  { tenant, customer }: Pick<StatementPeriod, 'tenant' | 'customer'>,
): Promise<Uint8Array | undefined> {
  const [row] = await tx.query<{ salt: Buffer }>(
    'select salt from invoicing.customer_salts where tenant = $1::text and customer = $2::text',
    [tenant, customer],
  );
  return row?.salt;
}

/** From a statement's place up to the root of its run's tree. */
export async function selectRunPath(
  tx: Transaction,
  { tenant, run, index, seal }: Pick<SealedStatement, 'tenant' | 'run' | 'index' | 'seal'>,
): Promise<Hash[]> {
  if (index >= seal.statements) return [];
  const rows = await tx.query<{ hash: Buffer }>(
    `select substring(t.tree from o.at + 1 for 32) as hash
       from invoicing.run_trees t cross join unnest($3::integer[]) with ordinality as o (at, place)
      where t.tenant = $1::text and t.run = $2::text order by o.place`,
    [tenant, run, siblingOffsets(seal.statements, index)],
  );
  return rows.map(({ hash }) => hash);
}

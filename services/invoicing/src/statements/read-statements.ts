import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { ChargeOrigin } from '@farthing/domain/rating/charge-id';
import { siblingOffsets } from '@farthing/domain/proof/tree-bytes';

/** A sealed statement and its place in its signed run. */
export interface StatementRow {
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly charges: number;
  readonly sumNanos: Nanos;
  /** Hex. */
  readonly root: string;
  /** Canonical JSON. */
  readonly canonical: string;
  readonly run: string;
}

export interface SealedIn {
  /** Place among the run's statements, from 0. */
  readonly index: number;
  /** Canonical JSON of the run's seal. */
  readonly seal: string;
  readonly signature: string;
  readonly keyId: string;
  readonly publicKey: string;
}

interface RawStatementRow {
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly booking_from_micros: string;
  readonly booking_to_micros: string;
  readonly charges: string;
  readonly sum_nanos: string;
  readonly root: Buffer;
  readonly canonical: string;
  readonly run: string;
}

const COLUMNS = `s.statement, s.customer, s.currency, s.booking_from_micros, s.booking_to_micros, s.charges,
  s.sum_nanos, s.root, s.canonical, r.run`;

export interface StatementFilter {
  readonly run?: string | undefined;
  readonly customer?: string | undefined;
  readonly after?: readonly [string, string, Micros] | undefined;
  readonly limit: number;
}

/** Sealed statements in byte order of (customer, currency, from). */
export async function listStatements(
  tx: Transaction,
  tenant: string,
  { run, customer, after, limit }: StatementFilter,
): Promise<StatementRow[]> {
  const rows = await tx.query<RawStatementRow>(
    `select ${COLUMNS} from statements s
       join run_statements r on r.tenant = s.tenant and r.statement = s.statement
      where s.tenant = $1::text and ($2::text is null or r.run = $2::text)
        and ($3::text is null or s.customer = $3::text)
        and ($4::text is null
             or (s.customer, s.currency, s.booking_from_micros) > ($4::text, $5::text, $6::bigint))
      order by s.customer, s.currency, s.booking_from_micros limit $7::integer`,
    [tenant, run ?? null, customer ?? null, ...(after ?? [null, null, null]), limit],
  );
  return rows.map(statementFromRow);
}

export async function readStatement(
  tx: Transaction,
  tenant: string,
  statement: string,
): Promise<(StatementRow & SealedIn) | undefined> {
  const [row] = await tx.query<
    RawStatementRow & {
      statement_index: string;
      seal: string;
      signature: string;
      key_id: string;
      public_key: string;
    }
  >(
    `select ${COLUMNS}, r.statement_index, c.seal, c.signature, c.key_id, k.public_key
       from statements s
       join run_statements r on r.tenant = s.tenant and r.statement = s.statement
       join cycle_runs c on c.tenant = r.tenant and c.run = r.run
       join signing_keys k on k.key_id = c.key_id
      where s.tenant = $1::text and s.statement = $2::text`,
    [tenant, statement],
  );
  return (
    row && {
      ...statementFromRow(row),
      index: Number(row.statement_index),
      seal: row.seal,
      signature: row.signature,
      keyId: row.key_id,
      publicKey: row.public_key,
    }
  );
}

function statementFromRow(row: RawStatementRow): StatementRow {
  return {
    statement: row.statement,
    customer: row.customer,
    currency: row.currency,
    from: Number(row.booking_from_micros),
    to: Number(row.booking_to_micros),
    charges: Number(row.charges),
    sumNanos: BigInt(row.sum_nanos),
    root: row.root.toString('hex'),
    canonical: row.canonical,
    run: row.run,
  };
}

/** From a statement up to its run's root, in hex. */
export function readRunPath(
  tx: Transaction,
  tenant: string,
  { run, index, size }: { readonly run: string; readonly index: number; readonly size: number },
): Promise<string[]> {
  return readSiblings(
    tx,
    `select substring(t.tree from o.at + 1 for 32) as hash
       from run_trees t cross join unnest($3::integer[]) with ordinality as o (at, place)
      where t.tenant = $1::text and t.run = $2::text order by o.place`,
    [tenant, run, siblingOffsets(size, index)],
  );
}

/** From a charge up to its statement's root, in hex. */
export function readChargePath(
  tx: Transaction,
  tenant: string,
  of: { readonly statement: string; readonly index: number; readonly size: number },
): Promise<string[]> {
  return readSiblings(
    tx,
    `select substring(t.tree from o.at + 1 for 32) as hash
       from statement_trees t cross join unnest($3::integer[]) with ordinality as o (at, place)
      where t.tenant = $1::text and t.statement = $2::text order by o.place`,
    [tenant, of.statement, siblingOffsets(of.size, of.index)],
  );
}

async function readSiblings(
  tx: Transaction,
  sql: string,
  parameters: readonly unknown[],
): Promise<string[]> {
  const rows = await tx.query<{ hash: Buffer }>(sql, parameters);
  return rows.map(({ hash }) => hash.toString('hex'));
}

export interface StoredLeaf {
  readonly statement: string;
  readonly leafIndex: number;
  /** Canonical JSON. */
  readonly leaf: string;
  /** Hex. */
  readonly hash: string;
}

interface RawLeafRow {
  readonly statement: string;
  readonly leaf_index: string;
  readonly leaf: string;
  readonly hash: Buffer;
}

/** Leaves of a statement from an index on, in order. */
export async function readLeaves(
  tx: Transaction,
  tenant: string,
  of: { readonly statement: string; readonly fromIndex: number; readonly limit: number },
): Promise<StoredLeaf[]> {
  const rows = await tx.query<RawLeafRow>(
    `select statement, leaf_index, leaf, hash from statement_charges
      where tenant = $1::text and statement = $2::text and leaf_index >= $3::bigint
      order by leaf_index limit $4::integer`,
    [tenant, of.statement, of.fromIndex, of.limit],
  );
  return rows.map(leafFromRow);
}

/** The leaf of a charge, in whatever statement it is. */
export async function readLeafOf(
  tx: Transaction,
  tenant: string,
  { generation, partition, offset, index, n }: ChargeOrigin,
): Promise<StoredLeaf | undefined> {
  const [row] = await tx.query<RawLeafRow>(
    `select statement, leaf_index, leaf, hash from statement_charges
      where generation = $2::integer and partition = $3::integer and "offset" = $4::bigint
        and "index" = $5::integer and n = $6::integer and tenant = $1::text`,
    [tenant, generation, partition, offset, index, n],
  );
  return row && leafFromRow(row);
}

function leafFromRow(row: RawLeafRow): StoredLeaf {
  return {
    statement: row.statement,
    leafIndex: Number(row.leaf_index),
    leaf: row.leaf,
    hash: row.hash.toString('hex'),
  };
}

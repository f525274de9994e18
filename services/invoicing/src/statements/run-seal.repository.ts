import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Hash } from '@farthing/domain/proof/merkle-tree';
import type { RunKey } from '../cycle-runs/cycle-runs.repository.js';

export interface RunLeaf {
  readonly statement: string;
  readonly leafHash: Hash;
}

/** The run's statements in byte order of (customer, currency, from): the leaves of its tree. */
export async function listRunStatements(
  tx: Transaction,
  { tenant, id }: RunKey,
): Promise<RunLeaf[]> {
  const rows = await tx.query<{ statement: string; leaf_hash: Buffer }>(
    `select s.statement, s.leaf_hash
       from drafts d join statements s on s.tenant = d.tenant and s.statement = d.statement
      where d.tenant = $1::text and d.run = $2::text
      order by d.customer, d.currency, d.booking_from_micros`,
    [tenant, id],
  );
  return rows.map((row) => ({ statement: row.statement, leafHash: row.leaf_hash }));
}

/** A statement that is in another run's tree already fails: it is sealed once. */
export async function insertRunTree(
  tx: Transaction,
  { tenant, id }: RunKey,
  { leaves, tree }: { readonly leaves: readonly RunLeaf[]; readonly tree: Buffer },
): Promise<void> {
  await tx.execute(
    `insert into run_statements (tenant, run, statement_index, statement)
     select $1::text, $2::text, place - 1, statement
       from unnest($3::text[]) with ordinality as t (statement, place)`,
    [tenant, id, leaves.map(({ statement }) => statement)],
  );
  await tx.execute(
    `insert into run_trees (tenant, run, tree) values ($1::text, $2::text, $3::bytea)`,
    [tenant, id, tree],
  );
}

/** From here on no charge can be added to the run's statements. */
export async function closePeriods(tx: Transaction, { tenant, id }: RunKey): Promise<void> {
  await tx.execute(
    `update booking_periods as p set run = $2::text
       from drafts d
      where d.tenant = $1::text and d.run = $2::text and p.tenant = d.tenant
        and p.statement = d.statement and p.run is null`,
    [tenant, id],
  );
}

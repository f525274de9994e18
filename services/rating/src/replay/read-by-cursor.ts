import type { Transaction } from '@farthing/adapters/postgres/transaction';

/** The rows of a query, so many in memory at a time. The cursor stays open until the transaction ends. */
export async function* readByCursor<Row extends object>(
  tx: Transaction,
  query: {
    /** The cursor's, which no other has in the transaction. */
    readonly name: string;
    readonly sql: string;
    readonly parameters: readonly unknown[];
    readonly atOnce: number;
  },
): AsyncGenerator<Row> {
  const { name, sql, parameters, atOnce } = query;
  await tx.execute(`declare ${name} no scroll cursor for ${sql}`, parameters);
  for (;;) {
    const rows = await tx.query<Row>(`fetch ${atOnce} from ${name}`);
    yield* rows;
    if (rows.length < atOnce) return;
  }
}

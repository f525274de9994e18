import { decodeCursor } from '@farthing/adapters/http/cursor';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import { formatPosition } from '@farthing/domain/rating/position';
import { z } from 'zod';
import { itemsOf, type Items } from '../items.js';
import type { EntriesQuery } from './ledger.schema.js';

interface EntryRow {
  readonly transaction_id: string;
  readonly n: number;
  readonly debit: boolean;
  readonly amount: string;
  readonly kind: string;
  readonly customer: string;
  readonly reference: string;
  readonly booked_at: string;
  readonly generation: number | null;
  readonly partition: number;
  readonly from_offset: string | null;
  readonly from_index: number | null;
  readonly to_offset: string | null;
  readonly to_index: number | null;
}

/**
 * An account's entries in the order of their transactions. Entries of charges name the range [from, to) of the log
 * whose charges of that customer they net. Undefined for an account that the tenant does not have.
 */
export async function listEntries(
  tx: Transaction,
  tenant: string,
  asked: EntriesQuery,
): Promise<Items<unknown> | undefined> {
  const account = asked.account.slice('acc_'.length);
  if (!(await hasAccount(tx, tenant, account))) return undefined;
  const shape = z.tuple([z.string().regex(/^\d{1,18}$/), z.int()]);
  const [transaction, n] = decodeCursor(asked.after, shape) ?? ['0', -1];
  const rows = await tx.query<EntryRow>(
    `select e.transaction_id, e.n, e.debit, e.amount, t.kind, t.customer, t.reference,
            (extract(epoch from t.booked_at) * 1000000)::bigint as booked_at,
            t.generation, t.partition, t.from_offset, t.from_index, t.to_offset, t.to_index
       from entries e join ledger_transactions t on t.tenant = e.tenant and t.id = e.transaction_id
      where e.tenant = $1::text and e.account_id = $2::bigint
        and (e.transaction_id, e.n) > ($3::bigint, $4::integer)
      order by e.transaction_id, e.n limit $5::integer`,
    [tenant, account, transaction, n, asked.limit + 1],
  );
  return itemsOf(rows, asked.limit, {
    toJson: entryToJson,
    cursorOf: (row) => [row.transaction_id, row.n],
  });
}

async function hasAccount(tx: Transaction, tenant: string, account: string): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from accounts where tenant = $1::text and id = $2::bigint`,
    [tenant, account],
  );
  return rows.length > 0;
}

function entryToJson(row: EntryRow) {
  return {
    id: `ent_${row.transaction_id}-${row.n}`,
    transaction: `txn_${row.transaction_id}`,
    side: row.debit ? 'debit' : 'credit',
    amount: formatNanos(BigInt(row.amount)),
    kind: row.kind,
    ...(row.customer !== '' && { customer: row.customer }),
    ...(row.reference !== '' && { reference: row.reference }),
    bookedAt: formatMicros(Number(row.booked_at)),
    ...rangeOf(row),
  };
}

function rangeOf(row: EntryRow) {
  const { generation, partition, from_offset: from, to_offset: to } = row;
  if (generation === null || from === null || to === null) return {};
  const at = (offset: string, index: number | null) =>
    formatPosition({ generation, partition, offset: BigInt(offset), index: index ?? 0 });
  return { from: at(from, row.from_index), to: at(to, row.to_index) };
}

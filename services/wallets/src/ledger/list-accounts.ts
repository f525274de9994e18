import { decodeCursor } from '@farthing/adapters/http/cursor';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { AccountKind } from '@farthing/domain/ledger/account';
import { balanceOf } from '@farthing/domain/ledger/balance';
import { formatNanos } from '@farthing/domain/money/nanos';
import { z } from 'zod';
import { itemsOf } from '../items.js';
import type { AccountsQuery } from './ledger.schema.js';

interface AccountRow {
  readonly id: string;
  readonly kind: AccountKind;
  readonly owner: string;
  readonly grant_id: string;
  readonly currency: string;
  readonly sum: string;
}

/** Accounts with their balances, positive on the side on which an account of the kind grows. */
export async function listAccounts(tx: Transaction, tenant: string, asked: AccountsQuery) {
  const [after] = decodeCursor(asked.after, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? ['0'];
  const rows = await tx.query<AccountRow>(
    `select a.id, a.kind, a.owner, a.grant_id, a.currency,
            (select coalesce(sum(b.debits_minus_credits), 0) from balances b
              where b.tenant = a.tenant and b.account_id = a.id) as sum
       from accounts a
      where a.tenant = $1::text and a.id > $2::bigint
        and ($3::text is null or a.kind = $3::text) and ($4::text is null or a.owner = $4::text)
      order by a.id limit $5::integer`,
    [tenant, after, asked.kind ?? null, asked.owner ?? null, asked.limit + 1],
  );
  return itemsOf(rows, asked.limit, {
    toJson: (row) => ({
      id: `acc_${row.id}`,
      kind: row.kind,
      owner: row.owner,
      ...(row.grant_id !== '' && { grant: row.grant_id }),
      currency: row.currency,
      balance: formatNanos(balanceOf(row.kind, BigInt(row.sum))),
    }),
    cursorOf: (row) => [row.id],
  });
}

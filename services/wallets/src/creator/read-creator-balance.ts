import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { balanceOf } from '@farthing/domain/ledger/balance';
import { formatNanos } from '@farthing/domain/money/nanos';

/** What a creator has earned and not been paid, by currency. */
export async function readCreatorBalance(
  tx: Transaction,
  { tenant, creator }: { readonly tenant: string; readonly creator: string },
) {
  const rows = await tx.query<{ currency: string; sum: string }>(
    `select a.currency, coalesce(sum(b.debits_minus_credits), 0) as sum
       from accounts a left join balances b on b.tenant = a.tenant and b.account_id = a.id
      where a.tenant = $1::text and a.kind = 'creator_payable' and a.owner = $2::text
      group by a.currency order by a.currency`,
    [tenant, creator],
  );
  const balances = rows.map(({ currency, sum }) => ({
    amount: formatNanos(balanceOf('creator_payable', BigInt(sum))),
    currency,
  }));
  return { creator, balances };
}

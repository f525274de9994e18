import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { formatNanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import { isUsableAt } from '@farthing/domain/wallet/grant';
import { grantToJson } from '../grant/grant-json.js';
import { findOpenGrants } from '../grant/grants.repository.js';

export interface ReadWallet {
  readonly tenant: string;
  readonly customer: string;
  /** Which grants are available now. */
  readonly now: Micros;
}

/**
 * What a customer has, owes unbilled (`receivable`) and owes billed, by currency. `available` sums the grants that
 * can pay now; `grants` are those with something left, also when they begin later.
 */
export async function readWallet(tx: Transaction, asked: ReadWallet) {
  const { tenant, customer, now } = asked;
  const grants = await findOpenGrants(tx, [{ tenant, customer }]);
  const owed = await findOwed(tx, asked);
  const overdrawn = await findOverdrawn(tx, asked);
  const currencies = new Set([
    ...grants.map(({ grant }) => grant.currency),
    ...owed.map(({ currency }) => currency),
  ]);
  const balances = [...currencies].toSorted().map((currency) => {
    const own = grants.filter(({ grant }) => grant.currency === currency);
    const available = own
      .filter(({ grant }) => isUsableAt(grant, now))
      .reduce((sum, { balance }) => sum + balance, 0n);
    const owes = owed.find((row) => row.currency === currency);
    return {
      currency,
      available: formatNanos(available),
      receivable: formatNanos(BigInt(owes?.receivable ?? 0)),
      billed: formatNanos(BigInt(owes?.billed ?? 0)),
      overdrawn: overdrawn.has(currency),
      grants: own.map(({ grant, balance }) => {
        const { customer: _owner, ...json } = grantToJson({ customer, grant, balance });
        return { ...json, amount: json.amount.amount, remaining: json.remaining.amount };
      }),
    };
  });
  return { customer, balances };
}

interface OwedRow {
  readonly currency: string;
  readonly receivable: string;
  readonly billed: string;
}

async function findOwed(
  tx: Transaction,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
): Promise<OwedRow[]> {
  return tx.query<OwedRow>(
    `select a.currency,
            coalesce(sum(b.debits_minus_credits) filter (where a.kind = 'receivable'), 0) as receivable,
            coalesce(sum(b.debits_minus_credits) filter (where a.kind = 'billed'), 0) as billed
       from accounts a left join balances b on b.tenant = a.tenant and b.account_id = a.id
      where a.tenant = $1::text and a.owner = $2::text and a.kind in ('receivable', 'billed')
      group by a.currency`,
    [tenant, customer],
  );
}

async function findOverdrawn(
  tx: Transaction,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
): Promise<Set<string>> {
  const rows = await tx.query<{ currency: string }>(
    `select currency from wallets where tenant = $1::text and customer = $2::text and overdrawn`,
    [tenant, customer],
  );
  return new Set(rows.map(({ currency }) => currency));
}

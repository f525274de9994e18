import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Grant } from '@farthing/domain/wallet/grant';
import type { GrantBalance } from '@farthing/domain/wallet/pay-charge';

/** `open` can pay; `spent` has nothing left; `expired` gave its remainder to breakage. */
export type GrantState = 'open' | 'spent' | 'expired';

/** A grant and whose it is. */
export interface OwnedGrant extends GrantBalance {
  readonly tenant: string;
  readonly customer: string;
  readonly partition: number;
}

export interface GrantRow {
  readonly tenant: string;
  readonly id: string;
  readonly customer: string;
  readonly currency: string;
  readonly kind: Grant['kind'];
  readonly amount: string;
  readonly priority: number;
  readonly effective_from: string;
  readonly expires_at: string | null;
  readonly created_at: string;
  readonly partition: number;
  readonly remaining: string;
}

/** A grant's columns, its instants as microseconds, and what its account still holds. */
export const GRANT_COLUMNS = `
  g.tenant, g.id, g.customer, g.currency, g.kind, g.amount, g.priority, g.partition,
  (extract(epoch from g.effective_from) * 1000000)::bigint as effective_from,
  (extract(epoch from g.expires_at) * 1000000)::bigint as expires_at,
  (extract(epoch from g.created_at) * 1000000)::bigint as created_at,
  -b.debits_minus_credits as remaining`;

export const GRANT_TABLES = `
  grants g join balances b
    on b.tenant = g.tenant and b.account_id = g.account_id and b.partition = g.partition`;

export function grantFromRow(row: GrantRow): OwnedGrant {
  const { tenant, customer, partition } = row;
  const grant: Grant = {
    id: row.id,
    kind: row.kind,
    amount: BigInt(row.amount),
    currency: row.currency,
    priority: row.priority,
    effectiveFrom: Number(row.effective_from),
    ...(row.expires_at !== null && { expiresAt: Number(row.expires_at) }),
    createdAt: Number(row.created_at),
  };
  return { tenant, customer, partition, grant, balance: BigInt(row.remaining) };
}

/**
 * What the customers can spend, and where asked for also what is spent: something may come back to it. Call it under
 * the locks of their wallets.
 */
export async function findOpenGrants(
  tx: Transaction,
  wanted: readonly {
    readonly tenant: string;
    readonly customer: string;
    readonly withSpent?: boolean;
  }[],
): Promise<OwnedGrant[]> {
  const rows = await tx.query<GrantRow>(
    `select ${GRANT_COLUMNS}
       from unnest($1::text[], $2::text[], $3::boolean[]) as w(tenant, customer, with_spent)
       join ${GRANT_TABLES} on g.tenant = w.tenant and g.customer = w.customer
      where g.state = 'open' or (g.state = 'spent' and w.with_spent)`,
    [
      wanted.map((w) => w.tenant),
      wanted.map((w) => w.customer),
      wanted.map((w) => w.withSpent ?? false),
    ],
  );
  return rows.map(grantFromRow);
}

export interface GrantStateChange {
  readonly tenant: string;
  readonly grant: string;
  readonly state: GrantState;
}

/** Call it under the locks of their wallets. An expired grant stays expired. */
export async function setGrantStates(
  tx: Transaction,
  changes: readonly GrantStateChange[],
): Promise<void> {
  await tx.execute(
    `update grants g set state = c.state
       from unnest($1::text[], $2::text[], $3::text[]) as c(tenant, id, state)
      where g.tenant = c.tenant and g.id = c.id and g.state <> c.state and g.state <> 'expired'`,
    [changes.map((c) => c.tenant), changes.map((c) => c.grant), changes.map((c) => c.state)],
  );
}

export interface NewGrant {
  readonly tenant: string;
  readonly customer: string;
  readonly partition: number;
  readonly grant: Grant;
  readonly accountId: string;
}

export async function insertGrant(tx: Transaction, added: NewGrant): Promise<void> {
  const { grant } = added;
  await tx.execute(
    `insert into grants (tenant, id, customer, currency, kind, amount, priority, effective_from, expires_at,
       created_at, account_id, partition, state)
     values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::integer,
       timestamptz 'epoch' + $8::bigint * interval '1 microsecond',
       timestamptz 'epoch' + $9::bigint * interval '1 microsecond',
       timestamptz 'epoch' + $10::bigint * interval '1 microsecond', $11::bigint, $12::integer, 'open')`,
    [
      added.tenant,
      grant.id,
      added.customer,
      grant.currency,
      grant.kind,
      grant.amount,
      grant.priority,
      grant.effectiveFrom,
      grant.expiresAt ?? null,
      grant.createdAt,
      added.accountId,
      added.partition,
    ],
  );
}

/** Grants whose time is over and whose remainder is not posted yet, the longest overdue first. */
export async function findDueGrants(
  tx: Transaction,
  before: number,
  limit: number,
): Promise<
  {
    readonly tenant: string;
    readonly id: string;
    readonly customer: string;
    readonly currency: string;
  }[]
> {
  return tx.query(
    `select tenant, id, customer, currency from grants
      where state <> 'expired' and expires_at <= timestamptz 'epoch' + $1::bigint * interval '1 microsecond'
      order by expires_at limit $2::integer`,
    [before, limit],
  );
}

/** Undefined once it has expired. Call it under the lock of its wallet. */
export async function findUnexpiredGrant(
  tx: Transaction,
  { tenant, id }: { readonly tenant: string; readonly id: string },
): Promise<OwnedGrant | undefined> {
  const [row] = await tx.query<GrantRow>(
    `select ${GRANT_COLUMNS} from ${GRANT_TABLES}
      where g.tenant = $1::text and g.id = $2::text and g.state <> 'expired'`,
    [tenant, id],
  );
  return row && grantFromRow(row);
}

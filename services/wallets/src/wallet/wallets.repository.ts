import type { Transaction } from '@farthing/adapters/postgres/transaction';

/** A customer's prepaid balance in one currency. */
export interface WalletId {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
}

/**
 * Locks the customers' wallets in the order of their ids, which everyone keeps, so nobody waits in a circle.
 * Without a wallet there is nothing to spend and nothing to lock.
 */
export async function lockWallets(
  tx: Transaction,
  wanted: readonly { readonly tenant: string; readonly customer: string }[],
): Promise<void> {
  await tx.execute(
    `select 1 from wallets
      where (tenant, customer) in (select * from unnest($1::text[], $2::text[]))
      order by tenant, customer, currency
        for update`,
    [wanted.map((w) => w.tenant), wanted.map((w) => w.customer)],
  );
}

/** Makes the wallet where there is none, and holds its row until the end of the transaction. */
export async function lockOrCreateWallet(tx: Transaction, wallet: WalletId): Promise<void> {
  await tx.execute(
    `insert into wallets (tenant, customer, currency, overdrawn)
     values ($1::text, $2::text, $3::text, false) on conflict do nothing`,
    [wallet.tenant, wallet.customer, wallet.currency],
  );
  await tx.execute(
    `select 1 from wallets where tenant = $1::text and customer = $2::text and currency = $3::text for update`,
    [wallet.tenant, wallet.customer, wallet.currency],
  );
}

/** A prepaid wallet lacked funds for a charge: the next authorisation looks here. */
export async function raiseOverdrawn(tx: Transaction, wallets: readonly WalletId[]): Promise<void> {
  await tx.execute(
    `insert into wallets as w (tenant, customer, currency, overdrawn)
     select tenant, customer, currency, true
       from unnest($1::text[], $2::text[], $3::text[]) as o(tenant, customer, currency)
      order by tenant, customer, currency
         on conflict (tenant, customer, currency) do update set overdrawn = true
      where not w.overdrawn`,
    [wallets.map((w) => w.tenant), wallets.map((w) => w.customer), wallets.map((w) => w.currency)],
  );
}

/** New credit came: there is something to spend again. */
export async function clearOverdrawn(tx: Transaction, wallet: WalletId): Promise<void> {
  await tx.execute(
    `update wallets set overdrawn = false
      where tenant = $1::text and customer = $2::text and currency = $3::text and overdrawn`,
    [wallet.tenant, wallet.customer, wallet.currency],
  );
}

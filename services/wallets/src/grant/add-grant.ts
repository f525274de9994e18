import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { accountKey, walletAccount } from '@farthing/domain/ledger/account';
import { grantPosting } from '@farthing/domain/ledger/grant-postings';
import { isCurrency } from '@farthing/domain/money/currency';
import type { Micros } from '@farthing/domain/period/micros';
import type { Grant } from '@farthing/domain/wallet/grant';
import { findCustomers } from '../customer/customers.repository.js';
import type { Refusal } from '../errors.js';
import { grantKey } from '../ledger/ledger-transaction.js';
import { postTransaction } from '../ledger/post-transactions.js';
import { clearOverdrawn, lockOrCreateWallet } from '../wallet/wallets.repository.js';
import type { GrantBody } from './grant.schema.js';
import { insertGrant } from './grants.repository.js';

export interface AddGrant {
  readonly tenant: string;
  readonly customer: string;
  /** The customer's. */
  readonly partition: number;
  /** Of the new grant. */
  readonly id: string;
  readonly body: GrantBody;
  readonly now: Micros;
}

export type AddGrantOutcome =
  | { readonly outcome: 'added'; readonly grant: Grant }
  | { readonly outcome: 'refused'; readonly reason: Refusal };

/** Adds credit to a wallet and posts it at once, under the wallet's row lock. */
export async function addGrant(tx: Transaction, command: AddGrant): Promise<AddGrantOutcome> {
  const { tenant, customer, partition } = command;
  const decided = grantFrom(command);
  if (decided.outcome === 'refused') return decided;
  const { grant } = decided;
  const [facts] = await findCustomers(tx, [{ tenant, customer }]);
  if (facts?.closed) return { outcome: 'refused', reason: 'customer_closed' };
  const wallet = { tenant, customer, currency: grant.currency };
  await lockOrCreateWallet(tx, wallet);
  const owner = { ...wallet, grant: grant.id };
  const accountIds = await postTransaction(tx, {
    tenant,
    key: grantKey(grant.id),
    kind: 'grant',
    customer,
    reference: grant.id,
    bookedAt: grant.createdAt,
    partition,
    postings: [grantPosting(owner, grant.kind, grant.amount)],
  });
  const account = walletAccount(wallet, { customer, grant: grant.id });
  const accountId = accountIds.get(accountKey(account))!;
  await insertGrant(tx, { tenant, customer, partition, grant, accountId });
  await clearOverdrawn(tx, wallet);
  return { outcome: 'added', grant };
}

function grantFrom({ id, body, now }: AddGrant): AddGrantOutcome {
  const { kind, priority, expiresAt, amount } = body;
  const effectiveFrom = body.effectiveFrom ?? now;
  if (!isCurrency(amount.currency)) return { outcome: 'refused', reason: 'currency_unknown' };
  if (expiresAt !== undefined && expiresAt <= effectiveFrom) {
    return { outcome: 'refused', reason: 'grant_expires_before_effect' };
  }
  if (expiresAt !== undefined && expiresAt <= now) {
    return { outcome: 'refused', reason: 'grant_already_expired' };
  }
  const grant: Grant = {
    id,
    kind,
    amount: amount.amount,
    currency: amount.currency,
    priority,
    effectiveFrom,
    ...(expiresAt !== undefined && { expiresAt }),
    createdAt: now,
  };
  return { outcome: 'added', grant };
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CustomerFacts } from '../customer/customers.repository.js';
import type { AccountIds } from '../ledger/accounts.repository.js';
import { findUnpublished } from '../paid/paid-messages.repository.js';
import type { PaidPublisher } from '../paid/paid-publisher.js';
import type { TallySums } from './barrier-tally.js';

/**
 * What is remembered of a partition between transactions, under the stamp of `PartitionMemory`. All of it is only
 * known sooner that way: what is not in it is read, and balances of grants are never in it.
 */
export interface PartitionState {
  readonly customers: Map<string, CustomerFacts>;
  readonly accountIds: AccountIds;
  readonly tallies: Map<string, TallySums>;
}

const CUSTOMERS_MAX = 5_000;
const ACCOUNTS_MAX = 10_000;
const TENANTS_MAX = 1_000;

/**
 * Begins with nothing known, except what an earlier owner committed and may not have sent: somebody else moved the
 * partition, so the publisher takes all of it up again before anything that follows.
 */
export async function loadPartitionState(
  tx: Transaction,
  partition: number,
  publisher: PaidPublisher,
): Promise<PartitionState> {
  publisher.adopt(partition, await findUnpublished(tx, partition));
  return { customers: new Map(), accountIds: new Map(), tallies: new Map() };
}

/** Memory grows with what is active, not with what there is. Call it before a transaction adds to the state. */
export function boundPartitionState(state: PartitionState): void {
  if (state.customers.size > CUSTOMERS_MAX) state.customers.clear();
  if (state.accountIds.size > ACCOUNTS_MAX) state.accountIds.clear();
  if (state.tallies.size > TENANTS_MAX) state.tallies.clear();
}

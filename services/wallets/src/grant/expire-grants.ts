import type { Clock } from '@farthing/adapters/config/clock';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import { expiryPostings } from '@farthing/domain/ledger/grant-postings';
import type { DataSource } from 'typeorm';
import { expiryKey } from '../ledger/ledger-transaction.js';
import { postTransactions } from '../ledger/post-transactions.js';
import type { Metrics } from '../metrics.js';
import { lockWallets } from '../wallet/wallets.repository.js';
import { findDueGrants, findUnexpiredGrant, setGrantStates } from './grants.repository.js';

export interface ExpireGrantsParts {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** A grant can still pay what occurred before its end and arrives this long after it. */
  readonly settleMs: number;
}

/** How many one look takes. */
export const GRANTS_MAX = 100;

/**
 * Posts what is left of grants whose time is over to breakage, each once, booked at the end that the grant states.
 * Answers how many it ended; as many as `GRANTS_MAX` means that there may be more.
 */
export async function expireGrants(parts: ExpireGrantsParts): Promise<number> {
  const before = parts.clock.nowMicros() - parts.settleMs * 1_000;
  const due = await runInTransaction(parts.dataSource, { readOnly: true }, (tx) =>
    findDueGrants(tx, before, GRANTS_MAX),
  );
  let ended = 0;
  for (const grant of due) if (await expireGrant(parts, grant)) ended += 1;
  return ended;
}

interface DueGrant {
  readonly tenant: string;
  readonly id: string;
  readonly customer: string;
}

async function expireGrant(parts: ExpireGrantsParts, due: DueGrant): Promise<boolean> {
  const ended = await runInTransaction(parts.dataSource, {}, async (tx) => {
    await lockWallets(tx, [due]);
    // Another process may have been faster; under the lock there is one answer.
    const found = await findUnexpiredGrant(tx, due);
    const bookedAt = found?.grant.expiresAt;
    if (!found || bookedAt === undefined) return false;
    const { tenant, customer, partition, grant, balance } = found;
    const owner = { tenant, customer, grant: grant.id, currency: grant.currency };
    const postings = expiryPostings(owner, balance);
    const key = expiryKey(grant.id);
    const reference = grant.id;
    const kind = 'expiry';
    await postTransactions(
      tx,
      [{ tenant, key, kind, customer, reference, bookedAt, partition, postings }],
      new Map(),
    );
    await setGrantStates(tx, [{ tenant, grant: grant.id, state: 'expired' }]);
    return true;
  });
  if (ended) parts.metrics.grantExpired();
  return ended;
}

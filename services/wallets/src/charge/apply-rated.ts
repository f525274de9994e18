import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { encodePaidMessage } from '@farthing/contracts/wire/paid-message';
import { customerKey, saveCustomers } from '../customer/customers.repository.js';
import { orHalt } from '../errors.js';
import { setGrantStates } from '../grant/grants.repository.js';
import { postTransactions } from '../ledger/post-transactions.js';
import { copyPaidMessages, type OutgoingPaid } from '../paid/paid-messages.repository.js';
import { usageMoves } from '../usage/usage-to-date.js';
import { moveUsage } from '../usage/usage-to-date.repository.js';
import { raiseOverdrawn, type WalletId } from '../wallet/wallets.repository.js';
import type { TallySums } from './barrier-tally.js';
import { saveTallies } from './barrier-tallies.repository.js';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { copyChargePayments, insertCorrectingCharges } from './charge-payments.repository.js';
import { loadPurse } from './load-purse.js';
import { boundPartitionState, type PartitionState } from './partition-state.js';
import { payPart, type PaidPart, type Purse, type Shortfall } from './pay-part.js';
import type { RatedPart } from './plan-chunk.js';

/** What one transaction did, for the publisher and the metrics. */
export interface AppliedParts {
  readonly messages: readonly OutgoingPaid[];
  readonly charges: number;
  readonly entries: number;
  readonly shortfalls: readonly Shortfall[];
}

/** Pays and posts the parts, all of one partition, in the transaction that holds the partition's progress. */
export async function applyRated(
  tx: Transaction,
  state: PartitionState,
  parts: readonly RatedPart[],
): Promise<AppliedParts> {
  boundPartitionState(state);
  const purse = await loadPurse(tx, state, parts);
  const paid = orHalt('rated charges', () => parts.map((part) => payPart(part, purse)));
  const messages = paid.map(messageOf);
  const correcting = parts.flatMap((part) =>
    part.charges.filter(({ corrects }) => corrects !== ''),
  );
  const entries = await save(tx, state, { paid, purse, messages, correcting });
  const moves = usageMoves(parts.flatMap((part) => part.charges));
  if (moves.length > 0) await moveUsage(tx, moves);
  return {
    messages,
    entries,
    charges: parts.reduce((sum, part) => sum + part.charges.length, 0),
    shortfalls: paid.flatMap(({ shortfalls }) => shortfalls),
  };
}

function messageOf({ range, echoes, payments }: PaidPart): OutgoingPaid {
  return { range, bytes: encodePaidMessage({ ...range, echoes, payments }) };
}

interface Outcome {
  readonly paid: readonly PaidPart[];
  readonly purse: Purse;
  readonly messages: readonly OutgoingPaid[];
  /** The charges that correct others. */
  readonly correcting: readonly RatedCharge[];
}

/** Answers how many entries were written. */
async function save(
  tx: Transaction,
  state: PartitionState,
  { paid, purse, messages, correcting }: Outcome,
): Promise<number> {
  const log = paid[0]!.range.from;
  const changed = [...purse.changedCustomers.values()];
  if (changed.length > 0) await saveCustomers(tx, changed);
  const transactions = paid.flatMap((part) => part.transactions);
  const posted = await postTransactions(tx, transactions, state.accountIds);
  const payments = paid.flatMap((part) => part.payments);
  if (payments.length > 0) await copyChargePayments(tx, log, payments);
  if (correcting.length > 0) await insertCorrectingCharges(tx, log, correcting);
  await saveTallies(tx, log.partition, talliesOf(purse));
  const moves = [...purse.grantMoves.values()];
  if (moves.length > 0) {
    await setGrantStates(
      tx,
      moves.map(({ tenant, grant, remaining }) => ({
        tenant,
        grant,
        state: remaining === 0n ? 'spent' : 'open',
      })),
    );
  }
  const overdrawn = paid.flatMap((part) => part.shortfalls);
  if (overdrawn.length > 0) await raiseOverdrawn(tx, distinctWallets(overdrawn));
  await copyPaidMessages(tx, messages);
  return posted.entries;
}

function talliesOf({ tallies, tenants }: Purse): Map<string, TallySums> {
  return new Map([...tenants].map((tenant) => [tenant, tallies.get(tenant)!]));
}

function distinctWallets(shortfalls: readonly Shortfall[]): WalletId[] {
  const wallets = new Map<string, WalletId>();
  for (const { tenant, customer, currency } of shortfalls) {
    wallets.set(`${customerKey(tenant, customer)} ${currency}`, { tenant, customer, currency });
  }
  return [...wallets.values()];
}

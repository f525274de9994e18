import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { encodePaidMessage } from '@farthing/contracts/wire/paid-message';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import type { GrantBalance } from '@farthing/domain/wallet/pay-charge';
import { customerKey, findCustomers, saveCustomers } from '../customer/customers.repository.js';
import { orHalt } from '../errors.js';
import { findOpenGrants, setGrantStates } from '../grant/grants.repository.js';
import { postTransactions } from '../ledger/post-transactions.js';
import { copyPaidMessages, type OutgoingPaid } from '../paid/paid-messages.repository.js';
import { lockWallets, raiseOverdrawn, type WalletId } from '../wallet/wallets.repository.js';
import type { TallySums } from './barrier-tally.js';
import { findTallies, saveTallies } from './barrier-tallies.repository.js';
import { copyChargePayments, findCorrectedParts } from './charge-payments.repository.js';
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
  const entries = await save(tx, state, { paid, purse, messages });
  return {
    messages,
    entries,
    charges: parts.reduce((sum, part) => sum + part.charges.length, 0),
    shortfalls: paid.flatMap(({ shortfalls }) => shortfalls),
  };
}

async function loadPurse(
  tx: Transaction,
  state: PartitionState,
  parts: readonly RatedPart[],
): Promise<Purse> {
  const { partition } = parts[0]!.range.from;
  const charges = parts.flatMap((part) => part.charges);
  const tenants = new Set(charges.map(({ tenant }) => tenant));
  const owners = new Map<string, { tenant: string; customer: string }>();
  for (const { tenant, customer } of charges)
    owners.set(customerKey(tenant, customer), { tenant, customer });
  const prepaid = new Set<string>();
  const changing = new Map<string, { tenant: string; customer: string }>();
  for (const { record } of parts.flatMap((part) => part.echoes)) {
    if (record.case === 'barrierPassed') tenants.add(record.value.tenant);
    if (record.case !== 'customerChanged') continue;
    const { tenant, customer } = record.value;
    changing.set(customerKey(tenant, customer), { tenant, customer });
    // Whatever it was, it may become prepaid within this very message.
    prepaid.add(customerKey(tenant, customer));
  }
  const unknown = [...new Map([...owners, ...changing])].filter(
    ([key]) => !state.customers.has(key),
  );
  if (unknown.length > 0) {
    const found = await findCustomers(
      tx,
      unknown.map(([, owner]) => owner),
    );
    for (const facts of found)
      state.customers.set(customerKey(facts.tenant, facts.customer), facts);
  }
  const untold = [...tenants].filter((tenant) => !state.tallies.has(tenant));
  if (untold.length > 0) {
    for (const [tenant, sums] of await findTallies(tx, partition, untold))
      state.tallies.set(tenant, sums);
  }
  const spenders = [...owners].filter(
    ([key]) => prepaid.has(key) || (state.customers.get(key)?.funding ?? 'postpaid') !== 'postpaid',
  );
  return {
    customers: state.customers,
    tallies: state.tallies,
    tenants,
    grants: await loadGrants(
      tx,
      spenders.map(([, owner]) => owner),
    ),
    corrected: await loadCorrected(tx, charges),
    changedCustomers: new Map(),
    grantMoves: new Map(),
  };
}

async function loadGrants(
  tx: Transaction,
  spenders: readonly { readonly tenant: string; readonly customer: string }[],
): Promise<Map<string, GrantBalance[]>> {
  const grants = new Map<string, GrantBalance[]>();
  if (spenders.length === 0) return grants;
  await lockWallets(tx, spenders);
  for (const { tenant, customer, grant, balance } of await findOpenGrants(tx, spenders)) {
    const key = customerKey(tenant, customer);
    const held = grants.get(key) ?? [];
    held.push({ grant, balance });
    grants.set(key, held);
  }
  return grants;
}

async function loadCorrected(
  tx: Transaction,
  charges: readonly RatedCharge[],
): Promise<Purse['corrected']> {
  const ids = [...new Set(charges.map(({ corrects }) => corrects).filter((id) => id !== ''))];
  if (ids.length === 0) return undefined;
  return findCorrectedParts(
    tx,
    ids.map((id) => {
      const origin = parseChargeId(id);
      if (!origin) throw new Error(`a charge corrects ${id}, which is no charge id`);
      return origin;
    }),
  );
}

function messageOf({ range, echoes, payments }: PaidPart): OutgoingPaid {
  return { range, bytes: encodePaidMessage({ ...range, echoes, payments }) };
}

interface Outcome {
  readonly paid: readonly PaidPart[];
  readonly purse: Purse;
  readonly messages: readonly OutgoingPaid[];
}

/** Answers how many entries were written. */
async function save(
  tx: Transaction,
  state: PartitionState,
  { paid, purse, messages }: Outcome,
): Promise<number> {
  const log = paid[0]!.range.from;
  const changed = [...purse.changedCustomers.values()];
  if (changed.length > 0) await saveCustomers(tx, changed);
  const transactions = paid.flatMap((part) => part.transactions);
  const posted = await postTransactions(tx, transactions, state.accountIds);
  const payments = paid.flatMap((part) => part.payments);
  if (payments.length > 0) await copyChargePayments(tx, log, payments);
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

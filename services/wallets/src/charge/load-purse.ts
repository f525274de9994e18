import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import type { GrantBalance } from '@farthing/domain/wallet/pay-charge';
import { customerKey, findCustomers } from '../customer/customers.repository.js';
import { findOpenGrants } from '../grant/grants.repository.js';
import { lockWallets } from '../wallet/wallets.repository.js';
import { findTallies } from './barrier-tallies.repository.js';
import { findCorrectedParts } from './charge-payments.repository.js';
import type { PartitionState } from './partition-state.js';
import type { Purse } from './pay-part.js';
import type { RatedPart } from './plan-chunk.js';

interface Owner {
  readonly tenant: string;
  readonly customer: string;
}

/**
 * Reads, in a few batched queries, all that paying the parts needs: customers, tallies, what their wallets hold (under
 * the locks of these wallets) and who paid the charges that are corrected.
 */
export async function loadPurse(
  tx: Transaction,
  state: PartitionState,
  parts: readonly RatedPart[],
): Promise<Purse> {
  const charges = parts.flatMap((part) => part.charges);
  const changing = ownersOf(
    parts.flatMap((part) =>
      part.echoes.flatMap(({ record }) =>
        record.case === 'customerChanged' ? [record.value] : [],
      ),
    ),
  );
  const owners = ownersOf(charges);
  const tenants = tenantsOf(parts);
  await learnCustomers(tx, state, new Map([...owners, ...changing]));
  await learnTallies(tx, state, { tenants, partition: parts[0]!.range.from.partition });
  const refunded = ownersOf(charges.filter(({ corrects }) => corrects !== ''));
  // Whoever changes may become prepaid within this very message, and a refund may go back to a grant.
  const spenders = [...owners].filter(
    ([key]) =>
      changing.has(key) || refunded.has(key) || state.customers.get(key)?.funding !== 'postpaid',
  );
  const grants = await loadGrants(
    tx,
    // What comes back to a spent grant can be spent again by what follows in this very transaction.
    spenders.map(([key, owner]) => ({ ...owner, withSpent: refunded.has(key) })),
  );
  return {
    customers: state.customers,
    tallies: state.tallies,
    tenants,
    grants,
    corrected: await loadCorrected(tx, charges),
    changedCustomers: new Map(),
    grantMoves: new Map(),
  };
}

function ownersOf(things: readonly Owner[]): Map<string, Owner> {
  return new Map(
    things.map(({ tenant, customer }) => [customerKey(tenant, customer), { tenant, customer }]),
  );
}

function tenantsOf(parts: readonly RatedPart[]): Set<string> {
  const tenants = new Set<string>();
  for (const { charges, echoes } of parts) {
    for (const { tenant } of charges) tenants.add(tenant);
    for (const { record } of echoes)
      if (record.case === 'barrierPassed') tenants.add(record.value.tenant);
  }
  return tenants;
}

async function learnCustomers(
  tx: Transaction,
  { customers }: PartitionState,
  wanted: ReadonlyMap<string, Owner>,
): Promise<void> {
  const unknown = [...wanted].filter(([key]) => !customers.has(key)).map(([, owner]) => owner);
  if (unknown.length === 0) return;
  for (const facts of await findCustomers(tx, unknown))
    customers.set(customerKey(facts.tenant, facts.customer), facts);
}

async function learnTallies(
  tx: Transaction,
  { tallies }: PartitionState,
  wanted: { readonly tenants: ReadonlySet<string>; readonly partition: number },
): Promise<void> {
  const unknown = [...wanted.tenants].filter((tenant) => !tallies.has(tenant));
  if (unknown.length === 0) return;
  for (const [tenant, sums] of await findTallies(tx, wanted.partition, unknown))
    tallies.set(tenant, sums);
}

async function loadGrants(
  tx: Transaction,
  spenders: ReadonlyArray<Owner & { readonly withSpent: boolean }>,
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

/** Also under the locks: a grant that expires meanwhile would be given back to after its end. */
async function loadCorrected(
  tx: Transaction,
  charges: readonly RatedCharge[],
): Promise<Purse['corrected']> {
  const tenants = new Map(charges.map(({ corrects, tenant }) => [corrects, tenant]));
  tenants.delete('');
  if (tenants.size === 0) return undefined;
  const origins = [...tenants].map(([id, tenant]) => {
    const origin = parseChargeId(id);
    if (!origin) throw new PartitionHalted('unknown_message', `${id} is no charge to correct`);
    return { ...origin, tenant };
  });
  return findCorrectedParts(tx, origins);
}

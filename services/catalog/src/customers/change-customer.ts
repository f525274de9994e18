import { isDeepStrictEqual } from 'node:util';
import { appendToOutbox, type OutboxRef } from '@farthing/adapters/outbox/outbox';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { findArchivedPrices } from '../prices/archived-prices.repository.js';
import type { TenantDocument } from '../tenants/tenant.schema.js';
import {
  findExistingKeys,
  findLatestVersion,
  lockCatalog,
  readCatalogVersion,
} from '../versions/versions.repository.js';
import { changeProfile } from './change-profile.js';
import type { Customer, CustomerFacts, CustomerName } from './customer.js';
import { customerToMessage } from './customer-message.js';
import { customerAnswer, defaultFacts, factsFrom } from './customer.schema.js';
import type { CustomerAnswer, CustomerBody } from './customer.schema.js';
import { findCustomer, lockCustomer, saveCustomer } from './customers.repository.js';

export interface CustomerChange extends CustomerName {
  readonly body: CustomerBody;
  /** How many partitions the topics have that a customer's partition is in. */
  readonly partitions: number;
}

/** Makes the customer be what the body says; what it leaves out is as the tenant's defaults are. */
export async function putCustomer(
  tx: Transaction,
  change: CustomerChange,
): Promise<CommandAnswer<CustomerAnswer>> {
  await lockCustomer(tx, change);
  const existing = await findCustomer(tx, change);
  const facts = factsFrom(change.body, await readDefaults(tx, change.tenant));
  return save(tx, { change, existing, facts, profileMode: 'replace' });
}

/** Changes only what the body says. */
export async function patchCustomer(
  tx: Transaction,
  change: CustomerChange,
): Promise<CommandAnswer<CustomerAnswer>> {
  await lockCustomer(tx, change);
  const existing = await findCustomer(tx, change);
  if (!existing) throw refusal('unknown_customer');
  const facts = factsFrom(change.body, existing.facts);
  return save(tx, { change, existing, facts, profileMode: 'merge' });
}

interface CustomerSave {
  readonly change: CustomerChange;
  readonly existing: Customer | undefined;
  readonly facts: CustomerFacts;
  readonly profileMode: 'replace' | 'merge';
}

async function save(
  tx: Transaction,
  { change, existing, facts, profileMode }: CustomerSave,
): Promise<CommandAnswer<CustomerAnswer>> {
  const { tenant, id, body } = change;
  if (body.plan !== undefined) await assertPlan(tx, tenant, body.plan);
  const added = body.priceOverrides?.filter((key) => !existing?.facts.priceOverrides.includes(key));
  if (added?.length) await assertPrices(tx, tenant, { overrides: body.priceOverrides!, added });
  const partition = partitionOf(tenant, id, change.partitions);
  const messages: OutboxRef[] = [];
  let customer = existing;
  // Version 0 is rating's own: whoever states the facts makes version 1 of them, also when they are the same.
  const changed = !existing?.outboxNumber || !isDeepStrictEqual(existing.facts, facts);
  if (changed) {
    const catalogVersion = await readCatalogVersion(tx);
    const next = { tenant, id, version: (existing?.version ?? 0) + 1, facts };
    const message = customerToMessage(next, { partition, catalogVersion });
    const ref = await appendToOutbox(tx, message);
    customer = { ...next, outboxNumber: ref.number };
    await saveCustomer(tx, customer);
  }
  messages.push({ topic: TOPICS.usageAccepted, partition, number: customer!.outboxNumber! });
  if (body.profile) {
    const profile = { details: body.profile, mode: profileMode };
    messages.push(await changeProfile(tx, { tenant, id }, { ...profile, partition }));
  }
  return { status: 200, body: customerAnswer(customer!), messages, kind: 'customer', changed };
}

async function readDefaults(tx: Transaction, tenant: string): Promise<CustomerFacts> {
  const name = { tenant, kind: 'tenant', key: tenant } as const;
  const stored = await findLatestVersion<TenantDocument>(tx, name);
  if (!stored) throw refusal('unknown_tenant');
  return defaultFacts(stored.document.defaults);
}

async function assertPlan(tx: Transaction, tenant: string, plan: string): Promise<void> {
  const existing = await findExistingKeys(tx, { tenant, kind: 'plan' }, [plan]);
  if (existing.size === 0) throw refusal('unknown_plan', '/plan');
}

/** Overrides that a customer has stay when they are archived; none is archived while they are looked up. */
async function assertPrices(
  tx: Transaction,
  tenant: string,
  {
    overrides,
    added,
  }: { readonly overrides: readonly string[]; readonly added: readonly string[] },
): Promise<void> {
  await lockCatalog(tx);
  const existing = await findExistingKeys(tx, { tenant, kind: 'price' }, added);
  const archived = await findArchivedPrices(tx, tenant, added);
  for (const key of added) {
    const pointer = `/priceOverrides/${overrides.indexOf(key)}`;
    if (!existing.has(key)) throw refusal('unknown_price', pointer);
    if (archived.has(key)) throw refusal('price_archived', pointer);
  }
}

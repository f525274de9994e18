import { isDeepStrictEqual } from 'node:util';
import { appendToOutbox, type OutboxRef } from '@farthing/adapters/outbox/outbox';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import type { CustomerName, CustomerProfile, ProfileDetails } from './customer.js';
import { profileToMessage } from './customer-message.js';
import { findCustomer, lockCustomer } from './customers.repository.js';
import { findProfile, saveProfile } from './profiles.repository.js';

export interface ProfileChange {
  readonly details: ProfileDetails;
  /** Whether what it leaves out is dropped or stays. */
  readonly mode: 'replace' | 'merge';
  readonly partition: number;
}

/** The caller has locked the customer. Answers what Kafka must have. */
export async function changeProfile(
  tx: Transaction,
  customer: CustomerName,
  { details, mode, partition }: ProfileChange,
): Promise<OutboxRef> {
  const existing = await findProfile(tx, customer);
  const wanted = mode === 'merge' ? { ...existing?.details, ...details } : details;
  if (existing?.details && isDeepStrictEqual(existing.details, wanted)) {
    return { topic: TOPICS.customerProfiles, partition, number: existing.outboxNumber };
  }
  return saveNext(tx, customer, { existing, details: wanted, partition });
}

/** Erases the profile here and, by a tombstone, wherever it was read. The customer and its charges stay. */
export async function eraseProfile(
  tx: Transaction,
  customer: CustomerName,
  partitions: number,
): Promise<CommandAnswer<null>> {
  await lockCustomer(tx, customer);
  if (!(await findCustomer(tx, customer))) throw refusal('unknown_customer');
  const partition = partitionOf(customer.tenant, customer.id, partitions);
  const existing = await findProfile(tx, customer);
  const answer = { status: 204, body: null, kind: 'profile' } as const;
  if (!existing) return { ...answer, changed: false };
  if (!existing.details) {
    const topic = TOPICS.customerProfiles;
    const messages = [{ topic, partition, number: existing.outboxNumber }];
    return { ...answer, messages, changed: false };
  }
  const message = await saveNext(tx, customer, { existing, details: undefined, partition });
  return { ...answer, messages: [message], changed: true };
}

async function saveNext(
  tx: Transaction,
  customer: CustomerName,
  next: {
    readonly existing: CustomerProfile | undefined;
    readonly details: ProfileDetails | undefined;
    readonly partition: number;
  },
): Promise<OutboxRef> {
  const profile = { version: (next.existing?.version ?? 0) + 1, details: next.details };
  const message = await appendToOutbox(tx, profileToMessage(customer, profile, next.partition));
  await saveProfile(tx, customer, { ...profile, outboxNumber: message.number });
  return message;
}

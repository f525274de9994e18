import { create, toBinary } from '@bufbuild/protobuf';
import type { OutboxMessage } from '@farthing/adapters/outbox/outbox';
import {
  fundingFromMessage,
  fundingToMessage,
  intervalFromMessage,
  intervalToMessage,
} from '@farthing/contracts/catalog/schedule-message';
import { CustomerProfileSchema } from '@farthing/contracts/generated/farthing/catalog/v1/profile_pb';
import type { CustomerChanged } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { SCHEMA_VERSION } from '@farthing/contracts/topics/log-generation';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import type { Customer, CustomerFacts, CustomerName, ProfileDetails } from './customer.js';

/** `CustomerChanged`, for the customer's partition of the log. */
export function customerToMessage(
  { tenant, id, version, facts }: Omit<Customer, 'outboxNumber'>,
  to: { readonly partition: number; readonly catalogVersion: number },
): OutboxMessage {
  const value = encodeControlRecord({
    case: 'customerChanged',
    value: {
      commandId: `customer:${id}:${version}`,
      tenant,
      customer: id,
      version: BigInt(version),
      catalogVersion: BigInt(to.catalogVersion),
      plan: facts.plan,
      currency: facts.currency,
      priceOverrides: [...facts.priceOverrides],
      timeZone: facts.timeZone,
      anchorAtMicros: BigInt(facts.anchorAt),
      interval: intervalToMessage(facts.interval),
      funding: fundingToMessage(facts.funding),
      closed: facts.closed,
    },
  });
  return { topic: TOPICS.usageAccepted, partition: to.partition, value };
}

/** The customer that an echo in `charges.rated.v1` speaks of. */
export function customerFromMessage(message: CustomerChanged): Omit<Customer, 'outboxNumber'> {
  const facts: CustomerFacts = {
    plan: message.plan,
    currency: message.currency,
    priceOverrides: message.priceOverrides,
    timeZone: message.timeZone,
    anchorAt: Number(message.anchorAtMicros),
    interval: intervalFromMessage(message.interval),
    funding: fundingFromMessage(message.funding),
    closed: message.closed,
  };
  const { tenant, customer: id, version } = message;
  return { tenant, id, version: Number(version), facts };
}

/** A version of a profile, or the tombstone that erases all of them. */
export function profileToMessage(
  { tenant, id }: CustomerName,
  profile: { readonly version: number; readonly details: ProfileDetails | undefined },
  partition: number,
): OutboxMessage {
  const key = `${tenant}\u0000${id}`;
  const { version, details } = profile;
  if (!details) return { topic: TOPICS.customerProfiles, partition, key, value: null };
  const message = create(CustomerProfileSchema, {
    schemaVersion: SCHEMA_VERSION,
    tenant,
    customer: id,
    version: BigInt(version),
    name: details.name ?? '',
    email: details.email ?? '',
    addressLines: [...(details.addressLines ?? [])],
    country: details.country ?? '',
    taxId: details.taxId ?? '',
  });
  const value = Buffer.from(toBinary(CustomerProfileSchema, message));
  return { topic: TOPICS.customerProfiles, partition, key, value };
}

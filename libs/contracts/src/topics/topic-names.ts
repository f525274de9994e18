/** The topics of Farthing, without the prefix that tests put before them. */
export const TOPICS = {
  usageAccepted: 'usage.accepted.v1',
  chargesRated: 'charges.rated.v1',
  chargesPaid: 'charges.paid.v1',
  documents: 'documents.v1',
  catalog: 'catalog.v1',
  customerProfiles: 'customer-profiles.v1',
} as const;

/** Inbound topics have a partition count of their own and may be written with any partitioner by key. */
export const INBOUND_PARTITIONS = 8;

const INBOUND_PREFIX = 'usage.inbound.v1.';

/** The topic of the tenant's own events; its name, not a header, decides the tenant. */
export function inboundTopicOf(tenant: string): string {
  return `${INBOUND_PREFIX}${tenant}`;
}

/** The tenant of an inbound topic (without test prefix), or undefined for any other topic. */
export function tenantOfInboundTopic(topic: string): string | undefined {
  return topic.startsWith(INBOUND_PREFIX) ? topic.slice(INBOUND_PREFIX.length) : undefined;
}

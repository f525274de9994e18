import type { TopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { inboundTopicOf } from '@farthing/contracts/topics/topic-names';
import type { InboundProgress } from './run-parts.js';

/** Read from Kafka itself: the tenant's own topic, and the group in which ingestion reads all of them. */
export function inboundProgress(admin: TopicAdmin): InboundProgress {
  return {
    endsOf: async (tenant) => {
      const watermarks = await admin.watermarks(inboundTopicOf(tenant));
      // Of a partition that is empty, or that retention has emptied, nothing is left to wait for.
      const holding = [...watermarks].filter(([, { low, high }]) => high > low);
      return new Map(holding.map(([partition, { high }]) => [partition, high]));
    },
    committedOf: (tenant) => admin.committedOffsets(GROUPS.inbound, inboundTopicOf(tenant)),
  };
}

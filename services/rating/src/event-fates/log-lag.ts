import type { TopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import type { PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import { TOPICS } from '@farthing/contracts/topics/topic-names';

/** Records of the log that nobody has rated yet. */
export class LogLag {
  constructor(
    private readonly admin: TopicAdmin,
    private readonly offsets: PartitionOffsets,
  ) {}

  /** Of the partition that is furthest behind; an event not seen may be in any. */
  async records(): Promise<number> {
    const watermarks = await this.admin.watermarks(TOPICS.usageAccepted);
    const lags = await Promise.all(
      [...watermarks].map(async ([partition, { high }]) => {
        const nextOffset = await this.offsets.storedNextOffset(partition);
        return Number(high - nextOffset);
      }),
    );
    return Math.max(0, ...lags);
  }
}

import { Controller, Inject } from '@nestjs/common';
import {
  BatchHandler,
  type BatchOutcome,
  type RecordBatch,
} from '@farthing/adapters/kafka/batch-handler';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { RateBatch } from './rate-batch.js';

@Controller()
export class UsageRecordsConsumer {
  constructor(@Inject(RateBatch) private readonly rateBatch: RateBatch) {}

  @BatchHandler(TOPICS.usageAccepted)
  handle(batch: RecordBatch): Promise<BatchOutcome> {
    return this.rateBatch.apply(batch);
  }
}

import {
  BatchHandler,
  type BatchOutcome,
  type RecordBatch,
} from '@farthing/adapters/kafka/batch-handler';
import { Controller } from '@nestjs/common';
import { InboundDoor } from './inbound-door.js';

/** What the handler is registered by; it takes the batches of every tenant's topic. */
export const INBOUND_TOPICS = 'usage.inbound.v1';

@Controller()
export class InboundRecordsConsumer {
  constructor(private readonly door: InboundDoor) {}

  @BatchHandler(INBOUND_TOPICS)
  async take(batch: RecordBatch): Promise<BatchOutcome> {
    await this.door.take(batch);
  }
}

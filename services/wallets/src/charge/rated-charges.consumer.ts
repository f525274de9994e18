import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Inject } from '@nestjs/common';
import { BatchAligner } from '@farthing/adapters/kafka/align-batch';
import {
  BatchHandler,
  type BatchOutcome,
  type RecordBatch,
} from '@farthing/adapters/kafka/batch-handler';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { RatedCharges } from './rated-charges.js';

/** Takes the batches of `charges.rated.v1` to the use case, a transaction at a time. */
@Controller()
export class RatedChargesConsumer {
  private readonly aligner = new BatchAligner();

  constructor(@Inject(RatedCharges) private readonly rated: RatedCharges) {}

  @BatchHandler(TOPICS.chargesRated)
  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    const cursor = this.rated.cursor(batch.partition);
    while (batch.isRunning()) {
      while (this.rated.isBehind(batch.partition) && batch.isRunning()) await sleep(20);
      const more = await this.rated.applySome(cursor, (nextOffset) => {
        const aligned = this.aligner.align(batch, nextOffset);
        return aligned.outcome === 'apply' ? aligned.records : [];
      });
      if (!more) return;
    }
  }
}

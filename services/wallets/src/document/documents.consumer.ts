import { Controller, Inject } from '@nestjs/common';
import { BatchAligner } from '@farthing/adapters/kafka/align-batch';
import {
  BatchHandler,
  type BatchOutcome,
  type RecordBatch,
} from '@farthing/adapters/kafka/batch-handler';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { Documents } from './documents.js';

/** Takes the batches of `documents.v1` to the use case, a transaction at a time. */
@Controller()
export class DocumentsConsumer {
  private readonly aligner = new BatchAligner();

  constructor(@Inject(Documents) private readonly documents: Documents) {}

  @BatchHandler(TOPICS.documents)
  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    while (batch.isRunning()) {
      const more = await this.documents.applySome(batch.partition, (nextOffset) => {
        const aligned = this.aligner.align(batch, nextOffset);
        return aligned.outcome === 'apply' ? aligned.records : [];
      });
      if (!more) return;
    }
  }
}

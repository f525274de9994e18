import { Controller } from '@nestjs/common';
import { BatchAligner } from '@farthing/adapters/kafka/align-batch';
import {
  BatchHandler,
  type BatchOutcome,
  type ConsumedRecord,
  type RecordBatch,
} from '@farthing/adapters/kafka/batch-handler';
import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import type { NextPosition } from '@farthing/adapters/postgres/partition-offsets';
import {
  runOnPartition,
  type PartitionTransactionParts,
} from '@farthing/adapters/postgres/partition-transaction';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { DecodedRange } from '@farthing/contracts/wire/ranged-message';
import { decodeRatedEchoes } from '@farthing/contracts/wire/rated-message';
import type { CatalogMetrics } from '../metrics.js';
import type { Customer } from './customer.js';
import { customerFromMessage } from './customer-message.js';
import { insertUnknownCustomers } from './customers.repository.js';
import { trimRatedMessage } from './trim-rated-message.js';

/** What the consumer works with; nothing of a partition is kept in memory. */
export class RatedChargesParts {
  constructor(
    readonly transaction: PartitionTransactionParts<undefined>,
    readonly metrics: CatalogMetrics,
  ) {}
}

/** Learns of the customers that rating made for events of unknown ones: their version 0. */
@Controller()
export class RatedChargesConsumer {
  private readonly aligner = new BatchAligner();

  constructor(private readonly parts: RatedChargesParts) {}

  @BatchHandler(TOPICS.chargesRated)
  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    const learnt = await runOnPartition<undefined, number>(
      this.parts.transaction,
      batch.partition,
      async ({ tx, read, done }) => {
        const aligned = this.aligner.align(batch, read.nextOffset);
        if (aligned.outcome !== 'apply') return undefined;
        let nextPosition: NextPosition | undefined = read.nextPosition;
        const made: Omit<Customer, 'outboxNumber'>[] = [];
        for (const record of aligned.records) {
          const trimmed = trimRatedMessage(decode(record), nextPosition);
          nextPosition = trimmed.nextPosition;
          made.push(...trimmed.customers.map(customerFromMessage));
        }
        const unknown = made.filter(({ version }) => version === 0);
        const count = unknown.length === 0 ? 0 : await insertUnknownCustomers(tx, unknown);
        const nextOffset = aligned.records.at(-1)!.offset + 1n;
        return done({ nextOffset, nextIndex: 0, ...(nextPosition && { nextPosition }) }, count);
      },
    );
    if (learnt) this.parts.metrics.customersLearnt(learnt);
  }
}

/** Bytes that are no rated message of ours were written by a newer version, or by somebody else: look first. */
function decode(record: ConsumedRecord): DecodedRange {
  try {
    return decodeRatedEchoes(record.value ?? Buffer.alloc(0));
  } catch (error) {
    const message = `offset ${record.offset} is no rated message: ${(error as Error).message}`;
    throw new PartitionHalted('unknown_message', message, { cause: error });
  }
}

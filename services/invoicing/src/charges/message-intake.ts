import type { CrashPoint } from '@farthing/adapters/config/crash-point';
import { BatchAligner } from '@farthing/adapters/kafka/align-batch';
import type { ConsumedRecord, RecordBatch } from '@farthing/adapters/kafka/batch-handler';
import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import { PartitionMemory } from '@farthing/adapters/postgres/partition-memory';
import type { NextPosition, PartitionOffsets } from '@farthing/adapters/postgres/partition-offsets';
import { runOnPartition } from '@farthing/adapters/postgres/partition-transaction';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { DataSource } from 'typeorm';
import { trimMessage, type Placed, type RangedMessage } from './ranged-message.js';

export interface MessageIntakeParts<Item extends Placed, Result> {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly offsets: PartitionOffsets;
  readonly crashPoint: CrashPoint;
  readonly decode: (bytes: Buffer) => RangedMessage<Item>;
  readonly apply: (
    tx: Transaction,
    partition: number,
    messages: readonly RangedMessage<Item>[],
  ) => Promise<Result>;
  /** After the commit. */
  readonly onApplied: (result: Result) => void;
}

/** A transaction ends after the message that brings it to this many bytes, so that its locks stay short. */
const SLICE_BYTES = 256 * 1024;

/**
 * Takes the batches of one topic of ranged messages. Offset and position advance with the effects, under the lock of
 * the partition's row; nothing of a partition is kept in memory between two transactions.
 */
export class MessageIntake<Item extends Placed, Result> {
  private readonly aligner = new BatchAligner();
  private readonly memory = new PartitionMemory<undefined>(() => undefined);

  constructor(private readonly parts: MessageIntakeParts<Item, Result>) {}

  async take(batch: RecordBatch): Promise<void> {
    for (const records of slicesOf(batch.records)) {
      if (batch.isStale() || !batch.isRunning()) return;
      await this.takeSlice({ ...batch, records });
    }
  }

  private async takeSlice(batch: RecordBatch): Promise<void> {
    const { partition } = batch;
    const { dataSource, offsets, crashPoint } = this.parts;
    const transaction = { dataSource, offsets, memory: this.memory, crashPoint };
    const result = await runOnPartition<undefined, Result>(
      transaction,
      partition,
      async ({ tx, read, done }) => {
        const alignment = this.aligner.align(batch, read.nextOffset);
        if (alignment.outcome !== 'apply') return undefined;
        const { messages, nextPosition } = this.newOf(
          alignment.records,
          read.nextPosition,
          partition,
        );
        const applied = await this.parts.apply(tx, partition, messages);
        const nextOffset = alignment.records.at(-1)!.offset + 1n;
        return done({ nextOffset, nextIndex: 0, ...(nextPosition && { nextPosition }) }, applied);
      },
    );
    if (result !== undefined) this.parts.onApplied(result);
  }

  private newOf(
    records: readonly ConsumedRecord[],
    stored: NextPosition | undefined,
    partition: number,
  ) {
    const messages: RangedMessage<Item>[] = [];
    let nextPosition = stored;
    for (const record of records) {
      const message = trimMessage(this.decode(record), nextPosition, partition);
      if (!message) continue;
      messages.push(message);
      const { generation, offset, index } = message.to;
      nextPosition = { generation, offset, index };
    }
    return { messages, nextPosition };
  }

  private decode(record: ConsumedRecord): RangedMessage<Item> {
    if (record.value === null) {
      throw new PartitionHalted('unknown_message', `offset ${record.offset} has no bytes`);
    }
    try {
      return this.parts.decode(record.value);
    } catch (error) {
      const text = `offset ${record.offset}: ${(error as Error).message}`;
      throw new PartitionHalted('unknown_message', text, { cause: error });
    }
  }
}

function slicesOf(records: readonly ConsumedRecord[]): ConsumedRecord[][] {
  const slices: ConsumedRecord[][] = [];
  let bytes = SLICE_BYTES;
  for (const record of records) {
    if (bytes >= SLICE_BYTES) {
      slices.push([]);
      bytes = 0;
    }
    slices.at(-1)!.push(record);
    bytes += record.value?.length ?? 0;
  }
  return slices;
}

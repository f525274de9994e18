import type { ConsumedRecord, RecordBatch } from './batch-handler.js';
import { PartitionHalted } from './kafka-errors.js';

export type Alignment =
  /** These start exactly at the stored offset. */
  | { readonly outcome: 'apply'; readonly records: readonly ConsumedRecord[] }
  /** All of it was applied before, or a seek has overtaken it. */
  | { readonly outcome: 'nothing' }
  /** It starts too far on; the next batch starts at the stored offset. Roll back. */
  | { readonly outcome: 'sought' };

/**
 * Step 2 of a consumer's transaction: drops what lies below the stored offset and seeks when the first record left
 * is above it. Still above after that seek means lost records, and the partition stops: it never skips.
 */
export class BatchAligner {
  private readonly soughtTo = new Map<string, bigint>();

  align(batch: RecordBatch, nextOffset: bigint): Alignment {
    if (batch.isStale()) return { outcome: 'nothing' };
    const start = batch.records.findIndex((record) => record.offset >= nextOffset);
    const first = batch.records[start];
    if (!first) return { outcome: 'nothing' };
    const lane = `${batch.topic}/${batch.partition}`;
    if (first.offset === nextOffset) {
      this.soughtTo.delete(lane);
      assertDense(batch.records, start);
      return {
        outcome: 'apply',
        records: start === 0 ? batch.records : batch.records.slice(start),
      };
    }
    if (this.soughtTo.get(lane) === nextOffset) {
      throw new PartitionHalted(
        'data_lost',
        `${lane}: asked for ${nextOffset} and got ${first.offset}`,
      );
    }
    this.soughtTo.set(lane, nextOffset);
    batch.seek(nextOffset);
    return { outcome: 'sought' };
  }
}

/** Topics of money are neither compacted nor written in transactions, so their offsets are dense. */
function assertDense(records: readonly ConsumedRecord[], start: number): void {
  for (let at = start + 1; at < records.length; at += 1) {
    if (records[at]!.offset !== records[at - 1]!.offset + 1n) {
      throw new PartitionHalted(
        'gap',
        `offset ${records[at]!.offset} follows ${records[at - 1]!.offset}`,
      );
    }
  }
}

import { PartitionHalted } from './kafka-errors.js';

export interface Watermarks {
  /** The first offset that the broker still has. */
  readonly low: bigint;
  /** The offset that the next record will get. */
  readonly high: bigint;
}

/**
 * Compares what a consumer has applied with what the broker has, when it is given the partition. kafkajs would
 * answer OFFSET_OUT_OF_RANGE with a silent jump; both cases here mean that somebody has to look.
 */
export function checkWatermarks(
  nextOffset: bigint,
  { low, high }: Watermarks,
): PartitionHalted | undefined {
  if (low > nextOffset) {
    return new PartitionHalted(
      'data_lost',
      `records ${nextOffset} to ${low - 1n} are gone and were never applied`,
    );
  }
  if (high < nextOffset) {
    return new PartitionHalted(
      'wrong_cluster',
      `${nextOffset} was applied but the log ends at ${high}`,
    );
  }
  return undefined;
}

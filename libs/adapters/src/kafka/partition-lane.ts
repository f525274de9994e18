/** What the transport remembers of one partition while it is ours. */
export class PartitionLane {
  /** Counts seeks; a batch of an earlier epoch is stale. */
  epoch = 0;
  halted = false;
  /** Failures running since the last success; they decide the wait before the next attempt. */
  failures = 0;
  retryAtMs = 0;
  /** The batch that a handler left to be settled, if any. Never rejects. */
  settling: Promise<void> = Promise.resolve();
  /** Applied up to here, and committed to Kafka up to there: for lag tools only. */
  appliedOffset: bigint | undefined;
  committedOffset: bigint | undefined;

  applied(lastOffset: bigint): void {
    this.failures = 0;
    this.retryAtMs = 0;
    this.appliedOffset = lastOffset + 1n;
  }

  /** Exponential with full jitter: 50 ms doubling to at most 5 s. */
  failed(nowMs: number, random: () => number = Math.random): void {
    this.failures += 1;
    const ceilingMs = Math.min(5_000, 50 * 2 ** Math.min(this.failures, 10));
    this.retryAtMs = nowMs + ceilingMs * (0.5 + random() / 2);
  }
}

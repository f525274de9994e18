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
    this.rested();
    this.appliedOffset = lastOffset + 1n;
  }

  rested(): void {
    this.failures = 0;
    this.retryAtMs = 0;
  }

  /** Exponential with full jitter: 50 ms doubling to at most 5 s. */
  failed(nowMs: number, random: () => number = Math.random): void {
    this.failures += 1;
    const ceilingMs = Math.min(5_000, 50 * 2 ** Math.min(this.failures, 10));
    this.retryAtMs = nowMs + ceilingMs * (0.5 + random() / 2);
  }
}

/** The lanes of every partition that this process has had. */
export class PartitionLanes {
  private readonly lanes = new Map<string, PartitionLane>();

  of(topic: string, partition: number): PartitionLane {
    const name = `${topic}/${partition}`;
    let lane = this.lanes.get(name);
    if (!lane) {
      lane = new PartitionLane();
      this.lanes.set(name, lane);
    }
    return lane;
  }

  /** As `topic/partition`. */
  halted(): readonly string[] {
    return [...this.lanes].filter(([, lane]) => lane.halted).map(([name]) => name);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.settling));
  }

  /** What was applied since it was last asked. */
  takeCommits(): { topic: string; partition: number; offset: bigint }[] {
    return [...this.lanes].flatMap(([name, lane]) => {
      if (lane.appliedOffset === undefined || lane.appliedOffset === lane.committedOffset)
        return [];
      lane.committedOffset = lane.appliedOffset;
      const [topic, partition] = name.split('/') as [string, string];
      return [{ topic, partition: Number(partition), offset: lane.appliedOffset }];
    });
  }
}

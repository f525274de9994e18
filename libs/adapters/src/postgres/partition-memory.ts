import type { PartitionProgress } from './partition-offsets.js';
import type { Transaction } from './transaction.js';

type Stamp = Pick<PartitionProgress, 'nextOffset' | 'nextIndex'>;

interface Slot<State> {
  readonly state: State;
  /** The progress that `state` reflects; none while a transaction is changing it. */
  stamp: Stamp | undefined;
}

/**
 * What a process remembers of its partitions. The row lock undoes a transaction; it does not undo a Map. So a
 * state is trusted only while its stamp equals what the lock read, and it has no stamp from the moment a
 * transaction takes it until `committed`: whatever goes wrong in between, the next transaction loads it afresh.
 */
export class PartitionMemory<State> {
  private readonly slots = new Map<number, Slot<State>>();

  constructor(
    private readonly load: (tx: Transaction, partition: number) => Promise<State> | State,
  ) {}

  /** The partition's state at `read`, which this transaction may change in place. Call it after `lock`. */
  async take(tx: Transaction, partition: number, read: Stamp): Promise<State> {
    const kept = this.slots.get(partition);
    if (kept?.stamp && isSame(kept.stamp, read)) {
      kept.stamp = undefined;
      return kept.state;
    }
    this.slots.delete(partition);
    const state = await this.load(tx, partition);
    this.slots.set(partition, { state, stamp: undefined });
    return state;
  }

  /** The transaction that took `state` has certainly committed, and `next` is what it stored. */
  committed(partition: number, state: State, next: Stamp): void {
    const slot = this.slots.get(partition);
    // Another transaction may have dropped and loaded the slot since: then this state is history.
    if (slot?.state === state)
      slot.stamp = { nextOffset: next.nextOffset, nextIndex: next.nextIndex };
  }

  /** Needed only to free memory; a rolled-back state is never used again anyway. */
  drop(partition: number): void {
    this.slots.delete(partition);
  }
}

function isSame(a: Stamp, b: Stamp): boolean {
  return a.nextOffset === b.nextOffset && a.nextIndex === b.nextIndex;
}

import type { DataSource } from 'typeorm';
import { neverCrash, type CrashPoint } from '../config/crash-point.js';
import type { PartitionMemory } from './partition-memory.js';
import type { PartitionOffsets, PartitionProgress } from './partition-offsets.js';
import { runInTransaction, type Transaction, type TransactionOptions } from './transaction.js';

export interface PartitionWork<State, Result> {
  readonly tx: Transaction;
  readonly read: PartitionProgress;
  readonly state: State;
  /** Ends the transaction well: stores `next` and, once committed, answers `result`. */
  readonly done: (next: PartitionProgress, result: Result) => PartitionDone<Result>;
}

export interface PartitionDone<Result> {
  readonly next: PartitionProgress;
  readonly result: Result;
}

export interface PartitionTransactionParts<State> {
  /** Of the batch role. */
  readonly dataSource: DataSource;
  readonly offsets: PartitionOffsets;
  readonly memory: PartitionMemory<State>;
  readonly crashPoint?: CrashPoint;
  readonly options?: TransactionOptions;
}

/**
 * One consumer's transaction on one partition: lock the progress, take the memory that reflects it, do the work,
 * advance the progress, commit, and only then trust the memory again. `work` returns `done(next, result)`, or
 * undefined when there is nothing to apply; then nothing is written.
 */
export async function runOnPartition<State, Result>(
  parts: PartitionTransactionParts<State>,
  partition: number,
  work: (work: PartitionWork<State, Result>) => Promise<PartitionDone<Result> | undefined>,
): Promise<Result | undefined> {
  const { offsets, memory, crashPoint = neverCrash } = parts;
  const options = { ...parts.options, applicationName: offsets.applicationName(partition) };
  return runInTransaction(parts.dataSource, options, async (tx) => {
    const read = await offsets.lock(tx, partition);
    const state = await memory.take(tx, partition, read);
    crashPoint('before_effects');
    const done = await work({ tx, read, state, done: (next, result) => ({ next, result }) });
    if (done) await offsets.advance(tx, partition, read, done.next);
    tx.afterCommit(() => {
      crashPoint('after_commit');
      memory.committed(partition, state, done?.next ?? read);
    });
    crashPoint('after_effects');
    return done?.result;
  });
}

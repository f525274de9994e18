import { runInTransaction, type Transaction } from '@farthing/adapters/postgres/transaction';
import type { CycleRun } from './cycle-run.js';
import { shareRun } from './cycle-runs.repository.js';
import { runStep, type RunParts } from './run-parts.js';
import {
  completeShard,
  leaseShard,
  readShardProgress,
  releaseShard,
  renewLease,
  type RunShard,
  type ShardPhase,
} from './run-shards.repository.js';

/** Whether all shards of the phase are done, by whomever; and whether this call did any. */
export interface ShardsWorked {
  readonly allDone: boolean;
  readonly worked: boolean;
}

/**
 * Takes shards until none is free. A lease only keeps others from doing the same work: the transaction commits only
 * if the shard is still ours and the run still where it was, so a process that froze past its lease changes nothing.
 */
export async function workOnShards(
  parts: RunParts,
  run: CycleRun,
  phase: ShardPhase,
  work: (tx: Transaction, shard: RunShard) => Promise<void>,
): Promise<ShardsWorked> {
  const of = { tenant: run.tenant, id: run.id, phase };
  const { dataSource, holder, leaseMs } = parts;
  let worked = false;
  for (;;) {
    const shard = await runInTransaction(dataSource, {}, (tx) =>
      leaseShard(tx, of, { holder, leaseMs }),
    );
    if (!shard) break;
    const beat = setInterval(() => {
      const lease = { shard: shard.shard, holder, leaseMs };
      // A beat that fails costs nothing but a lease that may run out.
      runInTransaction(dataSource, {}, (tx) => renewLease(tx, of, lease)).catch(() => undefined);
    }, leaseMs / 3);
    try {
      const completed = await runStep(parts, async (tx) => {
        const current = await shareRun(tx, run);
        if (current?.state !== run.state || current.paused) return false;
        await work(tx, shard);
        return completeShard(tx, of, { shard: shard.shard, holder });
      });
      if (!completed) break;
      worked = true;
    } catch (error) {
      const lease = { shard: shard.shard, holder };
      await runInTransaction(dataSource, {}, (tx) => releaseShard(tx, of, lease)).catch(
        () => undefined,
      );
      throw error;
    } finally {
      clearInterval(beat);
    }
  }
  const { openShards } = await runInTransaction(dataSource, { readOnly: true }, (tx) =>
    readShardProgress(tx, of),
  );
  return { allDone: openShards === 0, worked };
}

import { appendManyToOutbox } from '@farthing/adapters/outbox/append-many';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import { MICROS_PER_SECOND } from '@farthing/domain/period/micros';
import { readPassedBarriers } from './barrier-echoes.repository.js';
import { figureDifferences } from './compare-figures.js';
import { RunFault, type CycleRun } from './cycle-run.js';
import {
  beginCollecting,
  beginDrafting,
  hasRunInHand,
  lockRun,
  markBarriersSent,
} from './cycle-runs.repository.js';
import { runStep, type RunParts } from './run-parts.js';
import { cutShards } from './run-shards.repository.js';

/** `closesBefore` + grace has come and the tenant has no other run in hand: notes where the inbound topic ends. */
export async function beginRun(parts: RunParts, run: CycleRun): Promise<boolean> {
  const { view } = parts.catalog;
  const tenant = view.tenantAt(run.tenant, view.version);
  if (!tenant) return false;
  const dueAt = run.closesBefore + tenant.graceSeconds * MICROS_PER_SECOND;
  if (parts.clock.nowMicros() < dueAt) return false;
  const inboundTargets = await parts.inbound.endsOf(run.tenant);
  return runStep(parts, async (tx) => {
    await lockTenantRuns(tx, run.tenant);
    if (!(await isStill(tx, run)) || (await hasRunInHand(tx, run.tenant))) return false;
    await beginCollecting(tx, run, { partitions: parts.partitions, inboundTargets });
    return true;
  });
}

/** Once ingestion has taken everything up to the noted ends: a barrier into every partition of the log. */
export async function sendBarriers(parts: RunParts, run: CycleRun): Promise<boolean> {
  if (await isInboundBehind(parts, run)) return false;
  // What was in the catalog before the barrier is what minimums are settled by.
  await parts.catalog.readToEndAsOfNow();
  const value = encodeControlRecord({
    case: 'barrier',
    value: {
      commandId: run.id,
      runId: run.id,
      tenant: run.tenant,
      closesBeforeMicros: BigInt(run.closesBefore),
      catalogVersion: BigInt(parts.catalog.view.version),
    },
  });
  const targets = await runStep(parts, async (tx) => {
    const current = await lockRun(tx, run);
    if (current?.state !== 'collecting' || current.paused || current.barriersSent) return [];
    await markBarriersSent(tx, run);
    const partitions = Array.from({ length: run.partitions ?? parts.partitions }, (_, at) => at);
    return appendManyToOutbox(
      tx,
      partitions.map((partition) => ({ topic: TOPICS.usageAccepted, partition, value })),
    );
  });
  targets.forEach(parts.notify);
  return targets.length > 0;
}

async function isInboundBehind({ inbound }: RunParts, run: CycleRun): Promise<boolean> {
  const targets = [...(run.inboundTargets ?? [])];
  if (targets.length === 0) return false;
  const committed = await inbound.committedOf(run.tenant);
  return targets.some(([partition, end]) => (committed.get(partition) ?? 0n) < end);
}

/** Every partition has passed in both streams, and all books agree: cuts the work of drafting. */
export async function completeCollecting(parts: RunParts, run: CycleRun): Promise<boolean> {
  const barriers = await runStep(parts, (tx) => readPassedBarriers(tx, run));
  if (barriers.length < 2 * (run.partitions ?? parts.partitions)) return false;
  const differences = figureDifferences(barriers);
  if (differences.length > 0) throw new RunFault(differences.join('; '));
  // What a charge was priced by was in the catalog before the charge was made.
  await parts.catalog.readToEndAsOfNow();
  const catalogVersion = parts.catalog.view.version;
  return runStep(parts, async (tx) => {
    if (!(await isStill(tx, run))) return false;
    const { closesBefore } = run;
    const customers = await cutShards(tx, run, { closesBefore, size: parts.shardSize });
    await beginDrafting(tx, run, { catalogVersion, customers });
    return true;
  });
}

/** Whether the run is where it was when it was read; under its lock from here on. */
export async function isStill(tx: Transaction, run: CycleRun): Promise<boolean> {
  const current = await lockRun(tx, run);
  return current?.state === run.state && !current.paused;
}

/** Two processes must not take up two runs of one tenant. */
async function lockTenantRuns(tx: Transaction, tenant: string): Promise<void> {
  await tx.execute(
    `select pg_advisory_xact_lock(hashtext('farthing.cycle-runs'), hashtext($1::text))`,
    [tenant],
  );
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Micros } from '@farthing/domain/period/micros';
import type { Refusal } from '../errors.js';
import { cycleRunId, type CycleRun } from './cycle-run.js';
import {
  insertRun,
  lockRun,
  pinCatalog,
  readRun,
  setApproved,
  setPaused,
  setState,
  type RunKey,
} from './cycle-runs.repository.js';

export type StartRunOutcome =
  | { readonly outcome: 'started' | 'exists'; readonly run: CycleRun }
  | { readonly outcome: 'refused'; readonly reason: Extract<Refusal, 'closes_in_the_future'> };

/** Asking for the same instant again answers the same run, whatever became of it. */
export async function startRun(
  tx: Transaction,
  {
    tenant,
    closesBefore,
    now,
  }: {
    readonly tenant: string;
    readonly closesBefore: Micros;
    readonly now: Micros;
  },
): Promise<StartRunOutcome> {
  const key = { tenant, id: cycleRunId({ tenant, closesBefore }) };
  const existing = await readRun(tx, key);
  if (existing) return { outcome: 'exists', run: existing };
  if (closesBefore > now) return { outcome: 'refused', reason: 'closes_in_the_future' };
  const isNew = await insertRun(tx, { ...key, closesBefore });
  return { outcome: isNew ? 'started' : 'exists', run: (await readRun(tx, key))! };
}

export type RunChange = 'pause' | 'resume' | 'approve' | 'abandon';

export type ChangeRunOutcome =
  | { readonly outcome: 'changed'; readonly run: CycleRun }
  | {
      readonly outcome: 'refused';
      readonly reason: Extract<
        Refusal,
        'run_not_found' | 'run_is_over' | 'run_is_finalizing' | 'run_not_in_review'
      >;
    };

/** What a person decides about a run, under its lock. Deciding the same again changes nothing. */
export async function changeRun(
  tx: Transaction,
  key: RunKey,
  { change, catalogVersion }: { readonly change: RunChange; readonly catalogVersion: number },
): Promise<ChangeRunOutcome> {
  const run = await lockRun(tx, key);
  if (!run) return { outcome: 'refused', reason: 'run_not_found' };
  const reason = refusalOf(run, change);
  if (reason) return { outcome: 'refused', reason };
  if (change === 'pause' && !run.paused) await setPaused(tx, key, true);
  if (change === 'resume' && run.paused) {
    // The fault may have been put right in the catalog: what is left is drafted by what it says now.
    if (run.fault !== undefined && run.state === 'drafting') {
      await pinCatalog(tx, key, catalogVersion);
    }
    await setPaused(tx, key, false);
  }
  if (change === 'approve') await setApproved(tx, key);
  if (change === 'abandon' && run.state !== 'abandoned') await setState(tx, key, 'abandoned');
  return { outcome: 'changed', run: (await readRun(tx, key))! };
}

function refusalOf(
  { state, approved }: CycleRun,
  change: RunChange,
): Extract<ChangeRunOutcome, { outcome: 'refused' }>['reason'] | undefined {
  if (change === 'abandon' && state === 'abandoned') return undefined;
  if (change === 'approve' && approved && state !== 'abandoned') return undefined;
  if (state === 'finalized' || state === 'abandoned') return 'run_is_over';
  if (change === 'abandon' && state === 'finalizing') return 'run_is_finalizing';
  if (change === 'approve' && state !== 'review') return 'run_not_in_review';
  return undefined;
}

import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import { countPassedPartitions } from './barrier-echoes.repository.js';
import type { CycleRun, RunTotal } from './cycle-run.js';
import { readShardProgress } from './run-shards.repository.js';

/** A run as the API shows it: how far it is, and what it bills. */
export type CycleRunDocument = Awaited<ReturnType<typeof cycleRunDocument>>;

export async function cycleRunDocument(tx: Transaction, run: CycleRun, partitions: number) {
  const { id, tenant, state, paused, fault } = run;
  const customers = run.customers ?? 0;
  return {
    id,
    tenant,
    closesBefore: formatMicros(run.closesBefore),
    state,
    paused,
    partitions: { passed: await countPassedPartitions(tx, run), of: run.partitions ?? partitions },
    customers: { done: await doneCustomers(tx, run, customers), of: customers },
    invoices: run.invoices ?? 0,
    statements: run.statements ?? 0,
    parked: run.parked ?? 0,
    totals: run.totals.map(totalDocument),
    ...(run.issueDate === undefined ? {} : { issueDate: run.issueDate }),
    ...(fault === undefined ? {} : { fault }),
  };
}

async function doneCustomers(tx: Transaction, run: CycleRun, of: number): Promise<number> {
  if (run.state === 'review' || run.state === 'finalized') return of;
  const phase = run.state === 'finalizing' ? 'finalizing' : 'drafting';
  return (await readShardProgress(tx, { tenant: run.tenant, id: run.id, phase })).doneCustomers;
}

function totalDocument(total: RunTotal) {
  return {
    currency: total.currency,
    charges: formatNanos(total.chargesNanos),
    paid: formatNanos(total.paidNanos),
    net: formatNanos(total.netNanos),
    tax: formatNanos(total.taxNanos),
    carriedForward: formatNanos(total.carriedForwardNanos),
    residual: formatNanos(total.residualNanos),
  };
}

import { createHash } from 'node:crypto';
import type { Nanos } from '@farthing/domain/money/nanos';
import { formatMicros, type Micros } from '@farthing/domain/period/micros';

export type CycleRunState =
  | 'scheduled'
  | 'collecting'
  | 'drafting'
  | 'review'
  | 'finalizing'
  | 'finalized'
  | 'abandoned';

/** One resumable closing of all of a tenant's periods that ended by `closesBefore`. */
export interface CycleRun {
  readonly id: string;
  readonly tenant: string;
  readonly closesBefore: Micros;
  readonly state: CycleRunState;
  /** Nothing moves until it is resumed; a fault pauses, too. */
  readonly paused: boolean;
  /** By a person; a run with nothing parked needs none. */
  readonly approved: boolean;
  readonly fault: string | undefined;
  /** The number of partitions that must pass, known once barriers are sent. */
  readonly partitions: number | undefined;
  readonly inboundTargets: ReadonlyMap<number, bigint> | undefined;
  readonly barriersSent: boolean;
  readonly catalogVersion: number | undefined;
  /** Known once drafting began; the counts of documents once it ended. */
  readonly customers: number | undefined;
  readonly statements: number | undefined;
  readonly invoices: number | undefined;
  readonly parked: number | undefined;
  readonly totals: readonly RunTotal[];
  readonly issueDate: string | undefined;
}

/** What a run bills in one currency: charges + what was open before = paid + net (+ contained tax) + what stays open. */
export interface RunTotal {
  readonly currency: string;
  readonly chargesNanos: Nanos;
  readonly paidNanos: Nanos;
  readonly netNanos: Nanos;
  readonly taxNanos: Nanos;
  /** Open after the run, of its customers. */
  readonly carriedForwardNanos: Nanos;
  readonly residualNanos: Nanos;
}

/** What names a run: its tenant and the instant, so asking again answers the same one. */
export interface CycleRunName {
  readonly tenant: string;
  readonly closesBefore: Micros;
}

/** `run_` and 32 hex digits. No tenant id contains the separator NUL. */
export function cycleRunId({ tenant, closesBefore }: CycleRunName): string {
  const text = `${tenant}\u0000${formatMicros(closesBefore)}`;
  return `run_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** A difference or an impossible state that somebody has to look at: it stops the run, which says it. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
}

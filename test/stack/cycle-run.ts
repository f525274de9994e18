import { setTimeout as sleep } from 'node:timers/promises';
import type { Door } from './door.js';

export interface CycleRun {
  readonly id: string;
  readonly state: string;
  readonly fault?: string;
}

export interface InvoiceSummary {
  readonly id: string;
  readonly customer: string;
  readonly net: string;
  readonly total: string;
  readonly statement: string;
}

export interface StatementSummary {
  readonly id: string;
  readonly customer: string;
  readonly charges: number;
  readonly sum: string;
  readonly from: string;
}

const PATIENCE_MS = 120_000;

/** Closes all that ended by an instant and waits until the run is finalized. */
export async function closeBefore(door: Door, closesBefore: Date): Promise<CycleRun> {
  const { id } = (await door.must('POST', '/v1/cycle-runs', {
    closesBefore: closesBefore.toISOString(),
  })) as CycleRun;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const run = (await door.must('GET', `/v1/cycle-runs/${id}`)) as CycleRun;
    if (run.state === 'finalized') return run;
    if (run.fault || Date.now() > deadline) throw new Error(`run stays: ${JSON.stringify(run)}`);
    await sleep(200);
  }
}

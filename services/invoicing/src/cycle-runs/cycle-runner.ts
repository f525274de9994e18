import { failureClassOf } from '@farthing/adapters/postgres/failure-class';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { InvoicingMetrics } from '../metrics.js';
import { beginRun, completeCollecting, sendBarriers } from './collect-run.js';
import type { CycleRun } from './cycle-run.js';
import { findMovingRuns, readRun, stopWithFault, type RunKey } from './cycle-runs.repository.js';
import { draftRun } from './draft-run.js';
import { beginFinalizingRun, finalizeRun } from './finalize-run.js';
import { runStep, type RunParts } from './run-parts.js';

export interface CycleRunnerOptions {
  readonly parts: RunParts;
  readonly logger: Logger;
  readonly metrics: InvoicingMetrics;
  readonly pollMs?: number;
}

/**
 * Moves runs on. All that a run knows is rows, so a process that dies is taken over by any other, or by itself after
 * its start; several may work on one run.
 */
export class CycleRunner {
  private timer: NodeJS.Timeout | undefined;
  private pass: Promise<void> | undefined;
  private wanted = false;
  private closed = false;

  constructor(private readonly options: CycleRunnerOptions) {}

  start(): void {
    this.wake();
  }

  /** Something happened that a run may have waited for. */
  wake(): void {
    this.wanted = true;
    if (this.pass || this.closed) return;
    clearTimeout(this.timer);
    this.pass = this.passes().finally(() => {
      this.pass = undefined;
      if (this.closed) return;
      this.timer = setTimeout(() => this.wake(), this.options.pollMs ?? 1_000).unref();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.pass;
  }

  /** Moves every run as far as it goes now. */
  async moveAll(): Promise<void> {
    const { parts } = this.options;
    const runs = await runInTransaction(parts.dataSource, { readOnly: true }, findMovingRuns);
    for (const key of runs) {
      while (!this.closed && (await this.moveOnce(key))) {
        // Until it is finished, or has to wait for somebody else.
      }
    }
  }

  private async passes(): Promise<void> {
    while (this.wanted && !this.closed) {
      this.wanted = false;
      try {
        await this.moveAll();
      } catch (error) {
        this.options.logger.warn({ err: error }, 'the runs cannot be moved now');
        return;
      }
    }
  }

  private async moveOnce(key: RunKey): Promise<boolean> {
    const { parts, logger, metrics } = this.options;
    const run = await runInTransaction(parts.dataSource, { readOnly: true }, (tx) =>
      readRun(tx, key),
    );
    if (!run || run.paused) return false;
    const startedAt = performance.now();
    try {
      const moved = await moveRun(parts, run);
      if (moved) metrics.runMoved(run.state, (performance.now() - startedAt) / 1_000);
      return moved;
    } catch (error) {
      // What passes by itself is tried again; everything else needs somebody to look, and says what to look at.
      if (failureClassOf(error) === 'transient') throw error;
      logger.error({ err: error, run: run.id, tenant: run.tenant }, 'a cycle run stops');
      metrics.runStopped();
      const fault = error instanceof Error ? error.message : String(error);
      await runStep(parts, (tx) => stopWithFault(tx, run, fault));
      return false;
    }
  }
}

/** One step; false when the run has to wait. */
async function moveRun(parts: RunParts, run: CycleRun): Promise<boolean> {
  switch (run.state) {
    case 'scheduled':
      return beginRun(parts, run);
    case 'collecting':
      return run.barriersSent ? completeCollecting(parts, run) : sendBarriers(parts, run);
    case 'drafting':
      return draftRun(parts, run);
    case 'review':
      return beginFinalizingRun(parts, run);
    case 'finalizing':
      return finalizeRun(parts, run);
    case 'finalized':
    case 'abandoned':
      return false;
  }
}

import { failureClassOf } from '@farthing/adapters/postgres/failure-class';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { claimReRating, failReRating } from './re-ratings.repository.js';
import { runDiff, type DiffParts } from './run-diff.js';
import { writeRecords, type WriteParts } from './write-records.js';

export interface ReRatingRunnerOptions {
  readonly parts: Omit<DiffParts & WriteParts, 'isClosing'>;
  readonly logger: Logger;
  readonly pollMs?: number;
}

/**
 * Works on re-ratings, one at a time. All that one knows is rows, so what a process leaves behind that dies is gone on
 * with by any other as soon as its lease has ended.
 */
export class ReRatingRunner {
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly options: ReRatingRunnerOptions) {}

  /** There may be something to do. */
  wake(): void {
    if (this.#pass || this.#closed) return;
    clearTimeout(this.#timer);
    this.#pass = this.#workOnAll().finally(() => {
      this.#pass = undefined;
      if (this.#closed) return;
      this.#timer = setTimeout(() => this.wake(), this.options.pollMs ?? 1_000).unref();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  async #workOnAll(): Promise<void> {
    try {
      while (!this.#closed && (await this.#workOnOne())) {
        // Until there is none left.
      }
    } catch (error) {
      this.options.logger.warn({ err: error }, 're-ratings cannot be worked on now');
    }
  }

  async #workOnOne(): Promise<boolean> {
    const { logger } = this.options;
    const parts = { ...this.options.parts, isClosing: () => this.#closed };
    const { dataSource, holder } = parts;
    const reRating = await runInTransaction(dataSource, {}, (tx) => claimReRating(tx, parts));
    if (!reRating) return false;
    try {
      if (reRating.state === 'applying') return await writeRecords(parts, reRating);
      return await runDiff(parts, reRating);
    } catch (error) {
      // What passes by itself is tried again once the lease has ended.
      if (failureClassOf(error) === 'transient') throw error;
      logger.error({ err: error, reRating: reRating.id }, 'a re-rating stops');
      const fault = error instanceof Error ? error.message : String(error);
      await runInTransaction(dataSource, {}, (tx) => failReRating(tx, reRating, { holder, fault }));
      return true;
    }
  }
}

import type { ReRatingRunner } from './re-rating-runner.js';

/** What asking for a re-rating needs besides what all commands do. */
export class ReRatings {
  constructor(
    private readonly catalog: { readToEndAsOfNow(): Promise<unknown> },
    private readonly runner: ReRatingRunner,
  ) {}

  /** So that a price is known that was made a moment ago. */
  async readCatalog(): Promise<void> {
    await this.catalog.readToEndAsOfNow();
  }

  /** There is one more to work on. */
  wake(): void {
    this.runner.wake();
  }
}

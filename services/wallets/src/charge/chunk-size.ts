/** How much one transaction may hold the locks that an authorisation waits for. */
export const TARGET_MS = 20;

/** Below this the fixed cost of a transaction rules: a smaller one frees nobody sooner, and only makes more of them. */
const SMALLEST = 250;
const LARGEST = 5_000;

/**
 * How many charges fit the target, learnt from what the last transactions took. Each step at most doubles or halves,
 * so one slow commit does not throw it off.
 */
export class ChunkSize {
  private size = 400;

  get charges(): number {
    return this.size;
  }

  /** `applied` charges took `tookMs` from the lock to the commit. */
  learn(applied: number, tookMs: number): void {
    // A short chunk says little about a long one: most of its time was round trips.
    if (applied < this.size / 2 && tookMs < TARGET_MS) return;
    const fitting = (applied * TARGET_MS) / Math.max(tookMs, 0.1);
    const next = Math.min(this.size * 2, Math.max(this.size / 2, (this.size + fitting) / 2));
    this.size = Math.round(Math.min(LARGEST, Math.max(SMALLEST, next)));
  }
}

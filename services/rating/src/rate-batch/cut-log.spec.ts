import fc from 'fast-check';
import { expect } from 'vitest';
import { TestLog, type RatingDatabase, type TestWorker } from '../rating-harness.spec.js';

/** How a spec rates uses that are drawn at random. */
export interface CutRating<Use> {
  readonly database: Pick<RatingDatabase, 'clear'>;
  /** A process of its own, without any memory. */
  readonly newWorker: () => TestWorker;
  /** As one envelope. */
  readonly append: (log: TestLog, uses: readonly Use[]) => void;
  /** All that must be the same. */
  readonly facts: () => Promise<unknown>;
  /** What else must hold in the end. */
  readonly check?: () => Promise<void>;
}

/** Expects the same of a log that one process rates at once and of one that several rate, an envelope after another. */
export async function expectSameHoweverCut<Use>(
  use: fc.Arbitrary<Use>,
  { database, newWorker, append, facts, check }: CutRating<Use>,
): Promise<void> {
  const anyLog = fc.array(fc.tuple(fc.array(use, { minLength: 1, maxLength: 6 }), fc.nat(2)), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(anyLog, async (envelopes) => {
      const log = new TestLog();
      for (const [uses] of envelopes) append(log, uses);
      await database.clear();
      let worker = newWorker();
      await worker.apply(log.records);
      await worker.settled();
      const whole = await facts();
      await database.clear();
      worker = newWorker();
      for (const [record, [, who]] of envelopes.entries()) {
        // 0: the same process goes on with the same memory.
        if (who > 0) worker = newWorker();
        await worker.apply([log.records[record]!]);
      }
      expect(await facts()).toEqual(whole);
      await check?.();
    }),
    { numRuns: 25 },
  );
}

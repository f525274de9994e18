/** Stands in for `fast-check` while mutants run: the same, with at most so many runs a property. */
import * as whole from 'fast-check';

const MOST_RUNS = 200;

function assert<Ts>(
  property: whole.IAsyncProperty<Ts> | whole.IProperty<Ts>,
  parameters: whole.Parameters<Ts> = {},
): void | Promise<void> {
  const numRuns = Math.min(parameters.numRuns ?? MOST_RUNS, MOST_RUNS);
  // A fixed seed: a mutant's fate must not depend on luck.
  return whole.assert(property as whole.IProperty<Ts>, { seed: 1, ...parameters, numRuns });
}

export default { ...whole, assert };

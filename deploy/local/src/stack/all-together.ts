/**
 * Does several works at once. When one fails the others are told to stop, and only when all have
 * ended is the first failure thrown: whoever cleans up then knows that nothing more is being
 * started.
 */
export async function allTogether(
  works: readonly ((stop: AbortSignal) => Promise<void>)[],
  outer?: AbortSignal,
): Promise<void> {
  const inner = new AbortController();
  const stop = outer ? AbortSignal.any([outer, inner.signal]) : inner.signal;
  const failures: unknown[] = [];
  await Promise.all(
    works.map(async (work) => {
      try {
        stop.throwIfAborted();
        await work(stop);
      } catch (error) {
        failures.push(error);
        inner.abort(error);
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}

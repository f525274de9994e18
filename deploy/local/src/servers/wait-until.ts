import { setTimeout as sleep } from 'node:timers/promises';

export type WaitOptions = {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Asks until the answer is true. False when the time is up; throws what the question or the signal
 * throws.
 */
export async function waitUntil(
  question: () => Promise<boolean> | boolean,
  { timeoutMs, everyMs = 50, signal }: WaitOptions,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await question()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(everyMs, undefined, { signal });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that happens elsewhere; answers the first value that is not undefined and not false. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 20_000,
): Promise<Value> {
  const endsAtMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > endsAtMs) throw new Error(`${what} did not happen within ${timeoutMs} ms`);
    await sleep(25);
  }
}

import { startOnSharedServers } from './test-stack.js';

/** Vitest's global set-up of the suites that see services as processes: one stack for all of them. */
export default async function setup(): Promise<() => Promise<void>> {
  const running = await startOnSharedServers();
  // Vitest's workers are started after this and inherit it.
  process.env.FARTHING_TEST_STACK = JSON.stringify(running.names);
  return () => running.close();
}

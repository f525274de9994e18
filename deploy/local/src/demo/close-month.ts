import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DemoTenant } from './demo-stack.js';

export const cycleRunSchema = z.object({
  id: z.string(),
  state: z.string(),
  partitions: z.object({ passed: z.number(), of: z.number() }),
  customers: z.object({ done: z.number(), of: z.number() }),
  fault: z.string().nullish(),
});

export type CycleRun = z.infer<typeof cycleRunSchema>;

const PATIENCE_MS = 300_000;
const POLL_MS = 250;

/** Closes everything that ended by an instant; asking again answers the same run. */
export async function closeBefore(
  { api }: DemoTenant,
  closesBefore: Date,
  onProgress: (run: CycleRun) => void,
): Promise<CycleRun> {
  const started = await api.json('/v1/cycle-runs', cycleRunSchema, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ closesBefore: closesBefore.toISOString() }),
    patienceMs: 60_000,
  });
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const run = await api.json(`/v1/cycle-runs/${started.id}`, cycleRunSchema);
    onProgress(run);
    if (run.state === 'finalized') return run;
    if (run.fault) throw new Error(`run ${run.id} stopped: ${run.fault}`);
    if (Date.now() > deadline) throw new Error(`run ${run.id} is still ${run.state}`);
    await sleep(POLL_MS);
  }
}

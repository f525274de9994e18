import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stack } from '@farthing/local/stack';
import type pg from 'pg';
import { cpuSeconds } from './cpu-time.js';
import type { ProvisionedTenants } from './provision.js';
import type { SenderAnswer, SenderOrder } from './http-sender.js';
import { distinctEvents, generateLoad, type LoadOptions } from './load.js';
import { committedEvents, paceOf, whenCommitted, type CpuProbe, type Pace } from './progress.js';

export interface EndToEndPlace {
  readonly stack: Stack;
  /** A superuser's, in the stack's database. */
  readonly live: pg.Client;
  readonly tenants: Pick<ProvisionedTenants, 'keys'>;
}

export interface EndToEndPace extends Pace {
  /** Requests that were answered with anything but 202, and sent again. */
  readonly refused: number;
}

const CHARGES_PER_EVENT = 2;

/**
 * HTTP, JSON batches of 100 over 64 connections, to committed charges: from the first request to the
 * last commit.
 */
export async function endToEnd(
  place: EndToEndPlace,
  load: LoadOptions,
  servers: CpuProbe,
): Promise<EndToEndPace> {
  const { stack, live: client, tenants } = place;
  const distinct = distinctEvents(generateLoad(load));
  const sender = fork(fileURLToPath(new URL('http-sender.js', import.meta.url)));
  try {
    await tell(sender, { url: stack.serviceUrl('ingestion'), keys: tenants.keys, load }, 'ready');
    await client.query(`checkpoint`);
    const already = await committedEvents(client, 'rating');
    const cpu: CpuProbe = () => ({
      ingestion: cpuSeconds(stack.pids.ingestion!),
      rating: cpuSeconds(stack.pids.rating!),
      sender: cpuSeconds(sender.pid!),
      catalog: cpuSeconds(stack.pids.catalog!),
      ...servers(),
    });
    const before = cpu();
    const fromMs = performance.now();
    const committed = whenCommitted({ client, schema: 'rating' }, already + load.events);
    const [sent, last] = await Promise.all([tell(sender, 'go', 'sent'), committed]);
    const pace = paceOf({
      events: load.events,
      seconds: (last.atMs - fromMs) / 1_000,
      chargesPerEvent: (CHARGES_PER_EVENT * distinct) / load.events,
      cpu: { before, after: cpu() },
    });
    return { ...pace, refused: sent.say === 'sent' ? sent.refused : 0 };
  } finally {
    sender.kill('SIGTERM');
  }
}

async function tell(
  sender: ChildProcess,
  message: SenderOrder | 'go',
  expected: SenderAnswer['say'],
): Promise<SenderAnswer> {
  const answered = once(sender, 'message');
  const ended = once(sender, 'exit').then(() => {
    throw new Error('the sender ended before its work was done');
  });
  ended.catch(() => undefined);
  sender.send(message);
  const [answer] = (await Promise.race([answered, ended])) as [SenderAnswer];
  if (answer.say !== expected) throw new Error(`the sender says ${answer.say}, not ${expected}`);
  return answer;
}

import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateLoad, type LoadEvent } from './load.js';

/** What the process of the sender is told: first this, then 'go'. It answers 'ready', then 'sent'. */
export interface SenderOrder {
  readonly url: string;
  /** API keys by tenant. */
  readonly keys: Readonly<Record<string, string>>;
  readonly load: { readonly seed: number; readonly events: number; readonly endsAtMs: number };
}

export type SenderAnswer =
  | { readonly say: 'ready' }
  /** `refused`: answers other than 202, each of which was sent again. */
  | { readonly say: 'sent'; readonly refused: number };

interface Batch {
  readonly authorization: string;
  readonly body: Buffer;
}

const BATCH_EVENTS = 100;
const CONNECTIONS = 64;
const PAUSE_MS = 20;

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
let order: SenderOrder;
let batches: Batch[] = [];

process.on('message', (message: SenderOrder | 'go') => {
  if (message !== 'go') {
    order = message;
    batches = batchesOf(generateLoad(order.load), order.keys);
    answer({ say: 'ready' });
    return;
  }
  sendAll().then(
    (refused) => answer({ say: 'sent', refused }),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});

/** Each connection sends its next batch when it has the answer to the one before. */
async function sendAll(): Promise<number> {
  let next = 0;
  let refused = 0;
  const connection = async () => {
    for (let batch = batches[next++]; batch; batch = batches[next++]) {
      while ((await send(batch)) !== 202) {
        refused += 1;
        await sleep(PAUSE_MS);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return refused;
}

function send({ authorization, body }: Batch): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(
      `${order.url}/v1/events`,
      {
        method: 'POST',
        agent,
        headers: {
          authorization,
          'content-type': 'application/cloudevents-batch+json',
          'content-length': body.length,
        },
      },
      (response) => {
        response.once('end', () => resolve(response.statusCode!));
        response.resume();
      },
    );
    sending.once('error', reject);
    sending.end(body);
  });
}

/** Of one tenant each, in the order of the load. */
function batchesOf(load: readonly LoadEvent[], keys: SenderOrder['keys']): Batch[] {
  const open = new Map<string, string[]>();
  const made: Batch[] = [];
  const close = (tenant: string, events: readonly string[]) => {
    const body = Buffer.from(`[${events.join(',')}]`);
    made.push({ authorization: `Bearer ${keys[tenant]}`, body });
    open.delete(tenant);
  };
  for (const event of load) {
    const events = open.get(event.tenant) ?? [];
    open.set(event.tenant, events);
    events.push(cloudEvent(event));
    if (events.length === BATCH_EVENTS) close(event.tenant, events);
  }
  for (const [tenant, events] of open) close(tenant, events);
  return made;
}

function cloudEvent({ id, source, type, customer, time, data }: LoadEvent): string {
  const context = JSON.stringify({ specversion: '1.0', id, source, type, subject: customer, time });
  return `${context.slice(0, -1)},"data":${data}}`;
}

function answer(message: SenderAnswer): void {
  process.send!(message);
}

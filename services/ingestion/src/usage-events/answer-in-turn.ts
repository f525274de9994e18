import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { GrpcRefusal } from './grpc-refusals.js';

export interface TurnOptions<Asked, Answered> {
  readonly answer: (asked: Asked) => Promise<Answered>;
  readonly refusalOf: (error: unknown) => GrpcRefusal;
}

/** As long a request of a stream waits for room, in all. */
const PATIENCE_MS = 30_000;

/**
 * Answers the requests of a stream one after another. One for which there is no room is tried again: nothing more is read
 * meanwhile, so the client stands still by itself. Any other refusal ends the stream.
 */
export async function answerInTurn<Asked, Answered>(
  call: ServerDuplexStream<Asked, Answered>,
  options: TurnOptions<Asked, Answered>,
): Promise<void> {
  const gone = new AbortController();
  call.once('cancelled', () => gone.abort());
  try {
    for await (const asked of call.iterator({ destroyOnReturn: false })) {
      const answered = await answerPatiently(asked as Asked, options, gone.signal);
      // A client that does not read its answers gets no more of them.
      if (!call.write(answered)) await once(call, 'drain', { signal: gone.signal });
    }
    call.end();
  } catch (error) {
    if (gone.signal.aborted || call.destroyed) return;
    const refusal = error instanceof GrpcRefusal ? error : options.refusalOf(error);
    call.emit('error', refusal.serviceError);
  }
}

async function answerPatiently<Asked, Answered>(
  asked: Asked,
  { answer, refusalOf }: TurnOptions<Asked, Answered>,
  gone: AbortSignal,
): Promise<Answered> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await answer(asked);
    } catch (error) {
      const refusal = refusalOf(error);
      const waitMs = waitOf(refusal);
      if (waitMs === undefined || performance.now() + waitMs > until) throw refusal;
      await sleep(waitMs, undefined, { signal: gone });
    }
  }
}

/** Undefined for a refusal that waiting does not help. */
function waitOf({ code, details, retryAfterSeconds = 0 }: GrpcRefusal): number | undefined {
  const isFull = code === status.RESOURCE_EXHAUSTED || details === 'overloaded';
  return isFull ? retryAfterSeconds * 1_000 : undefined;
}

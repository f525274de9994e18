import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '@farthing/adapters/http/api-client';

const POLL_MS = 200;
const PATIENCE_MS = 30_000;

/** Asks for something that is decided after the answer. Throws `ApiError` for what is refused at once. */
export async function requestDecision(api: ApiClient, path: string, body: object): Promise<void> {
  await api.fetch(path, {
    method: 'POST',
    // Sent again after a lost answer, it is the same request.
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  });
}

/** What is read once it is decided, or as it is when that takes too long. */
export async function readDecided<Answer>(
  read: () => Promise<Answer>,
  isPending: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await read();
    if (!isPending(answer) || Date.now() > deadline) return answer;
    await sleep(POLL_MS);
  }
}

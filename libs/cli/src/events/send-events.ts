import { z } from 'zod';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import type { EventLine } from './event-file.js';

export interface RejectedLine {
  readonly line: number;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string | undefined;
}

export interface SendTotals {
  sent: number;
  accepted: number;
  rejected: number;
}

export interface SendOptions {
  /** Requests under way at once. */
  readonly lanes: number;
  /** Events a request, at most. */
  readonly batch: number;
  readonly onRejected: (rejected: RejectedLine) => void;
  /** All lines through this one are acknowledged. */
  readonly onProgress: (totals: Readonly<SendTotals>, acknowledgedThrough: number) => Promise<void>;
}

const resultsSchema = z.object({
  results: z.array(
    z.object({
      outcome: z.enum(['accepted', 'rejected']),
      code: z.string().optional(),
      detail: z.string().optional(),
      pointer: z.string().optional(),
    }),
  ),
});

/**
 * Sends lines as NDJSON through the HTTP door. A customer's lines go through one lane, whose next request starts
 * after the last one's answer, so each customer's order is kept while many customers are under way.
 */
export async function sendEvents(
  api: ApiClient,
  lines: AsyncIterable<EventLine>,
  options: SendOptions,
): Promise<SendTotals> {
  const totals: SendTotals = { sent: 0, accepted: 0, rejected: 0 };
  const unacknowledged = new Set<number>();
  let lastRead = 0;
  let broken: unknown;

  const lanes = Array.from({ length: options.lanes }, () => new Lane(options.batch));
  const send = async (batch: readonly EventLine[]) => {
    const body = `${batch.map(({ text }) => text).join('\n')}\n`;
    const headers = { 'content-type': 'application/x-ndjson' };
    const request = { method: 'POST', headers, body, patienceMs: 120_000 } as const;
    const { results } = await api.json('/v1/events', resultsSchema, request);
    if (results.length !== batch.length) throw new Error('the door did not answer for every event');
    results.forEach((result, i) => {
      totals[result.outcome] += 1;
      if (result.outcome === 'accepted') return;
      const { code = '', detail = '', pointer } = result;
      options.onRejected({ line: batch[i]!.number, code, detail, pointer });
    });
    totals.sent += batch.length;
    for (const { number } of batch) unacknowledged.delete(number);
    // Insertion order is line order, so the first is the lowest.
    const [lowest] = unacknowledged;
    await options.onProgress(totals, lowest === undefined ? lastRead : lowest - 1);
  };
  const running = lanes.map((lane) => lane.run(send).catch((error: unknown) => (broken ??= error)));

  for await (const line of lines) {
    if (broken) break;
    lastRead = line.number;
    unacknowledged.add(line.number);
    const lane = lanes[laneOf(line.subject, lanes.length)]!;
    lane.push(line);
    while (lane.isFull() && !broken) await lane.room();
  }
  for (const lane of lanes) lane.end();
  await Promise.all(running);
  if (broken) throw broken;
  return totals;
}

/** Lines of some customers, sent one request after another. */
class Lane {
  #waiting: EventLine[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  #roomFor: (() => void) | undefined;

  constructor(private readonly batch: number) {}

  push(line: EventLine): void {
    this.#waiting.push(line);
    if (this.#waiting.length >= this.batch) this.#wake?.();
  }

  isFull(): boolean {
    return this.#waiting.length >= this.batch * 4;
  }

  async room(): Promise<void> {
    await new Promise<void>((resolve) => (this.#roomFor = resolve));
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async run(send: (batch: readonly EventLine[]) => Promise<void>): Promise<void> {
    try {
      for (;;) {
        if (this.#waiting.length < this.batch && !this.#ended) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          continue;
        }
        const batch = this.#waiting.splice(0, this.batch);
        if (batch.length === 0) return;
        this.#roomFor?.();
        await send(batch);
      }
    } finally {
      this.#roomFor?.();
    }
  }
}

/** A lane by the customer's name; any spread will do, as long as it is always the same. */
function laneOf(subject: string, lanes: number): number {
  let hash = 0;
  for (let i = 0; i < subject.length; i++) hash = (hash * 31 + subject.charCodeAt(i)) >>> 0;
  return hash % lanes;
}

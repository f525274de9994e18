import type { FastifyRequest } from 'fastify';
import { RequestRefused } from '../errors.js';
import { scanBatch, scanLines, scanStructured, type ScanOutcome } from '../json/scan-request.js';
import type { RateLimits, Sender } from '../rate-limits/rate-limits.js';
import { authenticateSender, type SenderAuthentication } from './authenticate-sender.js';
import type { BytesInHand } from './bytes-in-hand.js';
import { estimateEvents } from './estimate-events.js';
import { candidatesFromJson } from './event-candidate.js';
import { presentResults } from './present-results.js';
import { BODY_BYTES_MAX, readRequestBody } from './request-body.js';
import { readRequestFormat, type EventFormat } from './request-format.js';
import { takeEvents, type TakeEventsParts } from './take-events.js';

/** Events of one request. */
export const REQUEST_EVENTS_MAX = 1_000;

export interface UsageEventsDoorOptions extends TakeEventsParts {
  readonly senders: Omit<SenderAuthentication, 'deadlineMs'>;
  readonly rateLimits: RateLimits;
  readonly inHand: BytesInHand;
}

export interface DoorAnswer {
  readonly status: 200 | 202;
  readonly json: string;
}

/** `POST /v1/events`. Throws `RequestRefused`, `Problem`, `DeadlineExceeded` or `Overloaded` for a whole request. */
export class UsageEventsDoor {
  constructor(private readonly options: UsageEventsDoorOptions) {}

  async answer(request: FastifyRequest): Promise<DoorAnswer> {
    const { senders, deadlineMs, rateLimits, inHand } = this.options;
    const { headers, raw } = request;
    const sender = await authenticateSender(headers.authorization, { ...senders, deadlineMs });
    const isDryRun = readDryRun(request.query);
    const format = readRequestFormat(headers);
    if (format.outcome === 'refused') throw new RequestRefused(format.reason);
    // A sender that is over its limit is refused before its body is read.
    this.#refuseAbove(rateLimits.take(sender, 1, Date.now()));
    const declared = Number(headers['content-length'] ?? BODY_BYTES_MAX);
    return inHand.hold(Math.min(declared, BODY_BYTES_MAX), async (settle) => {
      const body = await readRequestBody(raw, format.gzip);
      settle(body.length);
      return this.#take({ sender, body, format: format.format, isDryRun });
    });
  }

  async #take(request: {
    readonly sender: Sender;
    readonly body: Buffer;
    readonly format: EventFormat;
    readonly isDryRun: boolean;
  }): Promise<DoorAnswer> {
    const { sender, body, format, isDryRun } = request;
    const { rateLimits } = this.options;
    const startedAtMs = performance.now();
    const estimated = estimateEvents(body, format);
    this.#refuseAbove(rateLimits.take(sender, estimated - 1, Date.now()));
    const scan = scanBody(body, format);
    if (scan.outcome === 'refused') throw new RequestRefused(scan.reason);
    rateLimits.correct(sender, scan.events.length - estimated, Date.now());
    const { tenant } = sender;
    const candidates = candidatesFromJson(body, scan.events);
    const taken = { door: 'http', tenant, candidates, startedAtMs, isDryRun } as const;
    const events = await takeEvents(this.options, taken);
    const isList = format !== 'structured';
    return {
      status: isDryRun ? 200 : 202,
      json: presentResults(events, { isList, withReadings: isDryRun }),
    };
  }

  #refuseAbove(waitMs: number): void {
    if (waitMs > 0) throw new RequestRefused('rate_limited', waitMs / 1_000);
  }
}

function scanBody(body: Buffer, format: EventFormat): ScanOutcome {
  if (format === 'batch') return scanBatch(body, REQUEST_EVENTS_MAX);
  return format === 'lines' ? scanLines(body, REQUEST_EVENTS_MAX) : scanStructured(body);
}

function readDryRun(query: unknown): boolean {
  const { dryRun = 'false' } = query as { dryRun?: unknown };
  if (dryRun !== 'true' && dryRun !== 'false') throw new RequestRefused('query_invalid');
  return dryRun === 'true';
}

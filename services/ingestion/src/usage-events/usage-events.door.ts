import type { Clock } from '@farthing/adapters/config/clock';
import type { FastifyRequest } from 'fastify';
import { RequestRefused } from '../errors.js';
import type { UsageLog } from '../envelopes/usage-log.js';
import { scanBatch, scanLines, scanStructured, type ScanOutcome } from '../json/scan-request.js';
import type { IngestionMetrics } from '../metrics.js';
import type { RateLimits, Sender } from '../rate-limits/rate-limits.js';
import type { Admission, Admitted } from './admit-usage-events.js';
import { authenticateSender, type SenderAuthentication } from './authenticate-sender.js';
import type { BytesInHand } from './bytes-in-hand.js';
import { estimateEvents } from './estimate-events.js';
import { candidatesFromJson } from './event-candidate.js';
import { logEntryOf } from './log-entry-of.js';
import { presentResults } from './present-results.js';
import { BODY_BYTES_MAX, readRequestBody } from './request-body.js';
import { readRequestFormat, type EventFormat } from './request-format.js';

/** Events of one request. */
export const REQUEST_EVENTS_MAX = 1_000;

export interface UsageEventsDoorOptions {
  readonly senders: Omit<SenderAuthentication, 'deadlineMs'>;
  readonly rateLimits: RateLimits;
  readonly inHand: BytesInHand;
  readonly admission: Pick<Admission, 'admit'>;
  readonly log: Pick<UsageLog, 'append'>;
  readonly clock: Clock;
  readonly metrics: IngestionMetrics;
  /** From a request's arrival to its answer, without the time that its body takes to arrive. */
  readonly deadlineMs: number;
  readonly dedupeHorizonMs: number;
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
    const { admission, clock, deadlineMs, dedupeHorizonMs, rateLimits } = this.options;
    const startedAtMs = performance.now();
    const estimated = estimateEvents(body, format);
    this.#refuseAbove(rateLimits.take(sender, estimated - 1, Date.now()));
    const scan = scanBody(body, format);
    if (scan.outcome === 'refused') throw new RequestRefused(scan.reason);
    rateLimits.correct(sender, scan.events.length - estimated, Date.now());
    const admitted = await admission.admit({
      tenant: sender.tenant,
      candidates: candidatesFromJson(body, scan.events),
      bounds: { now: clock.nowMicros(), dedupeHorizon: dedupeHorizonMs * 1_000 },
      deadlineMs,
    });
    if (!isDryRun) await this.#append(admitted, startedAtMs);
    const isList = format !== 'structured';
    return {
      status: isDryRun ? 200 : 202,
      json: presentResults(admitted.events, { isList, withReadings: isDryRun }),
    };
  }

  async #append({ catalogVersion, events }: Admitted, startedAtMs: number): Promise<void> {
    const { log, deadlineMs, metrics } = this.options;
    const entries = events.flatMap((one) =>
      one.outcome === 'accepted' ? [logEntryOf(one, catalogVersion)] : [],
    );
    if (entries.length > 0) {
      const passedMs = performance.now() - startedAtMs;
      await log.append({ catalogVersion, entries, deadlineMs: Math.max(1, deadlineMs - passedMs) });
    }
    metrics.eventsAccepted('http', entries.length);
    for (const one of events) {
      if (one.outcome === 'rejected') metrics.eventRejected('http', one.rejection.code);
    }
    metrics.requestAcknowledged((performance.now() - startedAtMs) / 1_000);
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

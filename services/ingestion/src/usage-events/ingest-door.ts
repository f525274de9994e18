import { RequestRefused } from '../errors.js';
import type { AdmittedEvent } from './admit-usage-events.js';
import { authenticateSender } from './authenticate-sender.js';
import { candidateFromMessage, type EventMessage } from './event-message.js';
import { BODY_BYTES_MAX } from './request-body.js';
import { takeEvents } from './take-events.js';
import { REQUEST_EVENTS_MAX, type UsageEventsDoorOptions } from './usage-events.door.js';

/** The event door of gRPC. Throws what `UsageEventsDoor` throws, for a whole request. */
export class IngestDoor {
  constructor(private readonly options: UsageEventsDoorOptions) {}

  /** One outcome an event, in order, when the log has those that are accepted. */
  async answer(
    authorization: string | undefined,
    events: readonly EventMessage[],
  ): Promise<readonly AdmittedEvent[]> {
    const { senders, deadlineMs, rateLimits, inHand } = this.options;
    const startedAtMs = performance.now();
    const sender = await authenticateSender(authorization, { ...senders, deadlineMs });
    if (events.length > REQUEST_EVENTS_MAX) throw new RequestRefused('too_many_events');
    const waitMs = rateLimits.take(sender, Math.max(1, events.length), Date.now());
    if (waitMs > 0) throw new RequestRefused('rate_limited', waitMs / 1_000);
    const candidates = events.map(candidateFromMessage);
    const bytes = candidates.reduce((sum, candidate) => sum + candidate.bytes, 0);
    if (bytes > BODY_BYTES_MAX) throw new RequestRefused('body_too_large');
    const { tenant } = sender;
    return inHand.hold(bytes, () =>
      takeEvents(this.options, { door: 'grpc', tenant, candidates, startedAtMs, isDryRun: false }),
    );
  }
}

export interface RateLimit {
  readonly eventsPerSecond: number;
  /** What may come at once after a pause. */
  readonly burstEvents: number;
}

/**
 * Tokens are events. Taking more than there are is allowed when the bucket is full, or no large request could ever
 * pass; it leaves a debt that later ones wait for.
 */
export class TokenBucket {
  #tokens: number;
  #filledAtMs: number;

  constructor(
    private readonly limit: RateLimit,
    nowMs: number,
  ) {
    this.#tokens = limit.burstEvents;
    this.#filledAtMs = nowMs;
  }

  /** Milliseconds until so many may be taken; 0 when they may be taken now. */
  waitMs(events: number, nowMs: number): number {
    this.#fill(nowMs);
    const wanted = Math.min(events, this.limit.burstEvents);
    const missing = wanted - this.#tokens;
    return missing <= 0 ? 0 : Math.ceil((missing / this.limit.eventsPerSecond) * 1_000);
  }

  /** Takes so many, into debt if need be; a negative number gives back. */
  take(events: number): void {
    this.#tokens = Math.min(this.limit.burstEvents, this.#tokens - events);
  }

  #fill(nowMs: number): void {
    // A clock that is set back does not take anything away.
    const passedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    const grown = this.#tokens + (passedMs / 1_000) * this.limit.eventsPerSecond;
    this.#tokens = Math.min(this.limit.burstEvents, grown);
  }
}

import { TokenBucket, type RateLimit } from './token-bucket.js';

/** Who sends: an authenticated key and its tenant. Both come from the catalog, so their number is bounded. */
export interface Sender {
  readonly tenant: string;
  readonly keyId: string;
}

export interface RateLimitOptions {
  readonly perTenant: RateLimit;
  readonly perKey: RateLimit;
}

/** A bucket per tenant and one per key; both must have room. */
export class RateLimits {
  readonly #tenants = new Map<string, TokenBucket>();
  readonly #keys = new Map<string, TokenBucket>();

  constructor(private readonly options: RateLimitOptions) {}

  /** Takes so many events. Answers the milliseconds to wait when there is no room, and takes nothing then. */
  take(sender: Sender, events: number, nowMs: number): number {
    const buckets = this.#bucketsOf(sender, nowMs);
    const waitMs = Math.max(...buckets.map((bucket) => bucket.waitMs(events, nowMs)));
    if (waitMs === 0) for (const bucket of buckets) bucket.take(events);
    return waitMs;
  }

  /** Puts an estimate right. */
  correct(sender: Sender, events: number, nowMs: number): void {
    if (events === 0) return;
    for (const bucket of this.#bucketsOf(sender, nowMs)) bucket.take(events);
  }

  #bucketsOf({ tenant, keyId }: Sender, nowMs: number): TokenBucket[] {
    const { perTenant, perKey } = this.options;
    return [
      bucketOf(this.#tenants, tenant, () => new TokenBucket(perTenant, nowMs)),
      bucketOf(this.#keys, keyId, () => new TokenBucket(perKey, nowMs)),
    ];
  }
}

function bucketOf(
  buckets: Map<string, TokenBucket>,
  name: string,
  make: () => TokenBucket,
): TokenBucket {
  let bucket = buckets.get(name);
  if (!bucket) buckets.set(name, (bucket = make()));
  return bucket;
}

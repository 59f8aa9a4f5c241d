import { LRUCache } from "lru-cache";

interface Bucket {
  tokens: number;
  /** Milliseconds on the monotonic clock. */
  filledAt: number;
}

/** What is left for a key, for the RateLimit headers. */
export interface Allowance {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the bucket is full again. */
  resetSeconds: number;
  /** Seconds until one request fits again; 0 when one fits now. */
  retrySeconds: number;
}

/** A token bucket per API key: `perSecond` on average, bursts of twice that. */
export class KeyLimits {
  readonly #buckets = new LRUCache<string, Bucket>({ max: 50_000 });
  readonly #capacity: number;

  constructor(
    private readonly perSecond: number,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {
    this.#capacity = perSecond * 2;
  }

  take(keyId: string): Allowance {
    const now = this.monotonicNow();
    let bucket = this.#buckets.get(keyId);
    if (!bucket) {
      bucket = { tokens: this.#capacity, filledAt: now };
      this.#buckets.set(keyId, bucket);
    }
    const refill = ((now - bucket.filledAt) / 1000) * this.perSecond;
    bucket.tokens = Math.min(this.#capacity, bucket.tokens + refill);
    bucket.filledAt = now;
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens--;
    return {
      allowed,
      limit: this.#capacity,
      remaining: Math.floor(bucket.tokens),
      resetSeconds: Math.ceil((this.#capacity - bucket.tokens) / this.perSecond),
      retrySeconds: allowed ? 0 : Math.max(1, Math.ceil((1 - bucket.tokens) / this.perSecond)),
    };
  }
}

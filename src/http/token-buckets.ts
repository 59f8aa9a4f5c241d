import { LRUCache } from "lru-cache";

/** How many requests may be made, on average and at once. */
export interface Rate {
  requestsPerSecond: number;
  burst: number;
}

/** What is left of a bucket. */
export interface BucketState {
  limit: number;
  remaining: number;
  /** Seconds in which an empty bucket is filled. */
  windowSeconds: number;
  /** Seconds until the bucket is full again. */
  resetSeconds: number;
  /** Seconds until one request fits; 0 when one fits now. */
  retrySeconds: number;
}

interface Bucket {
  tokens: number;
  /** Milliseconds on the monotonic clock. */
  filledAt: number;
}

/** The longest time that the cost of long answers can block, in seconds. */
const LONGEST_WAIT_SECONDS = 30;

/** Token buckets by name, as many as are in use: a bucket that is forgotten is full. */
export class TokenBuckets {
  readonly #buckets: LRUCache<string, Bucket>;

  constructor(
    max: number,
    private readonly monotonicNow: () => number,
  ) {
    this.#buckets = new LRUCache({ max });
  }

  /** Whether there is a token: fills the bucket for the time that has passed. */
  has(name: string, rate: Rate): boolean {
    return this.#filled(name, rate).tokens >= 1;
  }

  /** Takes tokens, also those that are not there yet. */
  take(name: string, { requestsPerSecond, burst }: Rate, count = 1): void {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return;
    const most = Math.min(bucket.tokens, burst) - count;
    bucket.tokens = Math.max(most, -LONGEST_WAIT_SECONDS * requestsPerSecond);
  }

  state(name: string, { requestsPerSecond, burst }: Rate): BucketState {
    const tokens = this.#buckets.peek(name)?.tokens ?? burst;
    return {
      limit: burst,
      windowSeconds: Math.ceil(burst / requestsPerSecond),
      remaining: Math.max(0, Math.floor(tokens)),
      resetSeconds: Math.ceil((burst - tokens) / requestsPerSecond),
      retrySeconds: tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / requestsPerSecond)),
    };
  }

  #filled(name: string, { requestsPerSecond, burst }: Rate): Bucket {
    const now = this.monotonicNow();
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { tokens: burst, filledAt: now };
      this.#buckets.set(name, bucket);
      return bucket;
    }
    const refill = ((now - bucket.filledAt) / 1000) * requestsPerSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + refill);
    bucket.filledAt = now;
    return bucket;
  }
}

import { LRUCache } from "lru-cache";
import type { TenantPolicies } from "../tenants/policies.ts";

interface Bucket {
  tokens: number;
  /** Milliseconds on the monotonic clock. */
  filledAt: number;
}

/** What a key has left, for the RateLimit headers. */
export interface Allowance {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the bucket is full again. */
  resetSeconds: number;
  /** Seconds until one request fits again; 0 when one fits now. */
  retrySeconds: number;
}

/** How many requests a key may make, on average and at once. */
export interface KeyRate {
  requestsPerSecond: number;
  burst: number;
}

/** The tenant's policies that set the limits of its keys. */
type RatePolicies = Pick<TenantPolicies, "requestsPerSecond" | "burst">;

/** The longest time that the cost of long answers can block a key. */
const LONGEST_WAIT_SECONDS = 30;

/** A token bucket for each API key, sized by its tenant's policies. */
export class KeyLimits {
  readonly #buckets = new LRUCache<string, Bucket>({ max: 50_000 });

  constructor(
    private readonly service: KeyRate,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {}

  /** Takes one token for a request, and says what is left. */
  take(keyId: string, policies: RatePolicies): Allowance {
    const now = this.monotonicNow();
    const perSecond = policies.requestsPerSecond ?? this.service.requestsPerSecond;
    const capacity = policies.burst ?? this.#burstFor(policies);
    let bucket = this.#buckets.get(keyId);
    if (!bucket) {
      bucket = { tokens: capacity, filledAt: now };
      this.#buckets.set(keyId, bucket);
    }
    const refill = ((now - bucket.filledAt) / 1000) * perSecond;
    bucket.tokens = Math.min(capacity, bucket.tokens + refill);
    bucket.filledAt = now;
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens--;
    return {
      allowed,
      limit: capacity,
      remaining: Math.max(0, Math.floor(bucket.tokens)),
      resetSeconds: Math.ceil((capacity - bucket.tokens) / perSecond),
      retrySeconds: allowed ? 0 : Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond)),
    };
  }

  /** Takes further tokens for a request that cost more than the one taken at its start. */
  charge(keyId: string, policies: RatePolicies, requests: number): void {
    const bucket = this.#buckets.get(keyId);
    if (!bucket) return;
    const perSecond = policies.requestsPerSecond ?? this.service.requestsPerSecond;
    bucket.tokens = Math.max(bucket.tokens - requests, -LONGEST_WAIT_SECONDS * perSecond);
  }

  #burstFor({ requestsPerSecond }: RatePolicies): number {
    return requestsPerSecond === null ? this.service.burst : 2 * requestsPerSecond;
  }
}

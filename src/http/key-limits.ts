import { LRUCache } from "lru-cache";
import type { TenantPolicies } from "../tenants/policies.ts";

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

/** What a key may ask: on average, and at once. */
export interface KeyRate {
  requestsPerSecond: number;
  burst: number;
}

/** What of a tenant's policies says how much its keys may ask. */
type RatePolicies = Pick<TenantPolicies, "requestsPerSecond" | "burst">;

/** How long a key can have to wait for what its answers have cost. */
const LONGEST_WAIT_SECONDS = 30;

/** A token bucket per API key, of the size that its tenant's policies say. */
export class KeyLimits {
  readonly #buckets = new LRUCache<string, Bucket>({ max: 50_000 });

  constructor(
    private readonly service: KeyRate,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {}

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

  /** Takes what a request has turned out to cost beyond the one that it was let in for. */
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

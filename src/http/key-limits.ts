import type { TenantPolicies } from "../tenants/policies.ts";
import { type BucketState, type Rate, TokenBuckets } from "./token-buckets.ts";

export type KeyRate = Rate;

/** What a key and its tenant have left, for the RateLimit headers. */
export interface Allowance {
  /** Which of the two refuses the request; null when it is allowed. */
  refusedBy: "key" | "tenant" | null;
  key: BucketState;
  tenant: BucketState;
  /** Seconds until one request fits again; 0 when one fits now. */
  retrySeconds: number;
}

/** The tenant's policies that set the limits of its keys, and of all of them together. */
type RatePolicies = Pick<TenantPolicies, "requestsPerSecond" | "burst" | "tenantRequestsPerSecond">;

/** Whose limits are asked for. */
export interface LimitedKey {
  readonly keyId: string;
  readonly tenantId: string;
  readonly policies: RatePolicies;
}

/** What a tenant's keys may ask together, where its policy says nothing else: so many keys' worth. */
const KEYS_WORTH = 4;

const MAX_KEYS = 50_000;
const MAX_TENANTS = 50_000;

/** A token bucket for each API key and one for each tenant, sized by the tenant's policies. */
export class KeyLimits {
  readonly #keys: TokenBuckets;
  readonly #tenants: TokenBuckets;

  constructor(
    private readonly service: KeyRate,
    monotonicNow: () => number = () => performance.now(),
  ) {
    this.#keys = new TokenBuckets(MAX_KEYS, monotonicNow);
    this.#tenants = new TokenBuckets(MAX_TENANTS, monotonicNow);
  }

  /** Takes one token of each for a request, or none, and says what is left. */
  take({ keyId, tenantId, policies }: LimitedKey): Allowance {
    const ofKey = this.#keyRate(policies);
    const ofTenant = tenantRate(policies, ofKey);
    const keyHas = this.#keys.has(keyId, ofKey);
    const tenantHas = this.#tenants.has(tenantId, ofTenant);
    if (keyHas && tenantHas) {
      this.#keys.take(keyId, ofKey);
      this.#tenants.take(tenantId, ofTenant);
    }
    const key = this.#keys.state(keyId, ofKey);
    const tenant = this.#tenants.state(tenantId, ofTenant);
    return {
      refusedBy: keyHas ? (tenantHas ? null : "tenant") : "key",
      key,
      tenant,
      retrySeconds: Math.max(keyHas ? 0 : key.retrySeconds, tenantHas ? 0 : tenant.retrySeconds),
    };
  }

  /** Takes further tokens for a request that cost more than the one taken at its start. */
  charge({ keyId, tenantId, policies }: LimitedKey, requests: number): void {
    const ofKey = this.#keyRate(policies);
    this.#keys.take(keyId, ofKey, requests);
    this.#tenants.take(tenantId, tenantRate(policies, ofKey), requests);
  }

  /** Gives back what take() has taken for a request that comes once more. */
  giveBack(key: LimitedKey): void {
    this.charge(key, -1);
  }

  #keyRate({ requestsPerSecond, burst }: RatePolicies): Rate {
    const own = requestsPerSecond === null ? this.service.burst : 2 * requestsPerSecond;
    return {
      requestsPerSecond: requestsPerSecond ?? this.service.requestsPerSecond,
      burst: burst ?? own,
    };
  }
}

function tenantRate({ tenantRequestsPerSecond: own }: RatePolicies, key: Rate): Rate {
  if (own !== null) return { requestsPerSecond: own, burst: Math.max(2 * own, key.burst) };
  return {
    requestsPerSecond: KEYS_WORTH * key.requestsPerSecond,
    burst: KEYS_WORTH * key.burst,
  };
}

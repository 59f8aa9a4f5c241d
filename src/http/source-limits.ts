import { sourceOf } from "./client-address.ts";
import { type Rate, TokenBuckets } from "./token-buckets.ts";

const MAX_SOURCES = 50_000;
/** A page of the documentation loads a dozen files at once, for several people behind one address. */
const BURST_SECONDS = 10;

/**
 * What requests without an API key may ask, by the address that they come from (of IPv6 by its /64
 * network): nobody else answers for them.
 */
export class SourceLimits {
  readonly #buckets: TokenBuckets;
  readonly #rate: Rate;

  constructor(requestsPerSecond: number, monotonicNow: () => number = () => performance.now()) {
    this.#rate = { requestsPerSecond, burst: BURST_SECONDS * requestsPerSecond };
    this.#buckets = new TokenBuckets(MAX_SOURCES, monotonicNow);
  }

  /** Takes a request of an address. Returns the seconds to wait when none is left, 0 otherwise. */
  take(address: string): number {
    const source = sourceOf(address);
    if (!this.#buckets.has(source, this.#rate))
      return this.#buckets.state(source, this.#rate).retrySeconds;
    this.#buckets.take(source, this.#rate);
    return 0;
  }
}

import { LRUCache } from "lru-cache";
import type { ReplayTarget } from "./fly-headers.ts";

/**
 * For so long, in milliseconds, nothing is sent to a target that a request has come back from: about as
 * long as the sessions of a dead machine belong to it.
 */
const AVOIDED_MS = 10_000;
/** A request that was sent on comes back within this time, or not at all. */
const BACK_WITHIN_MS = 10_000;
const MAX_AVOIDED = 10_000;
const MAX_KEYS = 10_000;
/** Requests of one key that may come back at the same time. */
const MAX_OUT = 1_000;

interface Out {
  count: number;
  /** On the monotonic clock. */
  until: number;
}

/** What this machine remembers of the requests that it has had sent to others. */
export class SentReplays {
  /**
   * Until when targets are avoided, for each tenant: who makes up a failed replay changes nothing for
   * others.
   */
  readonly #avoided = new LRUCache<string, number>({ max: MAX_AVOIDED });
  /** How many requests of a key may still come back. */
  readonly #out = new LRUCache<string, Out>({ max: MAX_KEYS });

  constructor(private readonly monotonicNow: () => number) {}

  avoid(tenantId: string, target: ReplayTarget): void {
    this.#avoided.set(`${tenantId}\n${target}`, this.monotonicNow() + AVOIDED_MS);
  }

  isAvoided(tenantId: string, target: ReplayTarget): boolean {
    const until = this.#avoided.get(`${tenantId}\n${target}`);
    return until !== undefined && this.monotonicNow() < until;
  }

  sent(keyId: string): void {
    const until = this.monotonicNow() + BACK_WITHIN_MS;
    const count = Math.min(MAX_OUT, this.#outOf(keyId) + 1);
    this.#out.set(keyId, { count, until });
  }

  /**
   * Takes back one of the requests that were sent for a key. False when there is none: then the request
   * has not been here before.
   */
  takeBack(keyId: string): boolean {
    const count = this.#outOf(keyId);
    if (count === 0) return false;
    const until = this.#out.get(keyId)?.until ?? 0;
    this.#out.set(keyId, { count: count - 1, until });
    return true;
  }

  #outOf(keyId: string): number {
    const out = this.#out.get(keyId);
    return out !== undefined && this.monotonicNow() < out.until ? out.count : 0;
  }
}

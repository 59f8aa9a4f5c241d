import { LRUCache } from "lru-cache";
import { sourceOf } from "./client-address.ts";

/** What can be guessed at. Each has its own count: a wrong API key locks no operator out. */
export type Credential = "api_key" | "token";

interface Failures {
  /** Failures not yet forgiven. */
  count: number;
  /** Milliseconds on the monotonic clock. */
  countedAt: number;
}

/** Failures that a source may have before its guesses are refused unseen. */
const MOST_FAILURES = 20;
const FORGIVEN_PER_SECOND = 0.5;
const MAX_SOURCES = 50_000;

/**
 * Slows those who guess: after 20 failures a source may try once every two seconds. What is known
 * to be right already is never asked about here, so that one who guesses shuts out nobody behind
 * the same address.
 */
export class FailureLimits {
  readonly #failures = new LRUCache<string, Failures>({ max: MAX_SOURCES });

  constructor(private readonly monotonicNow: () => number = () => performance.now()) {}

  /** Seconds until the source may try again; 0 when it may now. */
  waitSeconds(credential: Credential, address: string): number {
    const failures = this.#failures.get(nameOf(credential, address));
    if (failures === undefined) return 0;
    const excess = this.#remaining(failures) - MOST_FAILURES + 1;
    return excess <= 0 ? 0 : Math.max(1, Math.ceil(excess / FORGIVEN_PER_SECOND));
  }

  /** The source presented something that opens nothing. */
  note(credential: Credential, address: string): void {
    const name = nameOf(credential, address);
    const failures = this.#failures.get(name);
    const count = failures === undefined ? 0 : this.#remaining(failures);
    this.#failures.set(name, { count: count + 1, countedAt: this.monotonicNow() });
  }

  #remaining({ count, countedAt }: Failures): number {
    const forgiven = ((this.monotonicNow() - countedAt) / 1000) * FORGIVEN_PER_SECOND;
    return Math.max(0, count - forgiven);
  }
}

const nameOf = (credential: Credential, address: string): string =>
  `${credential} ${sourceOf(address)}`;

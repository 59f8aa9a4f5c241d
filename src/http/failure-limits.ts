import { LRUCache } from "lru-cache";
import { sourceOf } from "./client-address.ts";

/**
 * What can be guessed. Failures are counted apart, so wrong API keys do not lock out the operator.
 */
export type Credential = "api_key" | "token";

interface Failures {
  /** Failures that are not forgiven yet. */
  count: number;
  /** Milliseconds on the monotonic clock. */
  countedAt: number;
}

/** Failures of a source before its guesses are refused without a look at them. */
const MOST_FAILURES = 20;
const FORGIVEN_PER_SECOND = 0.5;
const MAX_SOURCES = 50_000;

/**
 * Slows down guessing: after 20 failures a source may try once every two seconds. Cached API keys are
 * not limited here, so a guesser does not lock out others behind the same address.
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

  /** Counts a wrong credential from the source. */
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

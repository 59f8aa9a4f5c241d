import { StorageUnavailable } from "../errors.ts";

/** So many failures in a row without an answer in between mean that the database is down. */
const FAILURES = 3;
/** How long a request waits for the look whether the database is back. */
const LONGEST_WAIT_MS = 1_000;
/** A look that has no answer yet does not keep the next one from starting after this time. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Whether a remote database answers. While it does not, requests share a look at it instead of
 * waiting each for a time-out of its own.
 */
export class Reach {
  #failures = 0;
  #failure = new StorageUnavailable("unreachable");
  #answeredAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** `look` asks the database something, and tells the result here like every request. */
  constructor(
    private readonly look: () => Promise<void>,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {}

  get isDown(): boolean {
    return this.#failures >= FAILURES;
  }

  answered(): void {
    this.#failures = 0;
    this.#answeredAt = this.monotonicNow();
  }

  /** `sentAt` on the monotonic clock: what was answered since then has shown that it is reachable. */
  failed(failure: StorageUnavailable, sentAt: number): void {
    this.#failure = failure;
    if (this.#answeredAt >= sentAt) return;
    // A time-out has lasted long enough to count for several.
    this.#failures += failure.fault === "timeout" ? FAILURES : 1;
  }

  /** Resolves when the database is back. Throws StorageUnavailable after a short time. */
  async untilBack(): Promise<void> {
    const now = this.monotonicNow();
    if (this.#looking === null || now - this.#lookedAt > LOOK_AGAIN_MS) {
      this.#lookedAt = now;
      const looking = this.look()
        .catch(() => {})
        .finally(() => {
          if (this.#looking === looking) this.#looking = null;
        });
      this.#looking = looking;
    }
    let timer: Timer | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, LONGEST_WAIT_MS);
    });
    await Promise.race([this.#looking, timeout]);
    clearTimeout(timer);
    const { fault, note } = this.#failure;
    if (this.isDown) throw new StorageUnavailable(fault, { cause: this.#failure, note });
  }
}

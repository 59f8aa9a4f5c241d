/**
 * What is known of a caller's writes as a whole:
 * - `not_sent`: not one byte of a write has left.
 * - `refused`: every write that left was answered with a refusal, so nothing has changed.
 * - `acted`: Instagram has done at least one, and refused the others.
 * - `unknown`: at least one has left, wholly or in part, and has no answer that tells.
 */
export type WriteOutcome = "not_sent" | "refused" | "acted" | "unknown";

/** Keeps what became of the writes that were sent for one caller. The transport tells it. */
export class WriteLog {
  /** Writes that may have taken place, those under way included. */
  #open = 0;
  #acted = false;
  #refused = false;

  get outcome(): WriteOutcome {
    if (this.#open > 0) return "unknown";
    if (this.#acted) return "acted";
    return this.#refused ? "refused" : "not_sent";
  }

  /** A write is about to leave. Until one of the others is called, its outcome is unknown. */
  begin(): void {
    this.#open++;
  }

  /** A write that had begun has failed before its first byte left. */
  notSent(): void {
    this.#open--;
  }

  /** A write was answered with a refusal. */
  refused(): void {
    this.#open--;
    this.#refused = true;
  }

  /** A write was answered: Instagram did it. */
  acted(): void {
    this.#open--;
    this.#acted = true;
  }
}

/** Something under way that ends when its time is over. */
export interface Timed {
  /** When, on the clock of performance.now(); Infinity for never. It may be put off at any time. */
  readonly deadline: number;
  /** Told once the deadline has passed, until the thing is deleted. */
  onDeadline(): void;
}

/**
 * Watches deadlines that are put off with each byte: one timer for all of them, which is set again
 * only where a deadline comes nearer.
 */
export class Deadlines {
  readonly #watched = new Set<Timed>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends. */
  #next = Number.POSITIVE_INFINITY;

  watch(timed: Timed): void {
    this.#watched.add(timed);
    this.nearer(timed.deadline);
  }

  delete(timed: Timed): void {
    this.#watched.delete(timed);
  }

  /** A watched deadline has come nearer. */
  nearer(deadline: number): void {
    if (deadline >= this.#next) return;
    this.#next = deadline;
    clearTimeout(this.#timer);
    // Timers may be early by a fraction.
    this.#timer = setTimeout(this.#look, Math.max(1, deadline - performance.now() + 1));
    this.#timer.unref();
  }

  readonly #look = (): void => {
    const now = performance.now();
    this.#next = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const timed of this.#watched)
      if (timed.deadline <= now) timed.onDeadline();
      else next = Math.min(next, timed.deadline);
    this.nearer(next);
  };
}

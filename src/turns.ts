/** How long work may go on before the event loop must turn, in milliseconds. */
const SLICE_MS = 5;

/**
 * Lets the event loop turn between pieces of work that never wait for anything: signals, timers and
 * other connections would otherwise wait for the end of all of them.
 */
export class Turns {
  readonly #waiting: Array<() => void> = [];
  /** Whether the loop's next turn will be noted. */
  #noted = false;
  /** When the first piece of work of this turn began, of performance.now(). */
  #since = 0;

  /** Does a piece of work, at once where this turn has time left. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#hasTime() ? work() : this.#runLater(work);
  }

  #hasTime(): boolean {
    const now = performance.now();
    if (!this.#noted) {
      this.#noted = true;
      this.#since = now;
      setImmediate(() => {
        this.#noted = false;
        for (const goOn of this.#waiting.splice(0)) goOn();
      });
    }
    return now - this.#since < SLICE_MS;
  }

  async #runLater<T>(work: () => Promise<T>): Promise<T> {
    // Of those who have waited, the first may use up the next turn too.
    do await new Promise<void>((resolve) => this.#waiting.push(resolve));
    while (!this.#hasTime());
    return work();
  }
}

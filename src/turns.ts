/** How long work may go on before the event loop must turn, in milliseconds. */
const SLICE_MS = 5;

/**
 * Lets the event loop turn between pieces of work that never wait for anything: signals, timers and
 * other connections would otherwise wait for the end of all of them. Whose work has to wait takes
 * turns with the others, so that one who asks for much keeps himself waiting and nobody else.
 */
export class Turns {
  /** By whose it is; who comes first is the next. */
  readonly #waiting = new Map<string, Array<() => void>>();
  /** Whether the loop's next turn will be noted. */
  #noted = false;
  /** When the first piece of work of this turn began, of performance.now(). */
  #since = 0;

  /** Does a piece of somebody's work, at once where nobody waits and this turn has time left. */
  run<T>(whose: string, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.size === 0 && this.#hasTime()) return work();
    const { promise, resolve } = Promise.withResolvers<void>();
    const own = this.#waiting.get(whose);
    if (own) own.push(resolve);
    else this.#waiting.set(whose, [resolve]);
    return promise.then(work);
  }

  #hasTime(): boolean {
    const now = performance.now();
    if (!this.#noted) this.#begin(now);
    return now - this.#since < SLICE_MS;
  }

  #begin(now: number): void {
    this.#noted = true;
    this.#since = now;
    setImmediate(() => {
      this.#noted = false;
      this.#letOneGoOn();
    });
  }

  /** One piece a turn: its length is not known before, and the next one's turn is soon. */
  #letOneGoOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [whose, [goOn, ...others]] = next;
    this.#waiting.delete(whose);
    if (others.length > 0) this.#waiting.set(whose, others);
    this.#begin(performance.now());
    goOn?.();
  }
}

/** How long work may run before the event loop must turn, in milliseconds. */
const SLICE_MS = 5;

/**
 * Lets the event loop turn between pieces of work that never wait for anything. Without this,
 * signals, timers and other connections would have to wait until all of that work is done. Owners
 * take turns: an owner with much work delays itself and nobody else.
 */
export class Turns {
  /** Waiting work by owner. The first owner is next. */
  readonly #waiting = new Map<string, Array<() => void>>();
  /** Whether a callback at the end of this turn is scheduled. */
  #scheduled = false;
  /** When this turn's first piece of work began, on the clock of performance.now(). */
  #since = 0;

  /** Runs a piece of an owner's work: at once if nobody waits and this turn has time left. */
  run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.size === 0 && this.#hasTime()) return work();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(owner);
    if (waiting) waiting.push(resolve);
    else this.#waiting.set(owner, [resolve]);
    return promise.then(work);
  }

  #hasTime(): boolean {
    const now = performance.now();
    if (!this.#scheduled) this.#beginTurn(now);
    return now - this.#since < SLICE_MS;
  }

  #beginTurn(now: number): void {
    this.#scheduled = true;
    this.#since = now;
    setImmediate(() => {
      this.#scheduled = false;
      this.#runNext();
    });
  }

  /** Runs one piece of waiting work a turn: nobody knows beforehand how long it takes. */
  #runNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [owner, [start, ...others]] = next;
    this.#waiting.delete(owner);
    if (others.length > 0) this.#waiting.set(owner, others);
    this.#beginTurn(performance.now());
    start?.();
  }
}

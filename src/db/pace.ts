export interface PaceOptions {
  /** How long one batch should hold the thread, in milliseconds; the batches' size follows it. */
  budgetMs?: number;
  /**
   * How long to rest after a batch, in parts of the time that the batch took: 1 leaves half of the
   * thread to others, 0 gives them one turn. At least one turn is always given.
   */
  rest?: number;
}

interface Surroundings {
  /** Whether the database works on this process's thread, as a file's does. */
  isLocal: boolean;
  /** Milliseconds of a clock that is never set. */
  monotonicNow?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
}

const DEFAULT_BUDGET_MS = 8;
const FIRST_BATCH = 16;
// Fewer would cost more in commits than they save in waiting, however slow the disk is.
const SMALLEST_BATCH = 8;
const LARGEST_BATCH = 500;
/** Where the thread only waits for the network, which a batch's size hardly changes. */
const REMOTE_BATCH = 100;
const LONGEST_REST_MS = 50;

/** The pace of work in batches: finds how much fits into the budget, and rests in between. */
export class Pace {
  /** How many rows the next batch is to have. */
  size: number;
  #budgetMs: number;
  #rest: number;
  readonly #isLocal: boolean;
  readonly #now: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(
    { isLocal, monotonicNow = () => performance.now(), sleep = Bun.sleep }: Surroundings,
    { budgetMs = DEFAULT_BUDGET_MS, rest = 1 }: PaceOptions = {},
  ) {
    this.size = isLocal ? FIRST_BATCH : REMOTE_BATCH;
    this.#budgetMs = budgetMs;
    this.#rest = rest;
    this.#isLocal = isLocal;
    this.#now = monotonicNow;
    this.#sleep = sleep;
  }

  /** From now on nobody else waits for the thread: the batches are large and follow each other. */
  hurry(): void {
    this.#budgetMs = Number.POSITIVE_INFINITY;
    this.#rest = 0;
    this.size = this.#isLocal ? LARGEST_BATCH : REMOTE_BATCH;
  }

  /** Does a batch, and rests. Throws what the batch throws. */
  async work(batch: () => Promise<void>): Promise<void> {
    const started = this.#now();
    await batch();
    const took = this.#now() - started;
    // A wait for another writer counts as well: then smaller batches are right, too.
    if (this.#isLocal) {
      const fitting = Math.floor((this.size * this.#budgetMs) / Math.max(took, 0.1));
      this.size = Math.max(SMALLEST_BATCH, Math.min(fitting, this.size * 2, LARGEST_BATCH));
    }
    // A timer, even of no time, lets the loop handle what has come in; a microtask does not.
    await this.#sleep(Math.min(took * this.#rest, LONGEST_REST_MS));
  }
}

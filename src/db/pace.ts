export interface PaceOptions {
  /**
   * How long one batch should hold the thread, in milliseconds; the size of batches adapts to it.
   */
  budgetMs?: number;
  /**
   * How long to rest after a batch, as a multiple of the batch's own time: 1 leaves half of the
   * thread to others, 0 gives the event loop one turn.
   */
  rest?: number;
}

interface PaceDependencies {
  /** Whether the database works on this process's thread, as a local file does. */
  isLocal: boolean;
  /** Milliseconds of a clock that is never set. */
  monotonicNow?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
}

const DEFAULT_BUDGET_MS = 8;
const FIRST_BATCH = 16;
// With smaller batches, however slow the disk is, the commits cost more than the waiting.
const SMALLEST_BATCH = 8;
const LARGEST_BATCH = 500;
/** For a remote database: the thread only waits for the network, whatever the batch's size. */
const REMOTE_BATCH = 100;
const LONGEST_REST_MS = 50;

/** The pace of work in batches: adapts their size to the budget, and rests in between. */
export class Pace {
  /** The number of rows for the next batch. */
  size: number;
  #budgetMs: number;
  #rest: number;
  readonly #isLocal: boolean;
  readonly #now: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(
    { isLocal, monotonicNow = () => performance.now(), sleep = Bun.sleep }: PaceDependencies,
    { budgetMs = DEFAULT_BUDGET_MS, rest = 1 }: PaceOptions = {},
  ) {
    this.size = isLocal ? FIRST_BATCH : REMOTE_BATCH;
    this.#budgetMs = budgetMs;
    this.#rest = rest;
    this.#isLocal = isLocal;
    this.#now = monotonicNow;
    this.#sleep = sleep;
  }

  /**
   * From now on nothing else waits for the thread: batches are large and follow each other at once.
   */
  hurry(): void {
    this.#budgetMs = Number.POSITIVE_INFINITY;
    this.#rest = 0;
    this.size = this.#isLocal ? LARGEST_BATCH : REMOTE_BATCH;
  }

  /** Runs a batch, and rests. Throws what the batch throws. */
  async work(batch: () => Promise<void>): Promise<void> {
    const started = this.#now();
    await batch();
    const took = this.#now() - started;
    // The wait for another writer counts as well, since smaller batches help that writer, too.
    if (this.#isLocal) {
      const fits = Math.floor((this.size * this.#budgetMs) / Math.max(took, 0.1));
      this.size = Math.max(SMALLEST_BATCH, Math.min(fits, this.size * 2, LARGEST_BATCH));
    }
    // Even a timer of 0 ms lets the event loop handle requests; a microtask does not.
    await this.#sleep(Math.min(took * this.#rest, LONGEST_REST_MS));
  }
}

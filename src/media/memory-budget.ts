import type { FileScope } from "../files/spool.ts";
import { CallerGone } from "../instagram/errors.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/** How many conversions of one owner may wait for memory. */
const MOST_WAITING = 100;

/** For whom work is done, and until when somebody waits for it. */
export type Customer = Pick<FileScope, "owner" | "signal">;

interface Waiting {
  bytes: number;
  begin: () => void;
}

/**
 * Shares out memory to work that needs much of it. Owners take turns, so that one with much work
 * delays itself and nobody else.
 */
export class MemoryBudget {
  /** Waiting work by owner. The first owner is next. */
  readonly #waiting = new Map<string, Waiting[]>();
  #free: number;

  /** `bytes`: what all work together may take. */
  constructor(private readonly bytes: number) {
    this.#free = bytes;
  }

  /**
   * Runs work when there is memory for it. Throws GatewayRateLimited if too much work of its owner
   * waits, CallerGone if nobody waits for it any more when its turn comes.
   */
  async run<T>({ owner, signal }: Customer, bytes: number, work: () => Promise<T>): Promise<T> {
    const wanted = Math.min(bytes, this.bytes);
    await this.#take(owner, wanted);
    try {
      if (signal?.aborted) throw new CallerGone();
      return await work();
    } finally {
      this.#free += wanted;
      this.#beginNext();
    }
  }

  #take(owner: string, bytes: number): Promise<void> {
    const own = this.#waiting.get(owner) ?? [];
    if (own.length >= MOST_WAITING)
      throw new GatewayProblem(
        "GatewayRateLimited",
        "Too many photos and videos are waiting here",
        {
          hint: "Nothing was sent to Instagram. Send fewer files at the same time.",
        },
      );
    const { promise, resolve } = Promise.withResolvers<void>();
    own.push({ bytes, begin: resolve });
    this.#waiting.set(owner, own);
    this.#beginNext();
    return promise;
  }

  #beginNext(): void {
    for (const [owner, own] of this.#waiting) {
      const [next] = own;
      // What needs much gets its turn, too: nobody overtakes it.
      if (!next || next.bytes > this.#free) return;
      own.shift();
      // Behind the others, which this loop comes to first.
      this.#waiting.delete(owner);
      if (own.length > 0) this.#waiting.set(owner, own);
      this.#free -= next.bytes;
      next.begin();
    }
  }
}

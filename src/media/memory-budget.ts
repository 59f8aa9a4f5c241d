import { GatewayProblem } from "../problems/gateway.ts";

/** How many conversions may wait for memory. */
const MOST_WAITING = 100;

/** Shares out memory to work that needs much of it: first come, first served. */
export class MemoryBudget {
  readonly #waiting: Array<{ bytes: number; begin: () => void }> = [];
  #free: number;

  /** `bytes`: what all work together may take. */
  constructor(private readonly bytes: number) {
    this.#free = bytes;
  }

  /** Runs work when there is memory for it. Throws GatewayRateLimited if too much work waits. */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const wanted = Math.min(bytes, this.bytes);
    await this.#take(wanted);
    try {
      return await work();
    } finally {
      this.#free += wanted;
      this.#beginNext();
    }
  }

  #take(bytes: number): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING)
      throw new GatewayProblem(
        "GatewayRateLimited",
        "Too many photos and videos are waiting here",
        {
          hint: "Nothing was sent to Instagram. Send fewer files at the same time.",
        },
      );
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ bytes, begin: resolve });
    this.#beginNext();
    return promise;
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.begin();
    }
  }
}

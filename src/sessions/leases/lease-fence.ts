import type { Fence, FencedExchange } from "../../instagram/client.ts";
import { LeaseLost } from "./held-elsewhere.ts";

/**
 * Keeps the requests to Instagram that are under way for sessions of this machine, and breaks them off
 * when its lease runs out: another machine may begin to use the sessions a moment later.
 */
export class LeaseFence implements Fence {
  readonly #underWay = new Set<FencedExchange>();

  constructor(
    /** Whether the machine's lease holds at this instant. */
    private readonly holds: () => boolean,
  ) {}

  /** Throws LeaseLost. */
  enter(exchange: FencedExchange): void {
    this.check();
    this.#underWay.add(exchange);
  }

  /** Throws LeaseLost. */
  check(): void {
    if (!this.holds()) throw new LeaseLost();
  }

  leave(exchange: FencedExchange): void {
    this.#underWay.delete(exchange);
  }

  /** Ends all that is under way. */
  breakOff(): void {
    if (this.#underWay.size === 0) return;
    const error = new LeaseLost();
    for (const exchange of this.#underWay) exchange.breakOff(error);
  }
}

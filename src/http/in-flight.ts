/**
 * How many requests of each tenant are being worked on, so that one whose reads hang does not take
 * the upstream connections of all. What waits in the queue of its session holds nothing and does not
 * count: the queues have bounds of their own.
 */
export class InFlight {
  readonly #working = new Map<string, number>();

  /** Counts a request in, unless the tenant has `most` already. */
  enter(tenantId: string, most: number): boolean {
    const working = this.#working.get(tenantId) ?? 0;
    if (working >= most) return false;
    this.#working.set(tenantId, working + 1);
    return true;
  }

  /** A request that was counted in has been answered. */
  leave(tenantId: string): void {
    this.#add(tenantId, -1);
  }

  /** Requests have begun (+1) or ended (-1) to wait in the queue of a session. */
  waiting(tenantId: string, change: number): void {
    this.#add(tenantId, -change);
  }

  #add(tenantId: string, change: number): void {
    const working = (this.#working.get(tenantId) ?? 0) + change;
    if (working === 0) this.#working.delete(tenantId);
    else this.#working.set(tenantId, working);
  }
}

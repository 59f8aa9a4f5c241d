/**
 * Counts how many requests of each tenant are being worked on, so that a tenant whose reads hang does
 * not use up the upstream connections of all tenants. Requests that wait in a session's queue are not
 * counted: they hold no connection, and the queues have limits of their own.
 */
export class InFlight {
  readonly #working = new Map<string, number>();

  /** Counts a request. Returns false, and does not count it, if the tenant already has `most`. */
  enter(tenantId: string, most: number): boolean {
    const working = this.#working.get(tenantId) ?? 0;
    if (working >= most) return false;
    this.#working.set(tenantId, working + 1);
    return true;
  }

  /** Counts work in the background, which has a limit of its own. */
  enterInBackground(tenantId: string): void {
    this.#add(tenantId, 1);
  }

  /** Stops counting a request that has been answered, or work in the background. */
  leave(tenantId: string): void {
    this.#add(tenantId, -1);
  }

  /** A request starts (+1) or stops (-1) waiting in a session's queue. */
  waiting(tenantId: string, change: number): void {
    this.#add(tenantId, -change);
  }

  #add(tenantId: string, change: number): void {
    const working = (this.#working.get(tenantId) ?? 0) + change;
    if (working === 0) this.#working.delete(tenantId);
    else this.#working.set(tenantId, working);
  }
}

/** Refusals that a tenant gets at once, in each second. */
const AT_ONCE = 20;
/**
 * How long each further one waits on average, in milliseconds: who asks again at every answer is slowed
 * by that. At random, so that they do not all end in the same moment.
 */
const HELD_MS = 500;
/** Refusals of a tenant that may wait at the same time: a few KB each. */
const MOST_HELD = 200;
const WINDOW_MS = 1_000;

interface Refusals {
  since: number;
  count: number;
  held: number;
}

/**
 * Slows down who goes on although it is over its limit: even a refusal costs time of the thread, and
 * answering a flood at full speed would slow all other tenants.
 */
export class HeldRefusals {
  readonly #tenants = new Map<string, Refusals>();

  constructor(private readonly monotonicNow: () => number = () => performance.now()) {}

  /** A promise to wait for before the refusal is answered; null to answer it at once. */
  hold(tenantId: string): Promise<void> | null {
    const refusals = this.#refusalsOf(tenantId);
    refusals.count++;
    if (refusals.count <= AT_ONCE || refusals.held >= MOST_HELD) return null;
    refusals.held++;
    return Bun.sleep(HELD_MS * (0.5 + Math.random())).then(() => {
      refusals.held--;
    });
  }

  #refusalsOf(tenantId: string): Refusals {
    const now = this.monotonicNow();
    const known = this.#tenants.get(tenantId);
    if (known === undefined) {
      this.#forgetOld(now);
      const made = { since: now, count: 0, held: 0 };
      this.#tenants.set(tenantId, made);
      return made;
    }
    if (now - known.since >= WINDOW_MS) {
      known.since = now;
      known.count = 0;
    }
    return known;
  }

  /** Tenants that were not refused lately have no entry: there are few at a time. */
  #forgetOld(now: number): void {
    for (const [tenantId, { since, held }] of this.#tenants)
      if (held === 0 && now - since >= WINDOW_MS) this.#tenants.delete(tenantId);
  }
}

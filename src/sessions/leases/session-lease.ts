import type { SessionLeases, Taken } from "./session-leases.ts";

/** What a session in memory knows of its lease. */
export class SessionLease {
  /** The machine's term in which it was taken; NaN while it is not. */
  #term = Number.NaN;
  /** The registration that it was last taken for, unless others may have had it since. */
  #holder: string | null = null;
  #isLeaving = false;

  constructor(
    /** Null where one machine has all sessions. */
    private readonly leases: Pick<SessionLeases, "holds"> | null,
  ) {}

  /** Whether requests may go to Instagram at this instant. */
  get isHeld(): boolean {
    return this.leases === null || this.leases.holds(this.#term);
  }

  /** Whether work may begin. */
  get isOpen(): boolean {
    return !this.#isLeaving && this.isHeld;
  }

  /** Whether no other machine can have used the session since this one has. */
  continues({ holder, lostBy }: Taken): boolean {
    return this.#holder !== null && (this.#holder === holder || this.#holder === lostBy);
  }

  note({ term, holder }: Taken): void {
    this.#term = term;
    this.#holder = holder;
  }

  /** From now on no work begins, until stay() or drop(). */
  leave(): void {
    this.#isLeaving = true;
  }

  stay(): void {
    this.#isLeaving = false;
  }

  /** It is given up: others may use the session. */
  drop(): void {
    this.#isLeaving = false;
    this.#term = Number.NaN;
    this.#holder = null;
  }
}

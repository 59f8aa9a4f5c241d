import type { HeldElsewhere } from "./held-elsewhere.ts";
import type { SessionLeases, Taken } from "./session-leases.ts";

/** What a session in memory knows of its lease. */
export class SessionLease {
  /** The machine's term in which it was taken; NaN while it is not. */
  #term = Number.NaN;
  /** The registration that it was last taken for, unless others may have had it since. */
  #holder: string | null = null;
  #isLeaving = false;
  /** What was last known of a machine that uses it, and until when that is believed. */
  #elsewhere: HeldElsewhere | null = null;
  #elsewhereUntil = 0;

  constructor(
    /** Null where one machine has all sessions. */
    private readonly leases: Pick<SessionLeases, "holds" | "hasTime"> | null,
  ) {}

  /** Whether requests may go to Instagram at this instant. */
  get isHeld(): boolean {
    return this.leases === null || this.leases.holds(this.#term);
  }

  /** Whether work that was let in may begin. */
  get hasTime(): boolean {
    return this.leases === null || this.leases.hasTime(this.#term);
  }

  /** Whether work is let in. */
  get isOpen(): boolean {
    return !this.#isLeaving && this.hasTime;
  }

  /** Whether no other machine can have used the session since this one has. */
  continues({ holder, lostBy }: Taken): boolean {
    return this.#holder !== null && (this.#holder === holder || this.#holder === lostBy);
  }

  note({ term, holder }: Taken): void {
    this.#term = term;
    this.#holder = holder;
    this.#elsewhere = null;
  }

  /** Another machine uses it, which is believed until then, on the monotonic clock. */
  noteElsewhere(error: HeldElsewhere, until: number): void {
    this.#elsewhere = error;
    this.#elsewhereUntil = until;
  }

  /** What is still believed of a machine that uses it; null for nothing. */
  elsewhereAt(monotonic: number): HeldElsewhere | null {
    return monotonic < this.#elsewhereUntil ? this.#elsewhere : null;
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

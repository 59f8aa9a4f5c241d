import type { ChangeWatch } from "../../db/change-watch.ts";
import type { LiveSession } from "../live-session.ts";
import { type Elsewhere, HeldElsewhere, LeaseLost } from "./held-elsewhere.ts";
import type { LeaseWish, SessionLeases, Wanted } from "./session-leases.ts";

/** How long work that is under way may keep a session from being handed over, in milliseconds. */
const LONGEST_WORK_MS = 5_000;
/** For so long a session that could not be handed over goes on undisturbed. */
const REST_MS = 10_000;
/** How late the database may do what it has not answered to, in milliseconds. */
const LATE_MS = 10_000;
const MAX_RESTING = 10_000;
/** How often a session that is lost as soon as it is taken is taken again. */
const MAX_ROUNDS = 5;

export interface LeaseKeeperOptions {
  leases: SessionLeases;
  /** The session of an id, if it is in memory. */
  peek: (id: string) => LiveSession | undefined;
  changes: Pick<ChangeWatch, "latest">;
  monotonicNow: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** Gets the error of a session that could not be handed over; it is tried again. */
  onFailed?: (error: unknown) => void;
}

/**
 * For so long the database is not asked again about a session that another machine uses, in
 * milliseconds: who is sent there in vain comes back, and insists.
 */
const BELIEVED_MS = 1_000;

interface Taking {
  insists: boolean;
  /** Resolves with false when the session was deleted. */
  done: Promise<boolean>;
}

interface Leaving {
  to: Elsewhere;
  /** Never rejects. */
  done: Promise<void>;
}

/**
 * Takes the leases of sessions in memory, and lets go of them: only one of both at a time for each
 * session, so that no answer about an older lease is taken for a newer one.
 */
export class LeaseKeeper {
  readonly #taking = new Map<string, Taking>();
  readonly #leaving = new Map<string, Leaving>();
  /** Until when sessions are left alone that could not be handed over, on the monotonic clock. */
  readonly #resting = new Map<string, number>();

  constructor(private readonly options: LeaseKeeperOptions) {}

  /**
   * Sees to it that this machine may use the session. Resolves with false when it was deleted. Throws
   * HeldElsewhere, LeaseLost, ShuttingDown, StorageUnavailable.
   */
  async take(session: LiveSession, wish: LeaseWish): Promise<boolean> {
    const { id, lease } = session;
    const known = lease.elsewhereAt(this.options.monotonicNow());
    if (known !== null && !wish.insists && wish.isOutOfReach?.(known.elsewhere) !== true)
      throw known;
    for (let round = 0; round < MAX_ROUNDS && !lease.isOpen; round++) {
      const leaving = this.#leaving.get(id);
      const running = this.#taking.get(id);
      if (leaving !== undefined) {
        if (!wish.insists) throw new HeldElsewhere(leaving.to);
        await leaving.done;
      } else if (running === undefined) {
        if (!(await this.#begin(session, wish))) return false;
      } else if (wish.insists && !running.insists) await running.done.catch(() => {});
      else if (!(await running.done)) return false;
    }
    if (!lease.isOpen) throw new LeaseLost();
    return true;
  }

  /** Hands sessions over to the machines that ask for them, when the work on them has ended. */
  handOver(wanted: readonly Wanted[]): void {
    for (const { id, by } of wanted) {
      const session = this.options.peek(id);
      // An upload takes long; whoever asks tries again later.
      if (this.#isChanging(id) || session?.hasUpload || this.#isResting(id)) continue;
      void this.#leave([id], by, async () => {
        if (session === undefined || (await this.#finish(session)))
          await this.options.leases.handOver([id]);
        else this.#rest(id);
      });
    }
  }

  /**
   * Frees those of the sessions that nobody works on and that have nothing unsaved, for machines
   * elsewhere.
   */
  async giveBack(sessions: readonly LiveSession[], to: Elsewhere): Promise<void> {
    const free = sessions.filter(
      (session) =>
        !this.#isChanging(session.id) &&
        session.lease.isHeld &&
        session.isQuiet &&
        !session.copy.dirty,
    );
    for (const { lease } of free) lease.drop();
    const ids = free.map(({ id }) => id);
    await this.#leave(ids, to, () => this.options.leases.giveBack(ids));
  }

  #begin(session: LiveSession, wish: LeaseWish): Promise<boolean> {
    const done = this.#takeNow(session, wish).finally(() => this.#taking.delete(session.id));
    this.#taking.set(session.id, { insists: wish.insists, done });
    return done;
  }

  async #takeNow(session: LiveSession, wish: LeaseWish): Promise<boolean> {
    const { leases, changes, monotonicNow } = this.options;
    // Taken before the look: what others save during it must count as not seen.
    const epoch = changes.latest;
    const { invalidations } = session.copy;
    const taken = await leases.take(session.id, wish).catch((error: unknown) => {
      if (error instanceof HeldElsewhere && error.elsewhere.machine !== null && !wish.insists)
        session.lease.noteElsewhere(error, monotonicNow() + BELIEVED_MS);
      throw error;
    });
    // The same holds for what was heard of meanwhile.
    const isStill = session.copy.invalidations === invalidations;
    return taken !== null && (await session.take(taken, isStill ? epoch : Number.NaN));
  }

  /** Runs what lets go of sessions; nobody takes them meanwhile. Never rejects. */
  #leave(ids: readonly string[], to: Elsewhere, work: () => Promise<void>): Promise<void> {
    const done = work()
      .catch((error: unknown) => {
        this.options.onFailed?.(error);
        // The database may still do it: the session is not taken again before that.
        return this.options.sleep(LATE_MS);
      })
      .finally(() => {
        for (const id of ids) this.#leaving.delete(id);
      });
    for (const id of ids) this.#leaving.set(id, { to, done });
    return done;
  }

  /**
   * Lets the work on a session end, and saves what it has changed. Resolves with false when it does
   * not end in time: then the session stays.
   */
  async #finish(session: LiveSession): Promise<boolean> {
    const { monotonicNow, sleep } = this.options;
    const { lease, copy } = session;
    const until = monotonicNow() + LONGEST_WORK_MS;
    lease.leave();
    try {
      while (monotonicNow() < until) {
        await Promise.race([session.whenQuiet(), sleep(until - monotonicNow())]);
        await copy.flush();
        // Work that had been let in may have begun meanwhile.
        if (!session.isQuiet || copy.dirty) continue;
        lease.drop();
        return true;
      }
      return false;
    } finally {
      lease.stay();
    }
  }

  #isChanging(id: string): boolean {
    return this.#taking.has(id) || this.#leaving.has(id);
  }

  #isResting(id: string): boolean {
    const until = this.#resting.get(id);
    if (until === undefined) return false;
    if (this.options.monotonicNow() < until) return true;
    this.#resting.delete(id);
    return false;
  }

  #rest(id: string): void {
    if (this.#resting.size >= MAX_RESTING) this.#resting.clear();
    this.#resting.set(id, this.options.monotonicNow() + REST_MS);
  }
}

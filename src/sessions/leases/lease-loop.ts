import type { LiveSession } from "../live-session.ts";
import type { LiveSessions } from "../live-sessions.ts";
import { BEAT_MS } from "./machine.ts";
import type { SessionLeases } from "./session-leases.ts";

/** How often a machine renews its lease if it is time, and looks at what others want of it. */
const TICK_MS = 1_000;
/** How often it looks for sessions that are better served near their home. */
const HOME_LOOK_MS = 20_000;
/** After so many looks without use such a session is given up. */
const UNUSED_LOOKS = 3;

export interface LeaseLoopOptions {
  leases: SessionLeases;
  sessions: Pick<LiveSessions, "handOver" | "giveBack" | "taken" | "hasUnsaved">;
  /** The home region of a session; null where it has none. */
  homeOf: (session: LiveSession) => string | null;
  /** Gets the error of something that is tried again. */
  onFailed: (error: unknown) => void;
}

/** How much a session was used so far, and for how many looks that has not changed. */
interface Use {
  begun: number;
  looks: number;
}

/** The regular work of a machine among others: renewing its lease, and letting go of sessions. */
export class LeaseLoop {
  readonly #timers: Timer[] = [];
  #looking: Promise<void> | null = null;
  /** Sessions away from home. */
  #away = new Map<string, Use>();

  constructor(private readonly options: LeaseLoopOptions) {}

  /** Registers the machine and begins. Throws StorageUnavailable. */
  async start(): Promise<void> {
    const { machine } = this.options.leases;
    await machine.ready();
    this.#every(BEAT_MS, () => machine.beat());
    this.#every(TICK_MS, () => void this.tick());
    this.#every(HOME_LOOK_MS, () => void this.lookHome());
  }

  /** One round of the work. Never throws. */
  async tick(): Promise<void> {
    // The renewal waits for nothing: without it all sessions are lost.
    const renewing = this.options.leases.machine.renew();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    await Promise.all([renewing, this.#looking]);
  }

  /**
   * Gives up sessions that are held outside their home region and are not used, if a machine there
   * could take them. Never throws.
   */
  async lookHome(): Promise<void> {
    const { leases, sessions, homeOf, onFailed } = this.options;
    const { machine } = leases;
    const before = this.#away;
    this.#away = new Map();
    if (machine.region === null || machine.isAlone || machine.isDraining || !machine.isValid)
      return;
    try {
      const away = sessions.taken().filter((session) => !isIn(homeOf(session), machine.region));
      if (away.length === 0) return;
      const regions = await leases.liveRegions();
      for (const region of regions) {
        const unused = away.filter(
          (session) => homeOf(session) === region && this.#isUnused(session, before),
        );
        if (unused.length > 0) await sessions.giveBack(unused, { machine: null, region });
      }
    } catch (error) {
      onFailed(error);
    }
  }

  /** Whether other machines may answer what this one does not. */
  get isAmongOthers(): boolean {
    return !this.options.leases.machine.isAlone;
  }

  /** No session is taken any more; those that nobody works on are free at once. Never throws. */
  async drain(): Promise<void> {
    const { machine } = this.options.leases;
    await machine.drain();
    await this.#free();
  }

  /**
   * Gives everything back, when all that can be saved is saved. Throws StorageUnavailable.
   */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.options.leases.machine.end(!this.options.sessions.hasUnsaved);
  }

  #every(milliseconds: number, work: () => void): void {
    const timer = setInterval(work, milliseconds);
    timer.unref();
    this.#timers.push(timer);
  }

  /** Nobody can want anything of a machine that is alone. */
  async #look(): Promise<void> {
    const { leases, sessions, onFailed } = this.options;
    const { machine } = leases;
    if (!machine.isValid || machine.isAlone) return;
    try {
      const wanted = await leases.wanted();
      if (wanted.length > 0) sessions.handOver(wanted);
    } catch (error) {
      onFailed(error);
    }
    if (machine.isDraining) await this.#free();
  }

  async #free(): Promise<void> {
    const { leases, sessions } = this.options;
    // One that is alone serves its last requests with them.
    if (leases.machine.isAlone) return;
    const taken = sessions.taken();
    if (taken.length > 0) await sessions.giveBack(taken, { machine: null, region: null });
  }

  #isUnused({ id, begun }: LiveSession, before: ReadonlyMap<string, Use>): boolean {
    const known = before.get(id);
    const looks = known?.begun === begun ? known.looks + 1 : 0;
    this.#away.set(id, { begun, looks });
    return looks >= UNUSED_LOOKS;
  }
}

const isIn = (home: string | null, region: string | null): boolean =>
  home === null || home === region;

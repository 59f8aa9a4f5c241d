import type { LiveSessions } from "../live-sessions.ts";
import type { SessionLeases } from "./session-leases.ts";

/** How often a machine looks at what others want of it. */
const TICK_MS = 1_000;

/** The regular work of a machine among others: renewing its lease, and handing sessions over. */
export class LeaseLoop {
  #timer: Timer | null = null;
  #isEnded = false;

  constructor(
    private readonly leases: SessionLeases,
    private readonly sessions: Pick<LiveSessions, "handOver">,
    /** Gets the first of several failures in a row. */
    private readonly onFailed: (error: unknown) => void,
  ) {}

  /** Registers the machine and begins. Throws StorageUnavailable. */
  async start(): Promise<void> {
    await this.leases.machine.ready();
    this.#arm();
  }

  /** One round of the work. Never throws. */
  async tick(): Promise<void> {
    const { machine } = this.leases;
    // The renewal waits for nothing: without it all sessions are lost.
    await Promise.all([machine.renew(), this.#handOver()]);
  }

  /** Gives everything back: all must be saved. Throws StorageUnavailable. */
  async end(): Promise<void> {
    this.#isEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.leases.machine.end();
  }

  #arm(): void {
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => {
      void this.tick().finally(() => this.#arm());
    }, TICK_MS);
    this.#timer.unref();
  }

  async #handOver(): Promise<void> {
    if (!this.leases.machine.isValid) return;
    try {
      const ids = await this.leases.wanted();
      if (ids.length > 0) await this.sessions.handOver(ids);
    } catch (error) {
      this.onFailed(error);
    }
  }
}

import type { LiveSession } from "./live-session.ts";
import { SessionVersionConflict } from "./session-errors.ts";
import type { SessionStore, StoredSession } from "./session-store.ts";

export interface BatchSaverOptions {
  store: Pick<SessionStore, "save" | "saveSettings">;
  monotonicNow: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** Whether saving takes this process's own time, as it does for a file. */
  isLocal: boolean;
}

/** Beside requests: how long a batch may hold them up, and how many sessions that is at first. */
const GENTLE_MS = 5;
const GENTLE_SIZE = 20;
const SMALLEST = 5;
const LARGEST = 100;
/** When nothing else is to be done any more. */
const QUICK_SIZE = 250;
const SHORTEST_PAUSE_MS = 5;

/**
 * Saves what has changed in many sessions, a batch in one transaction after the other. A local
 * database works on the thread that answers requests: so batches are small, each is followed by a
 * pause at least as long as it took, and only `quick` ones, at the end, follow each other at once.
 */
export class BatchSaver {
  #size: number;

  constructor(private readonly options: BatchSaverOptions) {
    this.#size = options.isLocal ? GENTLE_SIZE : LARGEST;
  }

  /**
   * Calls `settled` for each session, with what went wrong if something did; a session that somebody
   * else saved meanwhile is saved on its own. `quick` is asked before each batch. Throws what keeps
   * all others from being saved too.
   */
  async saveAll(
    sessions: readonly LiveSession[],
    quick: () => boolean,
    settled: (session: LiveSession, error?: unknown) => void,
  ): Promise<void> {
    for (let done = 0; done < sessions.length; ) {
      const isQuick = quick();
      const part = sessions.slice(done, done + (isQuick ? QUICK_SIZE : this.#size));
      done += part.length;
      const began = this.options.monotonicNow();
      await this.#saveBatch(part, settled);
      const took = this.options.monotonicNow() - began;
      if (isQuick || quick()) continue;
      if (this.options.isLocal) this.#adapt(took);
      await this.options.sleep(Math.max(SHORTEST_PAUSE_MS, took));
    }
  }

  #adapt(took: number): void {
    const fitting = Math.floor((this.#size * GENTLE_MS) / Math.max(took, 0.1));
    this.#size = Math.min(LARGEST, Math.max(SMALLEST, Math.min(fitting, this.#size * 2)));
  }

  async #saveBatch(
    sessions: readonly LiveSession[],
    settled: (session: LiveSession, error?: unknown) => void,
  ): Promise<void> {
    const batch = new Batch(this.options.store);
    const saves = sessions.map((session) =>
      session.flush(batch.add).then(
        () => settled(session),
        (error: unknown) => settled(session, error),
      ),
    );
    // One that is being saved already comes too late for the batch, and is then saved on its own.
    await new Promise((resolve) => setImmediate(resolve));
    await batch.run();
    await Promise.all(saves);
  }
}

interface Entry {
  session: StoredSession;
  saved: PromiseWithResolvers<StoredSession>;
}

class Batch {
  readonly #entries: Entry[] = [];
  #isOpen = true;

  constructor(private readonly store: BatchSaverOptions["store"]) {}

  /** Saves a session with the others. Throws SessionVersionConflict. */
  readonly add = (session: StoredSession): Promise<StoredSession> => {
    if (!this.#isOpen) return this.store.save(session);
    const saved = Promise.withResolvers<StoredSession>();
    this.#entries.push({ session, saved });
    return saved.promise;
  };

  /** Throws when the whole batch failed, as each of its sessions has then. */
  async run(): Promise<void> {
    this.#isOpen = false;
    if (this.#entries.length === 0) return;
    try {
      const saved = await this.store.saveSettings(this.#entries.map(({ session }) => session));
      for (const { session, saved: entry } of this.#entries) {
        const stored = saved.get(session.id);
        if (stored) entry.resolve(stored);
        else entry.reject(new SessionVersionConflict(session.id, session.version, null));
      }
    } catch (error) {
      for (const { saved } of this.#entries) saved.reject(error);
      throw error;
    }
  }
}

import { Pace } from "../db/pace.ts";
import type { LiveSession, LiveSessionDependencies } from "./live-session.ts";
import { SessionVersionConflict } from "./session-errors.ts";
import type { SessionStore, StoredSession } from "./session-store.ts";

type Store = Pick<SessionStore, "save" | "saveSettings">;

/** How long a batch may hold up requests, in milliseconds. */
const BUDGET_MS = 5;

/** Saves the changes of many sessions in batches; a batch is one transaction. */
export class BatchSaver {
  readonly #store: Store;
  readonly #pace: Pace;

  constructor({
    store,
    ...deps
  }: Pick<LiveSessionDependencies, "isLocal" | "monotonicNow" | "sleep"> & { store: Store }) {
    this.#store = store;
    this.#pace = new Pace(deps, { budgetMs: BUDGET_MS });
  }

  /** For shutdown, when no requests wait: batches are large and follow each other at once. */
  hurry(): void {
    this.#pace.hurry();
  }

  /**
   * Calls `settled` for each session, with the error when its save failed. A session that another
   * process has saved meanwhile is saved on its own. Throws when a whole batch fails.
   */
  async saveAll(
    sessions: readonly LiveSession[],
    settled: (session: LiveSession, error?: unknown) => void,
  ): Promise<void> {
    for (let done = 0; done < sessions.length; ) {
      const part = sessions.slice(done, done + this.#pace.size);
      done += part.length;
      await this.#pace.work(() => this.#saveBatch(part, settled));
    }
  }

  async #saveBatch(
    sessions: readonly LiveSession[],
    settled: (session: LiveSession, error?: unknown) => void,
  ): Promise<void> {
    const batch = new Batch(this.#store);
    const saves = sessions.map((session) =>
      session.copy.flush(batch.add).then(
        () => settled(session),
        (error: unknown) => settled(session, error),
      ),
    );
    // A session that is being saved just now misses the batch, and is then saved on its own.
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

  constructor(private readonly store: Store) {}

  /** Saves a session with the others. Throws SessionVersionConflict. */
  readonly add = (session: StoredSession): Promise<StoredSession> => {
    if (!this.#isOpen) return this.store.save(session);
    const saved = Promise.withResolvers<StoredSession>();
    this.#entries.push({ session, saved });
    return saved.promise;
  };

  /** Throws when the whole batch failed; add() has then failed for each of its sessions, too. */
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

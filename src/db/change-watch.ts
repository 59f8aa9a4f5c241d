import type { Database } from "./connection.ts";

/**
 * Tells caches when what they hold may be old because another process has written to the database.
 * One look serves all entries of all caches: what is cached costs the same for one session and for a
 * million.
 */
export interface ChangeWatch {
  /**
   * A number that moves when another process may have written. At once while the last look is
   * recent, otherwise after a new one. Rejects with StorageUnavailable.
   */
  epoch(): number | Promise<number>;
  /** The number of the last look. */
  readonly latest: number;
}

export interface ChangeWatchOptions {
  now?: () => number;
  /** How long a look is trusted, in milliseconds: how late another process's change is seen. */
  intervalMs?: number;
}

export function createChangeWatch(
  db: Pick<Database, "dataVersion">,
  { now = Date.now, intervalMs = 5000 }: ChangeWatchOptions = {},
): ChangeWatch {
  let latest = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let seen: string | null = null;
  let looking: Promise<number> | null = null;

  async function look(): Promise<number> {
    const started = now();
    const version = await db.dataVersion();
    // A database that cannot tell may have changed each time.
    if (version === null || version !== seen) latest++;
    seen = version;
    lookedAt = started;
    return latest;
  }

  return {
    epoch() {
      const age = now() - lookedAt;
      if (age >= 0 && age < intervalMs) return latest;
      looking ??= look().finally(() => {
        looking = null;
      });
      return looking;
    },
    get latest() {
      return latest;
    },
  };
}

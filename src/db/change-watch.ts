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
  /**
   * Resolves when each process has to look before it uses anything cached: what was written before
   * the call is then seen everywhere. At once where that would take longer than `patienceMs`
   * (default 50, enough for a local file): then it is seen within seconds.
   */
  seenElsewhere(patienceMs?: number): Promise<void>;
}

export interface ChangeWatchOptions {
  /** Milliseconds of a clock that is never set. */
  monotonicNow?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
  /** How long a look is trusted, in milliseconds: how late another process's change is seen. */
  intervalMs?: number;
}

/**
 * A look at a local file costs 35 microseconds, so it is trusted for a moment only. Elsewhere the
 * look tells nothing and each cached entry is read again after it, over the network for most.
 */
const TRUSTED_MS = { file: 5, memory: Number.POSITIVE_INFINITY, replica: 2000, remote: 2000 };

export function createChangeWatch(
  db: Pick<Database, "dataVersion" | "kind">,
  {
    monotonicNow = () => performance.now(),
    sleep = (milliseconds) => Bun.sleep(milliseconds),
    intervalMs = TRUSTED_MS[db.kind],
  }: ChangeWatchOptions = {},
): ChangeWatch {
  let latest = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let seen: string | null = null;
  let looking: Promise<number> | null = null;

  async function look(): Promise<number> {
    const started = monotonicNow();
    const version = await db.dataVersion();
    // A database that cannot tell may have changed each time.
    if (version === null || version !== seen) latest++;
    seen = version;
    lookedAt = started;
    return latest;
  }

  return {
    epoch() {
      if (monotonicNow() - lookedAt < intervalMs) return latest;
      looking ??= look().finally(() => {
        looking = null;
      });
      return looking;
    },
    get latest() {
      return latest;
    },
    async seenElsewhere(patienceMs = 50) {
      if (db.kind !== "memory" && intervalMs <= patienceMs) await sleep(intervalMs);
    },
  };
}

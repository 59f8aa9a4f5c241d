import { Announcements } from "../announcements.ts";
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
  /**
   * What must not go on elsewhere is reported as done only when each process has to look before it
   * uses anything cached.
   */
  announcements?: Announcements;
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

/**
 * How long what is done may be held back until it is seen elsewhere, in milliseconds: enough for a
 * local file. Where it takes longer, only a new proxy is waited for.
 */
const PATIENCE_MS = 50;

export function createChangeWatch(
  db: Pick<Database, "dataVersion" | "kind">,
  {
    announcements = new Announcements(),
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

  async function seenElsewhere(patienceMs: number): Promise<void> {
    if (db.kind !== "memory" && intervalMs <= patienceMs) await sleep(intervalMs);
  }

  announcements.on(
    [
      "key.rotated",
      "key.revoked",
      "tenant.changed",
      "tenant.credentials_removed",
      "tenant.deleted",
    ],
    () => seenElsewhere(PATIENCE_MS),
  );
  announcements.on(["session.changed"], ({ changed }) =>
    seenElsewhere(changed.includes("proxy") ? Number.POSITIVE_INFINITY : PATIENCE_MS),
  );

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
  };
}

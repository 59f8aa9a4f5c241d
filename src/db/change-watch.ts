import { Announcements } from "../announcements.ts";
import type { Database } from "./connection.ts";

/**
 * Tells caches when their entries may be out of date, because another process has written to the
 * database. One look serves all entries of all caches, so that it costs the same for one session
 * and for a million.
 */
export interface ChangeWatch {
  /**
   * A number that changes when another process may have written: at once while the last look is
   * recent, otherwise after a new look. Rejects with StorageUnavailable.
   */
  epoch(): number | Promise<number>;
  /** The number of the last look. */
  readonly latest: number;
}

export interface ChangeWatchOptions {
  /**
   * Revocations and changes are reported as done only when no process on the same file can still
   * use an older cached entry: the watch listens and waits so long.
   */
  announcements?: Announcements;
  /** Milliseconds of a clock that is never set. */
  monotonicNow?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
  /** How long a look is trusted, in milliseconds; so late a change by another process is seen. */
  intervalMs?: number;
}

/**
 * A look at a local file costs 35 microseconds, so it is trusted for a moment only. A remote
 * database cannot tell, so each cached entry is read again after a look, mostly over the network.
 */
const TRUSTED_MS = { file: 5, memory: Number.POSITIVE_INFINITY, replica: 2000, remote: 2000 };

/**
 * How long an announcement may be held back until other processes see the change, in milliseconds:
 * enough for a local file. For a remote database, only a changed proxy and a switch are worth the wait.
 */
const LONGEST_WAIT_MS = 50;

/** Whether the requests of a session take another way. */
const PROXY_COLUMNS = ["proxy", "proxyId", "enabled"];

/** How long a request may take from the last look at the switches to the network, in milliseconds. */
const LEAVING_MS = 10;

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
    // A database that cannot tell (null) may have changed each time.
    if (version === null || version !== seen) latest++;
    seen = version;
    lookedAt = started;
    return latest;
  }

  async function untilSeenElsewhere(longestMs: number): Promise<void> {
    if (db.kind !== "memory" && intervalMs <= longestMs) await sleep(intervalMs);
  }

  /** A switch is off only when what was let through before has left, in every process. */
  async function untilStopped(): Promise<void> {
    if (db.kind !== "memory") await sleep(intervalMs + LEAVING_MS);
  }

  announcements.on(
    ["key.rotated", "key.revoked", "tenant.credentials_removed", "proxy.deleted"],
    () => untilSeenElsewhere(LONGEST_WAIT_MS),
  );
  announcements.on(["proxy.changed"], ({ changed }) =>
    untilSeenElsewhere(changed.includes("url") ? Number.POSITIVE_INFINITY : LONGEST_WAIT_MS),
  );
  announcements.on(["tenant.changed"], ({ changed }) =>
    changed.includes("status") ? untilStopped() : untilSeenElsewhere(LONGEST_WAIT_MS),
  );
  announcements.on(["session.changed"], ({ changed }) => {
    if (changed.includes("enabled")) return untilStopped();
    const isMoved = PROXY_COLUMNS.some((name) => changed.includes(name));
    return untilSeenElsewhere(isMoved ? Number.POSITIVE_INFINITY : LONGEST_WAIT_MS);
  });
  announcements.on(["tenant.deleted", "session.deleted", "upstream.switched"], untilStopped);

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

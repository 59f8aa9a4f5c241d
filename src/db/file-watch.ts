import type { ChangeWatchOptions, WaitingWatch } from "./change-watch.ts";
import type { Database } from "./connection.ts";

/** A look at a local file costs 35 microseconds, so it is trusted for a moment only. */
const TRUSTED_MS = 5;

/** How long a request may take from the last look at the switches to the network, in milliseconds. */
export const LEAVING_MS = 10;

/** Watches a local file, or nothing: a database in memory has one process. */
export function createFileWatch(
  db: Pick<Database, "dataVersion" | "kind">,
  {
    monotonicNow = () => performance.now(),
    sleep = (milliseconds) => Bun.sleep(milliseconds),
    intervalMs = db.kind === "memory" ? Number.POSITIVE_INFINITY : TRUSTED_MS,
  }: ChangeWatchOptions = {},
): WaitingWatch {
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

  const lookOnce = (): Promise<number> => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };

  return {
    epoch: () => (monotonicNow() - lookedAt < intervalMs ? latest : lookOnce()),
    get latest() {
      return latest;
    },
    seen: 0,
    join() {},
    // A file does not say what has changed: the epoch does.
    on() {},
    async look() {
      await lookOnce();
    },
    async start() {},
    close() {},
    async untilSeen(longestMs) {
      if (db.kind !== "memory" && intervalMs <= longestMs) await sleep(intervalMs);
    },
    /** A switch is off only when what was let through before has left, in every process. */
    async untilStopped() {
      if (db.kind !== "memory") await sleep(intervalMs + LEAVING_MS);
    },
  };
}

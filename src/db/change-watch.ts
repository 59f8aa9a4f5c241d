import type { Announcements } from "../announcements.ts";
import { AWAITED, hurryOf } from "./awaited-changes.ts";
import type { FeedKind, StoredChange } from "./change-feed.ts";
import type { Database } from "./connection.ts";
import { createFeedWatch } from "./feed-watch.ts";
import { createFileWatch } from "./file-watch.ts";
import type { TellingMachine } from "./seen-elsewhere.ts";

/**
 * Tells caches when their entries may be out of date, because another process has written to the
 * database. One look serves all entries of all caches, so that it costs the same for one session
 * and for a million.
 *
 * A local file tells only that somebody has written: then each entry is looked at again before its next
 * use. A remote database and a replica have a feed of changes. It names the entries; all others stay as
 * they are.
 */
export interface ChangeWatch {
  /**
   * A number that changes when anything may have changed in another process: at once while the last
   * look is recent, otherwise after a new look. Rejects with StorageUnavailable.
   */
  epoch(): number | Promise<number>;
  /** The number of the last look. */
  readonly latest: number;
  /**
   * Calls the listener with each change of these kinds in the feed, this process's own included, in the
   * order of the commits. What is being read at that moment may be older than the change. It must not
   * throw.
   */
  on(kinds: readonly FeedKind[], listener: (change: StoredChange) => void): void;
  /** The number of the last change of the feed that this process has taken in. */
  readonly seen: number;
  /** This process is one of several machines: it tells them what it has seen, as they tell it. */
  join(machine: TellingMachine): void;
  /** Looks now. Throws StorageUnavailable. */
  look(): Promise<void>;
  /** Begins to look into the feed once a second, until close(). Throws StorageUnavailable. */
  start(): Promise<void>;
  close(): void;
}

export interface ChangeWatchOptions {
  /**
   * Revocations and changes are reported as done only when no process on the same database can still
   * use an older cached entry: the watch listens and waits so long.
   */
  announcements?: Announcements;
  /** Unix milliseconds. */
  now?: () => number;
  /** Milliseconds of a clock that is never set. */
  monotonicNow?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
  /** How long a look is trusted, in milliseconds; so late a change by another process is seen. */
  intervalMs?: number;
  /** Gets the error of the first of looks in a row that fail; they go on. */
  onFailed?: (error: unknown) => void;
}

/** A watch that knows how long other processes may use what is out of date. */
export interface WaitingWatch extends ChangeWatch {
  /** Resolves when all processes have seen what is committed, at once if that takes longer than asked. */
  untilSeen(longestMs: number): Promise<void>;
  /** The same, and what they have let through before has left. */
  untilStopped(): Promise<void>;
}

/**
 * How long an announcement may be held back until other processes see the change, in milliseconds:
 * enough for a local file. For a remote database, only a changed proxy and a switch are worth the wait.
 */
const LONGEST_WAIT_MS = 50;

/** Whether processes on the database hear of each other by the feed of changes. */
export const hasFeed = ({ kind }: Pick<Database, "kind">): boolean =>
  kind === "remote" || kind === "replica";

export function createChangeWatch(
  db: Pick<Database, "dataVersion" | "kind" | "read" | "refresh">,
  { announcements, ...options }: ChangeWatchOptions = {},
): ChangeWatch {
  const watch = hasFeed(db) ? createFeedWatch(db, options) : createFileWatch(db, options);
  if (announcements) waitFor(watch, announcements);
  return watch;
}

function waitFor({ untilSeen, untilStopped }: WaitingWatch, announcements: Announcements): void {
  announcements.on(
    [...AWAITED, "key.rotated", "key.revoked", "tenant.credentials_removed", "proxy.deleted"],
    (change) => {
      const hurry = hurryOf(change);
      if (hurry === "stop") return untilStopped();
      // Nobody is told of what the service does by itself.
      const isAsked = change.by.kind !== "service" && change.by.kind !== "instagram";
      return untilSeen(hurry === "way" && isAsked ? Number.POSITIVE_INFINITY : LONGEST_WAIT_MS);
    },
  );
}

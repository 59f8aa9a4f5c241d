import { GatewayProblem } from "../problems/gateway.ts";
import { OperatorError } from "../problems/operator-error.ts";

/** The reason why the database cannot serve. */
export type StorageFault =
  | "busy" // another process held the write lock for too long
  | "full" // the disk, or the database's own size limit, is full
  | "read_only" // the file or its file system cannot be written
  | "io" // the disk answered with an error
  | "corrupt" // the file is no SQLite database, or damaged
  | "file_lost" // the file was deleted, emptied or replaced while it was open
  | "cannot_open" // no such directory, no permission, out of memory
  | "unreachable" // the remote database cannot be connected to, or answers no statements
  | "timeout" // the remote database does not answer in time
  | "throttled" // the remote database turns requests away for a while
  | "blocked" // the plan of the remote database allows no more
  | "overloaded" // too many statements wait for the remote database
  | "unauthorized" // the remote database refuses the token
  | "closed"; // close() was called

const faultText: Record<StorageFault, string> = {
  busy: "the database is locked by another process",
  full: "the disk or the database is full, or nearly",
  read_only: "the database is read-only",
  io: "the disk reported an input/output error",
  corrupt: "the database file is damaged or is not a database",
  file_lost:
    "the database file was deleted, emptied or replaced while in use: put it back, or restart",
  cannot_open: "the database cannot be opened",
  unreachable: "the remote database cannot be reached",
  timeout: "the remote database does not answer in time",
  throttled: "the remote database turns requests away",
  blocked: "the remote database is blocked by the limits of its plan",
  overloaded: "too many statements wait for the remote database",
  unauthorized: "the remote database refuses DATABASE_AUTH_TOKEN",
  closed: "the database was closed",
};

/**
 * Whether a write that failed has changed anything: nothing, or that is not known, since its answer was
 * lost on the way from a remote database.
 */
export type WriteOutcome = "not_done" | "unknown";

interface StorageUnavailableOptions {
  cause?: unknown;
  outcome?: WriteOutcome | undefined;
  /** A few words on what has failed, without secrets. */
  note?: string | undefined;
}

/**
 * The database cannot serve now; nothing was acknowledged. The message is one line without
 * parameters and URL, so it may be logged. The next call tries again with a new connection.
 */
export class StorageUnavailable extends GatewayProblem {
  readonly outcome: WriteOutcome;
  readonly note: string | undefined;

  constructor(
    readonly fault: StorageFault,
    { outcome = "not_done", note, ...options }: StorageUnavailableOptions = {},
  ) {
    const text = faultText[fault] + (note === undefined ? "" : ` (${note})`);
    const unknown = outcome === "unknown" ? "; whether it has stored the change is not known" : "";
    super("StorageUnavailable", text, {
      detail: `The database cannot serve: ${text}${unknown}`,
      mayBeDone: outcome === "unknown",
      ...options,
    });
    this.outcome = outcome;
    this.note = note;
  }
}

/**
 * The same error for somebody to whom it does not matter whether the write was done: what it prepares
 * was not.
 */
export function asNotDone(error: unknown): unknown {
  if (!(error instanceof StorageUnavailable) || error.outcome === "not_done") return error;
  return new StorageUnavailable(error.fault, { cause: error, note: error.note });
}

/** The database was migrated by a newer version of this program, which this one must not touch. */
export class DatabaseNewerThanCode extends OperatorError {
  constructor(readonly unknownMigrations: readonly string[]) {
    super(
      `the database has migrations that this version does not know (${unknownMigrations.join(", ")}): run the newer version`,
    );
  }
}

/**
 * A migration file was edited, if only in a comment, after it had been applied to this database.
 */
export class MigrationChanged extends OperatorError {
  constructor(readonly migration: string) {
    super(`migration ${migration} was changed after it had been applied to this database`);
  }
}

/** The database undid a migration, since it took more than 5 s while others waited to write. */
export class MigrationTooSlow extends OperatorError {
  constructor(readonly migration: string) {
    super(
      `migration ${migration} takes longer than the database lets others wait: stop all machines, then run it alone (bun run migrate)`,
    );
  }
}

/** DATABASE_URL is a database of its own, where the copy of DATABASE_SYNC_URL should be. */
export class DatabaseIsNoCopy extends OperatorError {
  constructor(path: string) {
    super(
      `the database ${path} is no copy of DATABASE_SYNC_URL but one of its own: move it to the remote database first, and give DATABASE_URL another path for the copy`,
    );
  }
}

/**
 * A local database is missing, or is another one than before. No new one is created: it would look
 * as if nothing had ever been stored. The message says how to go on.
 */
export class DatabaseMissing extends OperatorError {
  constructor(path: string, what: string, mark: string) {
    super(
      `the database ${path} ${what}: put it back from a backup, or delete ${mark} to begin with what is there now`,
    );
  }
}

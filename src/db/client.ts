import { type Client, createClient, type InStatement } from "@libsql/client";
import { DatabaseFile, pathOfUrl } from "./database-file.ts";
import { StorageUnavailable } from "./errors.ts";
import { type ClientFault, type DatabaseKind, faultOf } from "./faults.ts";
import { createRemoteClient, type RemoteRequest } from "./remote/client.ts";
import { onlyReads } from "./sql-text.ts";

/** The location of the database, and how long to wait for another process's lock. */
export interface ResilientClientOptions {
  kind: ClientKind;
  url: string;
  authToken?: string | undefined;
  /** Longest wait for another process's write lock, milliseconds. */
  busyWaitMs: number;
  /** Longest time of one request to a remote database, milliseconds. */
  remoteTimeoutMs?: number | undefined;
  /** Told of each request to a remote database. */
  onRemoteRequest?: ((request: RemoteRequest) => void) | undefined;
}

// SQLite's own busy wait blocks the event loop, so it is short; the long wait is done here,
// asynchronously.
const nativeBusyTimeoutMs = 25;
const longestBusyPauseMs = 200;
// How long statements in a row may hold the thread before the event loop gets a turn.
const longestHoldMs = 5;

/** A replica has one client for its local file, and one for the remote database. */
type ClientKind = Exclude<DatabaseKind, "replica">;

/**
 * The part of libSQL's client that drizzle needs, without interactive transactions. `migrate` runs one
 * transaction, as `batch` does, but takes as long as it needs.
 */
export interface StatementClient extends Pick<Client, "execute" | "batch" | "migrate" | "closed"> {
  close(): void | Promise<void>;
  /**
   * A text that changes when another connection has written to a local file, or when the connection
   * was replaced: SQLite's own number is valid within one connection only.
   */
  dataVersion(): Promise<string>;
  /**
   * Resolves at once, or a little later when a remote database is down and comes back. Throws
   * StorageUnavailable where it stays down: nothing need wait in a queue for that.
   */
  admit?(): Promise<void> | undefined;
  /** Throws StorageUnavailable (file_lost) when a local file is no longer the one that is open. */
  checkFile(): void;
  /** Moves the write-ahead log into the local file, so that this file alone is a backup. */
  checkpoint(): Promise<void>;
}

/** A client of the database that outlives its connections. Throws what that kind of client throws. */
export function createResilientClient(options: ResilientClientOptions): StatementClient {
  const { kind, url, authToken, remoteTimeoutMs: timeoutMs, onRemoteRequest: onRequest } = options;
  if (kind === "remote") return createRemoteClient({ url, authToken, timeoutMs, onRequest });
  return createLocalClient(options);
}

/**
 * A libSQL client that outlives its connections. After SQLITE_BUSY libSQL never finalises the
 * failed statement: every later commit fails and reads see an old snapshot until the client is
 * dropped (libsql-client-ts #352). So every storage fault replaces the connection, BUSY is retried,
 * and a fault that remains becomes StorageUnavailable. One statement or one batch is atomic, so
 * repeating it is safe. Errors of the SQL itself (constraints) stay LibsqlError.
 *
 * A write is acknowledged only while the open file is the one at its path.
 *
 * libSQL works on a local file in the event loop's own thread, and frees a statement's memory only
 * when the loop turns. Awaiting a statement gives the loop no turn, so this client gives it one
 * between statements in a row: thousands of them then neither stop the process nor fill its memory.
 *
 * Throws StorageUnavailable at once when a local file cannot be opened.
 */
function createLocalClient(options: ResilientClientOptions): StatementClient {
  // Opened here, so that a wrong path or token fails at the start and not at the first request.
  const file = options.kind === "file" ? new DatabaseFile(pathOfUrl(options.url)) : null;
  let current: OpenClient | null = openUnlessBusy(options, file);
  let closed = false;
  let busySince: number | null = null;
  let replacements = 0;
  let heldSince: number | null = null;

  async function run<T>(work: (client: Client) => Promise<T>, access: Access): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      let used: OpenClient | null = null;
      try {
        await yieldToEventLoop();
        if (closed) throw new StorageUnavailable("closed");
        used = current ??= open(options, file);
        await used.ready;
        if (access === "write") {
          file?.check();
          if (file?.logShrank) await examineLog(used.client, file);
        }
        const result = await work(used.client);
        // Checked before the write is acknowledged: in a deleted file it would be lost.
        if (access === "write") file?.check();
        busySince = null;
        return result;
      } catch (error) {
        if (error instanceof StorageUnavailable) throw error;
        const fault = faultOf(error, options.kind);
        if (fault === null) throw error;
        if (used !== null) drop(used);
        if (!(await mayRepeat(fault, attempt))) {
          throw new StorageUnavailable(fault === "replaced" ? "closed" : fault, { cause: error });
        }
      }
    }
  }

  function drop(used: OpenClient): void {
    // An in-memory database lives in its connection.
    if (options.kind === "memory") return;
    if (current === used) {
      current = null;
      replacements++;
    }
    used.client.close();
  }

  async function mayRepeat(fault: ClientFault, attempt: number): Promise<boolean> {
    if (closed) return false;
    // Another caller replaced the connection before our statement ran on it.
    if (fault === "replaced") return attempt < 100;
    if (fault === "busy") {
      // Counted from the first BUSY of all callers: under a long lock the whole queue then fails
      // together, instead of each caller waiting the whole time again.
      busySince ??= performance.now();
      if (performance.now() - busySince >= options.busyWaitMs) return false;
      await Bun.sleep(Math.min(longestBusyPauseMs, 10 * 2 ** attempt) * (0.5 + Math.random()));
      return true;
    }
    return false;
  }

  async function yieldToEventLoop(): Promise<void> {
    if (heldSince === null) {
      heldSince = performance.now();
      setImmediate(() => {
        heldSince = null;
      });
    } else if (performance.now() - heldSince > longestHoldMs) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  return {
    execute: (statement: InStatement | string, args?: Parameters<Client["execute"]>[1]) =>
      run(
        (client) =>
          typeof statement === "string"
            ? client.execute(statement, args)
            : client.execute(statement),
        onlyReads(statement) ? "read" : "write",
      ),
    // A deferred transaction takes the write lock half-way, which SQLite answers with BUSY at once.
    batch: (statements, mode = "write") => run((client) => client.batch(statements, mode), "write"),
    migrate: (statements) => run((client) => client.batch(statements, "write"), "write"),
    dataVersion: () =>
      run(async (client) => {
        file?.check();
        // Read before the question is asked: this connection is the one that answers.
        const connection = replacements;
        const { rows } = await client.execute("PRAGMA data_version");
        return `${connection}.${rows[0]?.[0]}`;
      }, "read"),
    checkFile: () => file?.check(),
    async checkpoint() {
      if (file === null) return;
      file.check();
      await run((client) => client.execute("PRAGMA wal_checkpoint(TRUNCATE)"), "read");
    },
    close() {
      closed = true;
      // Closing makes SQLite move the log into the database, even a damaged log.
      if (!file?.isGivenUp) current?.client.close();
      current = null;
    },
    get closed() {
      return closed;
    },
  };
}

/** A write is not repeated when it is unknown whether it took place. */
type Access = "read" | "write";

/** Null while another process holds a lock: the first statement opens the database and waits. */
function openUnlessBusy(
  options: ResilientClientOptions,
  file: DatabaseFile | null,
): OpenClient | null {
  try {
    return open(options, file);
  } catch (error) {
    if (faultOf(error, options.kind) === "busy") return null;
    throw error;
  }
}

interface OpenClient {
  client: Client;
  /** Resolves when the connection's settings are made. */
  ready: Promise<void>;
}

function open(options: ResilientClientOptions, file: DatabaseFile | null): OpenClient {
  // Opening would create a missing file again.
  file?.checkDatabase();
  let client: Client;
  try {
    client = createClient({
      url: options.url,
      authToken: options.authToken,
      // One connection: in a pool, others would lack the settings below.
      concurrency: 1,
      timeout: nativeBusyTimeoutMs,
    });
  } catch (error) {
    const fault = faultOf(error, options.kind);
    if (fault === "busy" || fault === "replaced") throw error;
    throw new StorageUnavailable(fault ?? "cannot_open", { cause: error });
  }
  const ready = file ? configureFile(client, file) : Promise.resolve();
  // run() awaits `ready` and reports the failure; without this it would also be unhandled.
  ready.catch(() => {});
  return { client, ready };
}

async function configureFile(client: Client, file: DatabaseFile): Promise<void> {
  await client.executeMultiple(`PRAGMA busy_timeout = ${nativeBusyTimeoutMs}`);
  try {
    await client.executeMultiple("PRAGMA journal_mode = WAL");
  } catch (error) {
    // A read-only database is still good for reading.
    if (faultOf(error, "file") !== "read_only") throw error;
  }
  // FULL syncs the log at each commit: an acknowledged write survives a kill and a power cut.
  // secure_delete overwrites deleted rows, so that no backup still holds them.
  await client.executeMultiple(
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON",
  );
  // The first query opens the files beside the database.
  await client.execute("SELECT 1 FROM sqlite_master LIMIT 1");
  file.noteOpened();
}

/**
 * Finds out why the log has become shorter: another process has moved it into the database, or
 * somebody has emptied the file by hand. In that case the checkpoint fails, and the log's commits
 * are lost; SQLite itself would go on writing behind the hole, and later copy the hole into the
 * database.
 * Throws StorageUnavailable (file_lost).
 */
async function examineLog(client: Client, file: DatabaseFile): Promise<void> {
  try {
    const { rows } = await client.execute("PRAGMA wal_checkpoint(PASSIVE)");
    // Busy when another process is moving the log just now: the next write looks again.
    if (Number(rows[0]?.busy) === 0) file.noteLogWhole();
  } catch (error) {
    const fault = faultOf(error, "file");
    if (fault === "busy" || fault === "replaced") throw error;
    file.giveUp();
    throw new StorageUnavailable("file_lost", { cause: error });
  }
}

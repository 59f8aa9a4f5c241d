import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Client } from "@libsql/client";
import { DrizzleQueryError, sql } from "drizzle-orm";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";
import { createResilientClient, type StatementClient } from "./client.ts";
import { createDirectoryOf, pathOfUrl } from "./database-file.ts";
import { asNotDone, StorageUnavailable } from "./errors.ts";
import type { DatabaseKind } from "./faults.ts";
import { createQueue, type Queue } from "./queue.ts";
import type { RemoteRequest } from "./remote/client.ts";
import { createPatientQueue } from "./remote/patient-queue.ts";
import { createReplicaClient, type ReplicaClient } from "./replica/client.ts";
import type { CopyEvent, CopyStatus } from "./replica/local-copy.ts";
import * as schema from "./schema.ts";

export type { CopyEvent, CopyStatus };
export type Drizzle = LibSQLDatabase<typeof schema>;

export interface DatabaseOptions {
  /** `file:./data/x.db`, `:memory:`, `libsql://…`, `http(s)://…`. */
  url: string;
  /** Token of the remote database, also for `syncUrl`. */
  authToken?: string;
  /** Remote database that the local file follows: reads are local, writes go there. */
  syncUrl?: string;
  /** Longest wait for another process's write lock before StorageUnavailable; default 10,000 ms. */
  busyWaitMs?: number;
  /** Gets each turn in how the local file follows `syncUrl`. */
  onCopyEvent?: (event: CopyEvent) => void;
  /** Free bytes on the disk of a local file; default: what the file system says. */
  freeBytes?: (path: string) => number;
  /** Longest time of one request to a remote database; default 8,000 ms. */
  remoteTimeoutMs?: number;
  /** Told of each request to a remote database. */
  onRemoteRequest?: (request: RemoteRequest) => void;
}

export interface WriteOptions {
  /** Waits for no other write. */
  isUrgent?: boolean;
  /** Prepares what its caller was asked for: when it fails, that was certainly not done. */
  isPreparation?: boolean;
}

/** One database: local, in memory or remote. All failures of storage are StorageUnavailable. */
export interface Database {
  readonly kind: DatabaseKind;
  /** Whether writes work on this process's thread, and not over a network. */
  readonly writesHere: boolean;
  /** For building statements. Run them with read() and write(), which translate the errors. */
  readonly drizzle: Drizzle;
  /** Reads; sees the committed writes of other processes. */
  read<T>(work: (drizzle: Drizzle) => Promise<T>): Promise<T>;
  /**
   * Writes, one after the other. `work` runs one statement or one `drizzle.batch([...])`, which is
   * atomic; two separate statements are two commits. Resolves when the write is durable.
   */
  write<T>(work: (drizzle: Drizzle) => Promise<T>, options?: WriteOptions): Promise<T>;
  /**
   * A text that changes when another connection may have written to a local file; constant in
   * memory; null when the database cannot tell. Throws StorageUnavailable, also when the file is
   * lost.
   */
  dataVersion(): Promise<string | null>;
  /** Throws StorageUnavailable (file_lost) at once when a local file is no longer the open one. */
  checkFile(): void;
  /**
   * Resolves when reads see what was committed before this call; at once, unless a local file follows a
   * remote database. Throws StorageUnavailable.
   */
  refresh(): Promise<void>;
  /** How well the local file follows the remote database; null where there is none. */
  copyStatus(): CopyStatus | null;
  /** Fails when the database cannot be read. */
  ping(): Promise<void>;
  /**
   * Writes one small row: fails when the database is read-only, full or locked. A local one counts
   * as full a little early: the probe may still fit on the disk where the next transaction does
   * not.
   */
  probeWrite(): Promise<void>;
  /** Lets the queued writes finish, moves the log into the database file, and closes it. */
  close(): Promise<void>;
  /** Plain statements, for migrations. */
  readonly statements: StatementClient;
}

/**
 * Opens the database, creating the directory of a file.
 * Throws StorageUnavailable when a local file or its directory cannot be opened.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const kind = kindOf(options);
  if (kind === "file" || kind === "replica") createDirectoryOf(pathOfUrl(options.url));
  const opened =
    kind === "replica"
      ? openReplica(options)
      : { statements: openClient(options, kind), replica: null };
  const { statements, replica } = opened;
  const orm = drizzle(drizzleClient(statements, kind), { schema });
  const writesHere = kind === "file" || kind === "memory";
  const reads = kind === "remote" ? remoteQueue(64, 128) : null;
  // A local database has one writer at a time anyway, and a queue avoids BUSY. A remote one orders
  // the writes itself, and one round trip after the other would be slow.
  const writes = writesHere ? createQueue(1) : remoteQueue(8, 48);
  const inTurn = async <T>(queue: Queue, work: () => Promise<T>): Promise<T> => {
    const admission = statements.admit?.();
    // Only where there is something to wait for: work must be in the queue before close() looks at it.
    if (admission !== undefined) await admission;
    return queue.run(() => translated(work));
  };
  return {
    kind,
    writesHere,
    drizzle: orm,
    statements,
    read: (work) => (reads === null ? translated(() => work(orm)) : inTurn(reads, () => work(orm))),
    async write(work, { isUrgent = false, isPreparation = false } = {}) {
      try {
        return isUrgent ? await translated(() => work(orm)) : await inTurn(writes, () => work(orm));
      } catch (error) {
        throw isPreparation ? asNotDone(error) : error;
      }
    },
    async dataVersion() {
      if (kind === "memory") return "";
      if (kind !== "file") return null;
      return statements.dataVersion();
    },
    checkFile: statements.checkFile,
    async refresh() {
      await replica?.refresh();
    },
    copyStatus: () => replica?.copy ?? null,
    async ping() {
      await translated(() => orm.get(sql`SELECT 1`));
    },
    async probeWrite() {
      if (kind === "file") requireSpace(options);
      const row = { key: "write_probe", value: String(Date.now()) };
      try {
        await inTurn(writes, async () => {
          await orm
            .insert(schema.meta)
            .values(row)
            .onConflictDoUpdate({ target: schema.meta.key, set: { value: row.value } });
        });
      } catch (error) {
        throw asNotDone(error);
      }
    },
    async close() {
      await writes.idle();
      // If it fails, the log beside the file holds what is missing in the file.
      await statements.checkpoint().catch(() => {});
      await statements.close();
    },
  };
}

const BUSY_WAIT_MS = 10_000;

function openClient(
  { busyWaitMs = BUSY_WAIT_MS, ...options }: DatabaseOptions,
  kind: Exclude<DatabaseKind, "replica">,
): StatementClient {
  return createResilientClient({ ...options, kind, busyWaitMs });
}

function openReplica({ url, onCopyEvent, ...options }: DatabaseOptions): {
  statements: StatementClient;
  replica: ReplicaClient;
} {
  const { syncUrl = "", authToken, busyWaitMs = BUSY_WAIT_MS } = options;
  const { remoteTimeoutMs, onRemoteRequest } = options;
  const replica = createReplicaClient({
    path: pathOfUrl(url),
    syncUrl,
    busyWaitMs,
    remoteTimeoutMs,
    onRemoteRequest,
    ...(authToken === undefined ? {} : { authToken }),
    ...(onCopyEvent === undefined ? {} : { onEvent: onCopyEvent }),
  });
  return { statements: replica, replica };
}

/** A request that takes longer does not keep the next ones waiting. */
const PATIENCE_MS = 1_000;
const LONGEST_WAIT_MS = 5_000;

/**
 * So many statements go to a remote database at the same time; those that take long leave their place
 * to others, up to `mostRunning`.
 */
function remoteQueue(width: number, mostRunning: number): Queue {
  return createPatientQueue({
    width,
    mostRunning,
    patienceMs: PATIENCE_MS,
    longestWaitMs: LONGEST_WAIT_MS,
    refusal: () => new StorageUnavailable("overloaded"),
  });
}

// More than the size at which SQLite moves its log into the file.
const LEAST_FREE_BYTES = 8 * 1024 * 1024;

/** Throws StorageUnavailable (full). */
function requireSpace({ url, freeBytes = freeBytesAt }: DatabaseOptions): void {
  if (freeBytes(pathOfUrl(url)) < LEAST_FREE_BYTES) throw new StorageUnavailable("full");
}

function freeBytesAt(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    // The file system cannot tell: the write will.
    return Number.POSITIVE_INFINITY;
  }
}

/** Whether a statement failed because the value of a unique or primary key was taken. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && error.message.includes("UNIQUE constraint failed");
}

function kindOf({ url, syncUrl }: DatabaseOptions): DatabaseKind {
  if (url === ":memory:" || url.startsWith("file::memory:")) return "memory";
  if (!url.startsWith("file:")) return "remote";
  return syncUrl === undefined || syncUrl === "" ? "file" : "replica";
}

/** Drizzle's errors quote the statement's parameters, so only their cause leaves this module. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DrizzleQueryError && error.cause !== undefined) throw error.cause;
    throw error;
  }
}

function drizzleClient(statements: StatementClient, kind: DatabaseKind): Client {
  const refuse = (): never => {
    throw new Error("interactive transactions and scripts are not used: see Database.write");
  };
  return {
    execute: statements.execute,
    batch: statements.batch,
    migrate: refuse,
    transaction: refuse,
    executeMultiple: refuse,
    sync: refuse,
    reconnect: refuse,
    close: () => statements.close(),
    get closed() {
      return statements.closed;
    },
    protocol: kind,
  };
}

import type { Client, InStatement, ResultSet } from "@libsql/client";
import {
  createResilientClient,
  type ResilientClientOptions,
  type StatementClient,
} from "../client.ts";
import { StorageUnavailable } from "../errors.ts";
import { onlyReads } from "../sql-text.ts";
import { type CopyStatus, LocalCopy, type LocalCopyOptions } from "./local-copy.ts";

/** A remote database with a local copy, from which most reads are answered. */
export interface ReplicaClient extends StatementClient {
  /**
   * Resolves when reads see what the primary has at this moment: the copy has it, or the primary
   * answers them itself. Throws StorageUnavailable.
   */
  refresh(): Promise<void>;
  readonly copy: CopyStatus;
}

export interface ReplicaClientOptions
  extends Omit<LocalCopyOptions, "onSyncFailed">,
    Pick<ResilientClientOptions, "remoteTimeoutMs" | "onRemoteRequest"> {
  /** Longest wait for another process's write lock, milliseconds. */
  busyWaitMs: number;
}

/**
 * Reads from a local copy, and writes at the primary over HTTP. A read sees all writes of this process
 * that were answered before: the copy is synced first where it must be. One that finds nothing looks
 * again after a sync, so that what was made elsewhere is known here. While the copy does not follow, and
 * the primary answers, reads go there, too; while neither works, they are answered from the copy, unless
 * this process knows that it is too old.
 *
 * libSQL's own embedded replica is not used for statements: it does its writes on the thread of the
 * event loop, and stops the process for each round trip of them.
 */
export function createReplicaClient({
  busyWaitMs,
  remoteTimeoutMs,
  onRemoteRequest,
  ...options
}: ReplicaClientOptions): ReplicaClient {
  const { syncUrl, authToken } = options;
  const primary = createResilientClient({
    kind: "remote",
    url: syncUrl,
    busyWaitMs,
    remoteTimeoutMs,
    onRemoteRequest,
    ...(authToken === undefined ? {} : { authToken }),
  });
  let probing: Promise<void> | null = null;
  const copy = new LocalCopy({
    ...options,
    onSyncFailed: () => void probe().catch(() => {}),
  });
  let closed = false;
  void copy.sync();

  /** An answer means that the copy is too old: whatever has changed is at the primary. */
  function probe(): Promise<void> {
    probing ??= atPrimary((client) => client.execute("SELECT 1"))
      .then(() => {})
      .finally(() => {
        probing = null;
      });
    return probing;
  }

  async function read(work: (client: StatementClient) => Promise<ResultSet>): Promise<ResultSet> {
    if (closed) throw new StorageUnavailable("closed");
    const found = await fromCopy(work, await copy.reader());
    if (found !== null && found.rows.length > 0) return found;
    // What is not here may have been made elsewhere a moment ago.
    const fresh = found && (await fromCopy(work, await copy.freshReader()));
    return fresh ?? atPrimary(work);
  }

  /** Null where the copy cannot answer. */
  async function fromCopy(
    work: (client: StatementClient) => Promise<ResultSet>,
    reader: StatementClient | null,
  ): Promise<ResultSet | null> {
    if (reader === null) return null;
    try {
      // Deleted or replaced by somebody, the file no longer is what is being synced.
      reader.checkFile();
      return await work(reader);
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      copy.noteReadFault(error.fault);
      return null;
    }
  }

  async function atPrimary<T>(work: (client: StatementClient) => Promise<T>): Promise<T> {
    try {
      const result = await work(primary);
      copy.noteAnswer();
      return result;
    } catch (error) {
      // A refused statement tells something of what is there, such as a unique value that is taken,
      // and what has become of a lost one only the primary can tell.
      if (!isUnsent(error)) copy.noteAnswer();
      throw error;
    }
  }

  return {
    execute(statement: InStatement | string, args?: Parameters<Client["execute"]>[1]) {
      const work = (client: StatementClient): Promise<ResultSet> =>
        typeof statement === "string" ? client.execute(statement, args) : client.execute(statement);
      return onlyReads(statement) ? read(work) : atPrimary(work);
    },
    batch: (statements, mode) => atPrimary((client) => client.batch(statements, mode)),
    migrate: (statements) => atPrimary((client) => client.migrate(statements)),
    admit: () => primary.admit?.(),
    async refresh() {
      if (!(await copy.sync())) await probe();
    },
    get copy() {
      return copy.status;
    },
    // The feed of changes tells what others have written.
    dataVersion: () => Promise.resolve(""),
    // A lost copy is made anew.
    checkFile() {},
    async checkpoint() {},
    async close() {
      closed = true;
      await copy.close();
      primary.close();
    },
    get closed() {
      return closed;
    },
  };
}

const isUnsent = (error: unknown): boolean =>
  error instanceof StorageUnavailable && error.outcome === "not_done";

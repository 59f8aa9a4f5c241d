import { type Client, createClient, type InStatement } from "@libsql/client";
import type { StatementClient } from "../client.ts";
import { type StorageFault, StorageUnavailable } from "../errors.ts";
import { faultOf, HttpRefusal, wasNotDone } from "../faults.ts";
import { onlyReads } from "../sql-text.ts";
import { Reach } from "./reach.ts";

/** What is told of each request to a remote database. */
export interface RemoteRequest {
  kind: "read" | "write";
  milliseconds: number;
  /** Null when it was answered, also when the statement was wrong. */
  fault: StorageFault | null;
}

export interface RemoteClientOptions {
  url: string;
  authToken?: string | undefined;
  /** Longest time of one request, milliseconds. */
  timeoutMs?: number | undefined;
  onRequest?: ((request: RemoteRequest) => void) | undefined;
}

/** More than a server waits for a lock of its own (5 s). */
const TIMEOUT_MS = 8_000;
/** Migrations may build indexes of millions of rows. */
const LONGEST_MIGRATION_MS = 10 * 60_000;
/** After so long nothing is repeated, so that nobody waits much longer than for one request. */
const LONGEST_REPEATING_MS = 2_000;
const PAUSES_MS = [100, 200, 400, 800];
/** More than is ever under way: what waits here would wait without a bound of time. */
const NO_LIMIT = 100_000;

/**
 * A libSQL database over HTTP. Each statement or batch is one request of a bounded time, and atomic.
 *
 * What fails is repeated for a moment: reads always, writes only if they cannot have been done. A write
 * whose answer was lost is told as StorageUnavailable with the outcome `unknown`. While the database is
 * down, requests fail at once or after a short look whether it is back, so that they do not pile up.
 * Errors of the SQL itself stay LibsqlError.
 */
export function createRemoteClient({
  url,
  authToken,
  timeoutMs = TIMEOUT_MS,
  onRequest = () => {},
}: RemoteClientOptions): StatementClient {
  const open = (longestMs: number): Client =>
    createClient({ url, authToken, concurrency: NO_LIMIT, fetch: boundedFetch(longestMs) });
  const client = open(timeoutMs);
  const patient = open(LONGEST_MIGRATION_MS);
  let closed = false;

  async function once<T>(work: () => Promise<T>, kind: "read" | "write"): Promise<T> {
    const sentAt = performance.now();
    try {
      const result = await work();
      onRequest({ kind, milliseconds: performance.now() - sentAt, fault: null });
      reach.answered();
      return result;
    } catch (error) {
      const found = faultOf(error, "remote");
      const fault = found === "replaced" ? "closed" : found;
      onRequest({ kind, milliseconds: performance.now() - sentAt, fault });
      if (fault === null) {
        reach.answered();
        throw error;
      }
      const outcome = kind === "read" || wasNotDone(error) ? "not_done" : "unknown";
      const note = error instanceof HttpRefusal ? `HTTP ${error.status}` : undefined;
      const failure = new StorageUnavailable(fault, { cause: error, outcome, note });
      if (fault === "unreachable" || fault === "timeout") reach.failed(failure, sentAt);
      else reach.answered();
      throw failure;
    }
  }

  const reach = new Reach(async () => {
    await once(() => client.execute("SELECT 1"), "read");
  });

  async function run<T>(work: () => Promise<T>, kind: "read" | "write"): Promise<T> {
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      if (closed) throw new StorageUnavailable("closed");
      if (reach.isDown) await reach.untilBack();
      try {
        return await once(work, kind);
      } catch (error) {
        if (!(error instanceof StorageUnavailable) || closed) throw error;
        const pause = PAUSES_MS[attempt];
        const mayRepeat = error.outcome === "not_done" && PASSING.has(error.fault);
        if (!mayRepeat || pause === undefined) throw error;
        if (performance.now() + pause - started > LONGEST_REPEATING_MS) throw error;
        await Bun.sleep(pause * (0.5 + Math.random()));
      }
    }
  }

  return {
    execute: (statement: InStatement | string, args?: Parameters<Client["execute"]>[1]) =>
      run(
        () =>
          typeof statement === "string"
            ? client.execute(statement, args)
            : client.execute(statement),
        onlyReads(statement) ? "read" : "write",
      ),
    batch: (statements, mode = "write") => run(() => client.batch(statements, mode), "write"),
    migrate: (statements) => run(() => patient.batch(statements, "write"), "write"),
    admit: () => (reach.isDown ? reach.untilBack() : undefined),
    // A remote database cannot tell.
    dataVersion: () => Promise.reject(new Error("only a local database has a version")),
    checkFile: () => {},
    checkpoint: () => Promise.resolve(),
    close() {
      closed = true;
      client.close();
      patient.close();
    },
    get closed() {
      return closed;
    },
  };
}

/** Faults that may be over in a moment. */
const PASSING: ReadonlySet<StorageFault> = new Set([
  "busy",
  "throttled",
  "unreachable",
] satisfies StorageFault[]);

/** Rejects with HttpRefusal for an answer that is none to statements. */
function boundedFetch(longestMs: number): (request: Request) => Promise<Response> {
  return async (request) => {
    const response = await fetch(request, { signal: AbortSignal.timeout(longestMs) });
    if (response.ok) return response;
    throw new HttpRefusal(response.status, await response.text().catch(() => ""));
  };
}

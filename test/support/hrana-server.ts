import { SQLiteError, type SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";

/*
 * A remote libSQL database as @libsql/client sees it: Hrana 2 over HTTP (JSON pipelines) on SQLite.
 * https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_2_SPEC.md
 */

export interface HranaServer {
  /** For DATABASE_URL. */
  url: string;
  /** Statements seen so far. */
  statements: string[];
  /** Answers all requests with this HTTP status until it is null again. */
  failWith: number | null;
  stop(): Promise<void>;
}

type HranaValue =
  | { type: "null" }
  | { type: "integer"; value: string }
  | { type: "float"; value: number }
  | { type: "text"; value: string }
  | { type: "blob"; base64: string };

const LOG_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4096;

/** libSQL's newer protocol: the file of a generation, and the frames of the log that have come since. */
function handOut(file: string, path: string): Response | null {
  if (path === "/info") return Response.json({ current_generation: 1 });
  if (path === "/export/1") return new Response(readFileSync(file));
  const [, from, to] = /^\/sync\/1\/(\d+)\/(\d+)$/.exec(path) ?? [];
  if (from === undefined) return null;
  const log = existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : Buffer.alloc(0);
  const placeOf = (frame: number): number => LOG_HEADER_BYTES + (frame - 1) * FRAME_BYTES;
  const frames = log.subarray(placeOf(Number(from)), placeOf(Number(to)));
  if (frames.length === 0) return Response.json({ generation: 1 }, { status: 400 });
  return new Response(frames);
}

interface Statement {
  sql?: string;
  sql_id?: number;
  args?: HranaValue[];
}

type Condition =
  | { type: "ok" | "error"; step: number }
  | { type: "not"; cond: Condition }
  | { type: "and" | "or"; conds: Condition[] };

type StreamRequest =
  | { type: "execute"; stmt: Statement }
  | { type: "batch"; batch: { steps: { stmt: Statement; condition?: Condition }[] } }
  | { type: "store_sql"; sql_id: number; sql: string }
  | { type: "close_sql"; sql_id: number }
  | { type: "close" };

export interface HranaServerOptions {
  /** Requests without it are refused. */
  token?: string;
  /** A new file for the database, which is then handed out to local copies by libSQL's newer protocol. */
  file?: string;
}

/** Starts the server on a free port. */
export function startHranaServer(options: HranaServerOptions = {}): HranaServer {
  // Shared by all requests: each pipeline runs in one go, so transactions cannot mix.
  const sqlite = new Sqlite(options.file ?? ":memory:", { create: true, safeIntegers: true });
  if (options.file !== undefined) {
    // Copies are told the frames of the log by their numbers, so that it must not begin again.
    sqlite.run("PRAGMA journal_mode = WAL");
    sqlite.run("PRAGMA wal_autocheckpoint = 0");
    sqlite.run("CREATE TABLE first (a)");
    sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const state: HranaServer = {
    url: "",
    statements: [],
    failWith: null,
    async stop() {
      await server.stop(true);
      sqlite.close();
    },
  };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      if (state.failWith !== null) return new Response("no", { status: state.failWith });
      const { pathname } = new URL(request.url);
      const handedOut = options.file === undefined ? null : handOut(options.file, pathname);
      if (handedOut !== null) return handedOut;
      if (pathname !== "/v2/pipeline") return new Response("", { status: 404 });
      const authorization = request.headers.get("authorization");
      if (options.token !== undefined && authorization !== `Bearer ${options.token}`) {
        return new Response("unauthorized", { status: 401 });
      }
      const { requests } = (await request.json()) as { requests: StreamRequest[] };
      return Response.json({ baton: null, base_url: null, results: runPipeline(requests) });
    },
  });
  state.url = `http://127.0.0.1:${server.port}`;
  return state;

  function runPipeline(requests: StreamRequest[]): unknown[] {
    const stored = new Map<number, string>();
    return requests.map((request) => {
      try {
        return { type: "ok", response: respond(request, stored) };
      } catch (error) {
        return { type: "error", error: hranaError(error) };
      }
    });
  }

  function respond(request: StreamRequest, stored: Map<number, string>): unknown {
    switch (request.type) {
      case "execute":
        return { type: "execute", result: execute(request.stmt, stored) };
      case "batch":
        return { type: "batch", result: runBatch(request.batch.steps, stored) };
      case "store_sql":
        stored.set(request.sql_id, request.sql);
        return { type: "store_sql" };
      case "close_sql":
        stored.delete(request.sql_id);
        return { type: "close_sql" };
      case "close":
        if (sqlite.inTransaction) sqlite.run("ROLLBACK");
        return { type: "close" };
    }
  }

  function runBatch(
    steps: { stmt: Statement; condition?: Condition }[],
    stored: Map<number, string>,
  ): unknown {
    const results: unknown[] = [];
    const errors: unknown[] = [];
    for (const { stmt, condition } of steps) {
      results.push(null);
      errors.push(null);
      if (condition !== undefined && !holds(condition, results, errors)) continue;
      try {
        results[results.length - 1] = execute(stmt, stored);
      } catch (error) {
        errors[errors.length - 1] = hranaError(error);
      }
    }
    return { step_results: results, step_errors: errors };
  }

  function execute(statement: Statement, stored: Map<number, string>): unknown {
    const sql = statement.sql ?? stored.get(statement.sql_id ?? -1) ?? "";
    state.statements.push(sql);
    const prepared = sqlite.prepare(sql);
    const names = prepared.columnNames;
    const rows = prepared.values(...(statement.args ?? []).map(fromHrana)) as unknown[][];
    const { changed, last } = sqlite
      .query("SELECT changes() AS changed, last_insert_rowid() AS last")
      .get() as { changed: bigint; last: bigint };
    return {
      cols: names.map((name) => ({ name, decltype: null })),
      rows: rows.map((row) => row.map(toHrana)),
      affected_row_count: Number(changed),
      last_insert_rowid: String(last),
    };
  }
}

function holds(condition: Condition, results: unknown[], errors: unknown[]): boolean {
  switch (condition.type) {
    case "ok":
      return results[condition.step] !== null;
    case "error":
      return errors[condition.step] !== null;
    case "not":
      return !holds(condition.cond, results, errors);
    case "and":
      return condition.conds.every((part) => holds(part, results, errors));
    case "or":
      return condition.conds.some((part) => holds(part, results, errors));
  }
}

function hranaError(error: unknown): { message: string; code: string } {
  if (error instanceof SQLiteError) {
    // Turso names the primary code, for example SQLITE_CONSTRAINT.
    const code = /^SQLITE_[A-Z]+/.exec(error.code ?? "")?.[0] ?? "SQLITE_ERROR";
    return { message: `SQLite error: ${error.message}`, code };
  }
  return { message: String(error), code: "UNKNOWN" };
}

function fromHrana(value: HranaValue): SQLQueryBindings {
  switch (value.type) {
    case "null":
      return null;
    case "integer":
      return BigInt(value.value);
    case "blob":
      return Buffer.from(value.base64, "base64");
    default:
      return value.value;
  }
}

function toHrana(value: unknown): HranaValue {
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  if (value instanceof Uint8Array) {
    return { type: "blob", base64: Buffer.from(value).toString("base64") };
  }
  return { type: "null" };
}

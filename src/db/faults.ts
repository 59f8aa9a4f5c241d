import { LibsqlError } from "@libsql/client";
import type { StorageFault } from "./errors.ts";

/** file: one local file; replica: a local file that follows a remote one; remote: over HTTP. */
export type DatabaseKind = "file" | "memory" | "replica" | "remote";

/** A storage fault, or that the connection was replaced before the statement ran on it. */
export type ClientFault = StorageFault | "replaced";

/** An HTTP answer of a remote database that is none to statements. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`HTTP status ${status}: ${text.slice(0, 200)}`);
  }
}

/** The storage fault behind an error of libSQL, or null when the statement itself was wrong. */
export function faultOf(error: unknown, kind: DatabaseKind): ClientFault | null {
  if (error instanceof HttpRefusal) return faultOfStatus(error.status);
  if (error instanceof LibsqlError) {
    const fault = faultByCode[error.code];
    if (fault !== undefined) return fault;
    // Over HTTP the server's own code may be missing or unknown.
    if (/database is locked/i.test(error.message)) return "busy";
    return null;
  }
  if (kind === "remote" && error instanceof Error)
    return error.name === "TimeoutError" ? "timeout" : "unreachable";
  return faultOfNativeMessage(error);
}

function faultOfStatus(status: number): StorageFault {
  if (status === 401 || status === 403) return "unauthorized";
  return status === 429 ? "throttled" : "unreachable";
}

/**
 * Whether a remote database has certainly not done what it was asked: the request did not leave, or
 * was refused. Otherwise it may have been done, and only the answer was lost.
 */
export function wasNotDone(error: unknown): boolean {
  if (error instanceof HttpRefusal) return error.status < 500;
  // An answer to the statements: a failed one, or a failed batch, changes nothing.
  if (error instanceof LibsqlError) return !UNANSWERED.has(error.code);
  return NOT_CONNECTED.has(String((error as { code?: unknown } | null)?.code));
}

const NOT_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** What libSQL's client says of answers that it does not understand. */
const UNANSWERED: ReadonlySet<string> = new Set([
  "HRANA_PROTO_ERROR",
  "HRANA_CLOSED_ERROR",
  "HRANA_WEBSOCKET_ERROR",
  "INTERNAL_ERROR",
  "PROTOCOL_VERSION_ERROR",
]);

/** A libSQL server undoes a transaction of more than 5 s when another one waits to write. */
export const TRANSACTION_TIMEOUT = "TRANSACTION_TIMEOUT";

const faultByCode: Record<string, ClientFault> = {
  [TRANSACTION_TIMEOUT]: "busy",
  SQLITE_BUSY: "busy",
  SQLITE_LOCKED: "busy",
  SQLITE_FULL: "full",
  SQLITE_READONLY: "read_only",
  SQLITE_PERM: "read_only",
  SQLITE_IOERR: "io",
  SQLITE_PROTOCOL: "io",
  SQLITE_CORRUPT: "corrupt",
  SQLITE_NOTADB: "corrupt",
  SQLITE_CANTOPEN: "cannot_open",
  SQLITE_NOMEM: "cannot_open",
  BLOCKED: "blocked",
  // A server that has restarted knows the stream no more.
  STREAM_EXPIRED: "unreachable",
  CLIENT_CLOSED: "replaced",
  HRANA_PROTO_ERROR: "unreachable",
  HRANA_CLOSED_ERROR: "unreachable",
  HRANA_WEBSOCKET_ERROR: "unreachable",
  PROTOCOL_VERSION_ERROR: "unreachable",
  INTERNAL_ERROR: "unreachable",
};

/** The native module reports a failed open as a plain error whose text ends in SQLite's code. */
function faultOfNativeMessage(error: unknown): StorageFault | null {
  const message = error instanceof Error ? error.message : "";
  if (!message.includes("ConnectionFailed(")) return null;
  const code = Number.parseInt(message.slice(message.lastIndexOf(": ") + 2), 10);
  if (Number.isNaN(code)) return null;
  return code === 5 ? "busy" : "cannot_open";
}

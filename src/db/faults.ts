import { LibsqlError } from "@libsql/client";
import type { StorageFault } from "./errors.ts";

/** file: one local file; replica: a local file that follows a remote one; remote: over HTTP. */
export type DatabaseKind = "file" | "memory" | "replica" | "remote";

/** A storage fault, or that the connection was replaced before the statement ran on it. */
export type ClientFault = StorageFault | "replaced";

/** The storage fault behind an error of libSQL, or null when the statement itself was wrong. */
export function faultOf(error: unknown, kind: DatabaseKind): ClientFault | null {
  if (error instanceof LibsqlError) {
    if (error.code === "SERVER_ERROR") {
      const status = (error.cause as { status?: unknown } | undefined)?.status;
      return status === 401 || status === 403 ? "unauthorized" : "unreachable";
    }
    const fault = faultByCode[error.code];
    if (fault !== undefined) return fault;
    // Over HTTP the server's own code may be missing or unknown.
    if (/database is locked/i.test(error.message)) return "busy";
    return null;
  }
  if (kind === "remote" && error instanceof Error) return "unreachable";
  return faultOfNativeMessage(error);
}

/** Whether the request did not reach the remote database. */
export function neverSent(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === "ConnectionRefused" || code === "ECONNREFUSED";
}

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

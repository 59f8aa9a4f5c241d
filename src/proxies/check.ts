import type { Mode } from "../db/schema.ts";
import { faultOfCode, NotSent, ProxyFailed, type ProxyFault } from "../instagram/client.ts";
import type { Evidence } from "./health.ts";

/** A proxy to be checked. */
export interface CheckedProxy {
  /** With its credentials. */
  url: string;
  /** The sandbox judges `test` proxies; nothing goes over the network for them. */
  mode: Mode;
}

/** What a check has found. */
export type Finding =
  | { kind: "success" | "blocked" }
  | { kind: "failure"; fault: ProxyFault }
  /** Nothing that concerns the proxy: the check was ended, or this machine lacks something. */
  | { kind: "nothing" };

/** Asks something harmless through a proxy, once, over a connection of its own. Never rejects. */
export type ProxyProbe = (proxy: CheckedProxy, signal: AbortSignal) => Promise<Finding>;

/** The finding of a check that has failed with this error. */
export function findingOf(error: unknown): Finding {
  const isSent = !(error instanceof NotSent);
  const cause = isSent ? error : error.cause;
  if (!(cause instanceof Error) || cause.name === "AbortError") return { kind: "nothing" };
  if (cause.name === "TimeoutError")
    // What was sent has reached the other end of the tunnel: the silence is Instagram's.
    return isSent ? { kind: "nothing" } : { kind: "failure", fault: "timeout" };
  const fault =
    cause instanceof ProxyFailed
      ? cause.fault
      : faultOfCode("code" in cause ? String(cause.code) : "");
  return fault === null ? { kind: "nothing" } : { kind: "failure", fault };
}

/** What a finding says of the proxy; null for nothing. Times are unix milliseconds. */
export function evidenceOf(finding: Finding, startedAt: number, at: number): Evidence | null {
  const latencyMs = Math.max(0, at - startedAt);
  switch (finding.kind) {
    case "success":
      return { kind: "success", startedAt, at, latencyMs };
    case "blocked":
      return { kind: "blocked-check", startedAt, at, latencyMs };
    case "failure":
      return { kind: "failure", startedAt, at, fault: finding.fault };
    case "nothing":
      return null;
  }
}

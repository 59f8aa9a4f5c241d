import type { Problem } from "../../problems/problem.ts";
import type { ReadEntry } from "./read-entry.ts";

/** What became of an entry; in a dry run, what would. */
export interface Outcome {
  /** Number of the entry's first line. */
  line: number;
  /** unchanged: the login is here already, and the line says nothing else of its session. */
  outcome: "created" | "updated" | "unchanged" | "failed";
  sessionId: string | null;
  username: string | null;
  /** Why it failed: the name of the error, and a sentence. */
  fault: { kind: string; message: string } | null;
  /** What the entry does not say, in words. */
  lacks: readonly string[];
}

export const done = (
  line: number,
  { username, lacks }: Pick<ReadEntry, "username" | "lacks">,
  outcome: "created" | "updated" | "unchanged",
  session: { id: string; username: string | null } | null,
): Outcome => ({
  line,
  outcome,
  sessionId: session?.id ?? null,
  username: session?.username ?? username,
  fault: null,
  lacks,
});

/** An entry that failed: with a problem of the gateway, or (a text) because of what it holds. */
export function failed(
  line: number,
  fault: Problem | string,
  read: Pick<ReadEntry, "username" | "lacks"> | null = null,
): Outcome {
  return {
    line,
    outcome: "failed",
    sessionId: null,
    username: read?.username ?? null,
    fault:
      typeof fault === "string"
        ? { kind: "ValidationError", message: fault }
        : { kind: fault.kind, message: fault.detail },
    lacks: read?.lacks ?? [],
  };
}

/** An outcome as callers and operators read it. */
export const outcomeJson = ({ line, outcome, sessionId, username, fault, lacks }: Outcome) => ({
  line,
  outcome,
  session_id: sessionId,
  username,
  exc_type: fault?.kind ?? null,
  error: fault?.message ?? null,
  lacks: [...lacks],
});

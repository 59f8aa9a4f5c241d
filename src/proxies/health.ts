import type { ProxyState } from "../db/schema.ts";
import type { ProxyFault } from "../instagram/client.ts";

/* The rules by which a proxy is judged: what each piece of evidence makes of its state. */

/** So many failures in a row take a proxy down. One of them may be a blip. */
export const FAILURES_TO_DOWN = 3;
/** Failures further apart than this, in milliseconds, are not in a row. */
const IN_A_ROW_MS = 600_000;
/** Answers in a row that mean a blocked address, before the proxy counts as failing. */
const BLOCKS_TO_FAILING = 3;
/** When a proxy that fails is checked again, in milliseconds; doubled with each further failure. */
const FIRST_BACK_OFF_MS = 2_000;
/** Checks are spread by so much of their interval, so that they do not come all at once. */
const JITTER = 0.2;

/** What is known of a proxy's health, as it is stored. Times are unix milliseconds. */
export interface Health {
  state: ProxyState;
  stateSince: number;
  /** A ProxyFault, or `blocked`; null while nothing is wrong. */
  lastError: string | null;
  /** How long the last check took. */
  latencyMs: number | null;
  /** When there was the last evidence, by a check or by a session's request. */
  checkedAt: number | null;
  /** When it is to be checked; null: not at all. */
  nextCheckAt: number | null;
  failures: number;
  blocked: number;
}

/** What a request through a proxy, or a check of it, has shown. */
export type Evidence = {
  /** When it began and ended. */
  startedAt: number;
  at: number;
} & (
  | { kind: "success"; latencyMs: number | null }
  | { kind: "failure"; fault: ProxyFault }
  /** Instagram refuses the proxy's address: with `times` further answers, `inARow` since a good one. */
  | { kind: "blocked"; times: number; inARow: number }
  /** The same, met by a check. */
  | { kind: "blocked-check"; latencyMs: number }
);

/**
 * What the evidence makes of a proxy's health; the same object if nothing. `intervalMs`: how often a
 * proxy without traffic is checked. `random` is from 0 to 1.
 */
export function judge(
  health: Health,
  evidence: Evidence,
  intervalMs: number,
  random: () => number = Math.random,
): Health {
  const { startedAt, at } = evidence;
  // Its URL was another one then.
  if (health.checkedAt === null && startedAt < health.stateSince) return health;
  const inMs = (milliseconds: number): number =>
    at + Math.round(Math.min(milliseconds, intervalMs) * (1 + JITTER * (2 * random() - 1)));
  switch (evidence.kind) {
    case "failure": {
      // Requests that were under way together fail together: that is one failure.
      if (health.failures > 0 && startedAt <= (health.checkedAt ?? 0)) return health;
      const failures = isInARow(health, at) ? health.failures + 1 : 1;
      const isDown = health.state === "down" || failures >= FAILURES_TO_DOWN;
      return changed(health, at, {
        state: isDown ? "down" : "failing",
        lastError: evidence.fault,
        checkedAt: at,
        nextCheckAt: inMs(FIRST_BACK_OFF_MS * 2 ** Math.min(failures - 1, 20)),
        failures,
      });
    }
    case "success":
      // It had begun before the proxy failed.
      if (health.failures > 0 && startedAt < (health.checkedAt ?? 0)) return health;
      return changed(health, at, {
        state: "healthy",
        lastError: null,
        latencyMs: evidence.latencyMs ?? health.latencyMs,
        checkedAt: at,
        nextCheckAt: inMs(intervalMs),
        failures: 0,
      });
    case "blocked": {
      const blocked = health.blocked + evidence.times;
      const isFew = evidence.inARow < BLOCKS_TO_FAILING && health.lastError !== "blocked";
      return isFew
        ? { ...health, blocked }
        : changed(health, at, { ...blockedAt(at, inMs(intervalMs)), blocked });
    }
    case "blocked-check": {
      const { latencyMs } = evidence;
      const blocked = health.blocked + 1;
      return changed(health, at, { ...blockedAt(at, inMs(intervalMs)), latencyMs, blocked });
    }
  }
}

/** The proxy itself works: it stays in use, but gets no further sessions while its address is blocked. */
const blockedAt = (at: number, nextCheckAt: number): Partial<Health> => ({
  state: "failing",
  lastError: "blocked",
  checkedAt: at,
  nextCheckAt,
  failures: 0,
});

const isInARow = ({ failures, state, checkedAt }: Health, at: number): boolean =>
  failures > 0 && (state === "down" || at - (checkedAt ?? 0) <= IN_A_ROW_MS);

function changed(health: Health, at: number, changes: Partial<Health>): Health {
  const state = changes.state ?? health.state;
  return {
    ...health,
    ...changes,
    stateSince: state === health.state ? health.stateSince : at,
  };
}

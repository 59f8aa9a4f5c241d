import type { Block, SessionStateName } from "../db/schema.ts";
import type { PlainColumns } from "./store/rows.ts";

/** Marks in `disabled_by` that it was the operator; anything else there is the id of an API key. */
export const BY_OPERATOR = "operator";

/** What the state of a session is seen from. */
export type StateColumns = Pick<PlainColumns, "state" | "enabled" | "blockedUntil">;

/**
 * The state that a session is shown with: `disabled` where somebody has switched it off, else the
 * stored one; of an active session, `cooling_down` while Instagram has some of its actions wait.
 * `time` in unix milliseconds.
 */
export function shownState(
  { state, enabled, blockedUntil }: StateColumns,
  time: number,
): SessionStateName {
  if (!enabled) return "disabled";
  return state === "active" && blockedUntil !== null && blockedUntil > time
    ? "cooling_down"
    : state;
}

/** Since when a session is in its shown state, in unix milliseconds, and why; null if unknown. */
export function whyShown(
  session: StateColumns &
    Pick<PlainColumns, "stateSince" | "reason" | "disabledBy" | "disabledAt" | "blocks">,
  shown: SessionStateName,
  time: number,
): { since: number | null; reason: string | null } {
  if (!session.enabled) {
    const { disabledBy, disabledAt } = session;
    return { since: disabledAt, reason: `switched off by ${nameOf(disabledBy)}` };
  }
  if (shown === "cooling_down") {
    const running = (session.blocks ?? []).filter(({ until }) => until > time);
    return { since: firstOf(running), reason: reasonsOf(running) };
  }
  return { since: session.stateSince, reason: session.reason };
}

/** When the first of these blocks began; null if none says so. */
function firstOf(blocks: readonly Block[]): number | null {
  const known = blocks.flatMap(({ since }) => since ?? []);
  return known.length === 0 ? null : Math.min(...known);
}

/** The exc_types of the answers after which it waits. */
const reasonsOf = (running: readonly Block[]): string => {
  const reasons = new Set(running.map(({ reason }) => reason));
  return `Instagram asked to slow down: ${[...reasons].join(", ")}`;
};

const nameOf = (by: string | null): string =>
  by === null || by === BY_OPERATOR ? "the operator" : `the API key ${by}`;

import type { Block } from "../../db/schema.ts";
import type { Action } from "../../instagram/action-kinds.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import type { Budget } from "../gate.ts";

const secondsUntil = (time: number, now: number): number =>
  Math.max(1, Math.ceil((time - now) / 1_000));
const iso = (time: number): string => new Date(time).toISOString();

/** An action, or all of them, has to wait after a throttle. */
export function coolingDown({ action, until, reason }: Block, now: number): GatewayProblem {
  const what = action === "all" ? "All requests of this session" : `Requests of the kind ${action}`;
  return new GatewayProblem(
    "SessionCoolingDown",
    `${what} wait until ${iso(until)}, since Instagram answered ${reason}`,
    { retryAfter: secondsUntil(until, now), members: { action, until: iso(until) } },
  );
}

/** The next action's start lies after the end of the caller's time. */
export const paced = (action: Action, start: number, now: number): GatewayProblem =>
  new GatewayProblem(
    "SessionCoolingDown",
    "Actions of this session keep a distance (pace_ms), and the next start is later than this request can wait",
    { retryAfter: secondsUntil(start, now), members: { action, until: iso(start) } },
  );

/** All actions of this kind are done that the session may do today. */
export const budgetSpent = (
  { action, limit }: Pick<Budget, "action" | "limit">,
  resetAt: number,
  now: number,
): GatewayProblem =>
  new GatewayProblem(
    "BudgetSpent",
    `The session may do ${limit} a day of the kind ${action}, and has done them; its day ends at ${iso(resetAt)}`,
    { retryAfter: secondsUntil(resetAt, now), members: { action, until: iso(resetAt) } },
  );

import { UpstreamUnreachable } from "../instagram/errors.ts";
import { hasPrevented } from "../problems/gateway.ts";
import type { Problem } from "../problems/problem.ts";
import type { RequestContext } from "./context.ts";

/**
 * What the error answer to a request that acts says of the action:
 * - `not_sent`: nothing has changed at Instagram, so the request may simply be repeated.
 * - `unknown`: it may have taken place, wholly or in part. A repetition may do it twice.
 */
export const TOLD_OUTCOMES = ["unknown", "not_sent"] as const;

/** What an error answer says of the action that failed, besides the problem itself. */
export interface FailedWrite {
  outcome: (typeof TOLD_OUTCOMES)[number];
  /** Whether that is the problem: a request has left, and no answer to it came. */
  isLost: boolean;
}

/** What to do when the outcome is unknown, whatever the problem is. */
export const UNKNOWN_HINT = "Read first whether it took place, and repeat it only if it did not.";

/** The same for a request that Instagram knows again by its Idempotency-Key. */
export const SEND_AGAIN_HINT =
  "Send the same request again under the same Idempotency-Key: if it took place, that is found out, and it is not done twice.";

/**
 * What to say of the action with this error; null for requests that only read, and for errors that
 * say themselves that nothing was done. Whoever repeats a request after one of ours, such as a
 * database that failed after Instagram had acted, must know as well.
 */
export function failedWrite(problem: Problem, context: RequestContext): FailedWrite | null {
  const mayHaveActed = context.outcome === "unknown" || context.outcome === "acted";
  if (problem instanceof UpstreamUnreachable) {
    if (!context.acts) return null;
    const isLost = mayHaveActed && problem.context.unanswered === true;
    return { outcome: mayHaveActed ? "unknown" : "not_sent", isLost };
  }
  // Nothing of that request was sent; others of the same operation may have been.
  if (hasPrevented(problem) && context.acts && context.session)
    return { outcome: mayHaveActed ? "unknown" : "not_sent", isLost: false };
  // A change of what the gateway itself stores.
  if (problem.mayBeDone && context.acts) return { outcome: "unknown", isLost: false };
  return mayHaveActed && problem.status >= 500 ? { outcome: "unknown", isLost: false } : null;
}

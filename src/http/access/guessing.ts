import { GatewayProblem } from "../../problems/gateway.ts";
import type { RequestContext } from "../context.ts";
import type { Credential, FailureLimits } from "../failure-limits.ts";

export interface GuessingDependencies {
  failures: Pick<FailureLimits, "waitSeconds" | "note">;
}

/** Lets nobody try on whose address has sent too many wrong ones. Throws TooManyFailures. */
export function refuseGuesser(
  { failures }: GuessingDependencies,
  { client }: RequestContext,
  credential: Credential,
): void {
  if (client === null) return;
  const seconds = failures.waitSeconds(credential, client);
  if (seconds > 0)
    throw new GatewayProblem("TooManyFailures", "This address has sent too many that were wrong", {
      retryAfter: seconds,
    });
}

/** Notes that a wrong one has come from the request's address. */
export function noteFailure(
  { failures }: GuessingDependencies,
  { client }: RequestContext,
  credential: Credential,
): void {
  if (client !== null) failures.note(credential, client);
}

import { GatewayProblem } from "../../problems/gateway.ts";
import type { RequestContext } from "../context.ts";
import type { Credential, FailureLimits } from "../failure-limits.ts";

export interface GuessingDependencies {
  failures: Pick<FailureLimits, "waitSeconds" | "note">;
}

/** Refuses an address that has sent too many wrong credentials. Throws TooManyFailures. */
export function refuseGuesser(
  { failures }: GuessingDependencies,
  { client }: RequestContext,
  credential: Credential,
): void {
  if (client === null) return;
  const seconds = failures.waitSeconds(credential, client);
  if (seconds > 0)
    throw new GatewayProblem(
      "TooManyFailures",
      "This address has sent too many wrong credentials",
      {
        retryAfter: seconds,
      },
    );
}

/** Counts a wrong credential from the request's address. */
export function noteFailure(
  { failures }: GuessingDependencies,
  { client }: RequestContext,
  credential: Credential,
): void {
  if (client !== null) failures.note(credential, client);
}

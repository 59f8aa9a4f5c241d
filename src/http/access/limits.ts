import { GatewayProblem } from "../../problems/gateway.ts";
import type { AuthenticatedKey } from "../../tenants/key-cache.ts";
import type { RequestContext } from "../context.ts";
import type { HeldRefusals } from "../held-refusals.ts";
import type { InFlight } from "../in-flight.ts";
import type { KeyLimits } from "../key-limits.ts";
import type { SourceLimits } from "../source-limits.ts";
import type { BucketState } from "../token-buckets.ts";

export interface LimitDependencies {
  limits: Pick<KeyLimits, "take" | "giveBack">;
  heldRefusals: Pick<HeldRefusals, "hold">;
  inFlight: Pick<InFlight, "enter">;
}

/**
 * Takes one request from the rate limits of key and tenant. Throws GatewayRateLimited when none is left,
 * or rejects with it later for who goes on all the same.
 */
export function spendAllowance(
  { limits, heldRefusals }: LimitDependencies,
  context: RequestContext,
  key: AuthenticatedKey,
): Promise<never> | null {
  const { key: own, tenant, refusedBy, retrySeconds } = limits.take(key);
  context.responseHeaders.push(
    ["RateLimit-Policy", `"key";${policyOf(own)}, "tenant";${policyOf(tenant)}`],
    ["RateLimit", `"key";${stateOf(own)}, "tenant";${stateOf(tenant)}`],
    ["RateLimit-Limit", String(own.limit)],
    ["RateLimit-Remaining", String(own.remaining)],
    ["RateLimit-Reset", String(own.resetSeconds)],
  );
  if (refusedBy === null) return null;
  const problem = new GatewayProblem("GatewayRateLimited", TOO_MANY[refusedBy], {
    retryAfter: retrySeconds,
  });
  const holding = heldRefusals.hold(key.tenantId);
  if (holding === null) throw problem;
  return holding.then(() => Promise.reject(problem));
}

const TOO_MANY = {
  key: "This API key sends too many requests",
  tenant: "The API keys of this tenant send too many requests",
} as const;

/** As draft-ietf-httpapi-ratelimit-headers-10 has it: a quota, and the seconds in which it is filled. */
const policyOf = ({ limit, windowSeconds }: BucketState): string => `q=${limit};w=${windowSeconds}`;

/** What remains, and the seconds until all of it is there again. */
const stateOf = ({ remaining, resetSeconds }: BucketState): string =>
  `r=${remaining};t=${resetSeconds}`;

/** Whether a request names a key or token at all, right or wrong. */
export const namesCaller = ({ headers }: Request): boolean =>
  headers.has("x-api-key") || headers.has("authorization");

export interface SourceDependencies {
  sources: Pick<SourceLimits, "take">;
}

/**
 * Takes one request from what an address may ask without an API key. Throws GatewayRateLimited when
 * none is left.
 */
export function spendOfSource(
  { sources }: SourceDependencies,
  { client }: Pick<RequestContext, "client">,
): void {
  const seconds = client === null ? 0 : sources.take(client);
  if (seconds > 0)
    throw new GatewayProblem(
      "GatewayRateLimited",
      "This address sends too many requests without an API key",
      { retryAfter: seconds },
    );
}

/**
 * Counts the request as in flight for its tenant; the gateway stops counting it once it is answered.
 * Rejects with GatewayRateLimited if the tenant has too many.
 */
export function enterTenant(
  deps: LimitDependencies,
  context: RequestContext,
  key: AuthenticatedKey,
): void | Promise<void> {
  if (!deps.inFlight.enter(key.tenantId, key.policies.maxInFlight))
    return enterInNextTurn(deps, context, key);
  context.admitted = true;
}

/**
 * Tries once more after the event loop has turned: requests that arrived at the same moment may by
 * then wait in the queues of their sessions, where they are not counted.
 */
async function enterInNextTurn(
  { inFlight }: LimitDependencies,
  context: RequestContext,
  { tenantId, policies }: AuthenticatedKey,
): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (!inFlight.enter(tenantId, policies.maxInFlight))
    throw new GatewayProblem(
      "GatewayRateLimited",
      `This tenant has ${policies.maxInFlight} requests under way already`,
    );
  context.admitted = true;
}

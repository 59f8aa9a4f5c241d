import { GatewayProblem } from "../../problems/gateway.ts";
import type { AuthenticatedKey } from "../../tenants/key-cache.ts";
import type { RequestContext } from "../context.ts";
import type { InFlight } from "../in-flight.ts";
import type { KeyLimits } from "../key-limits.ts";

export interface LimitDependencies {
  limits: Pick<KeyLimits, "take">;
  inFlight: Pick<InFlight, "enter">;
}

/** Takes one request from the key's rate limit. Throws GatewayRateLimited when none is left. */
export function spendAllowance(
  { limits }: LimitDependencies,
  context: RequestContext,
  key: AuthenticatedKey,
): void {
  const allowance = limits.take(key.keyId, key.policies);
  context.responseHeaders.push(
    ["RateLimit-Limit", String(allowance.limit)],
    ["RateLimit-Remaining", String(allowance.remaining)],
    ["RateLimit-Reset", String(allowance.resetSeconds)],
  );
  if (!allowance.allowed)
    throw new GatewayProblem("GatewayRateLimited", "This API key sends too many requests", {
      retryAfter: allowance.retrySeconds,
    });
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

import { GatewayProblem } from "../../problems/gateway.ts";
import type { ApiKeyStore } from "../../tenants/api-keys.ts";
import { type AuthenticatedKey, KeyRefused } from "../../tenants/key-cache.ts";
import type { Scope } from "../../tenants/scopes.ts";
import type { RequestContext } from "../context.ts";
import type { Metrics } from "../metrics.ts";
import type { Replays } from "../replay.ts";
import { bearerToken } from "./bearer-token.ts";
import { type GuessingDependencies, noteFailure, refuseGuesser } from "./guessing.ts";
import { enterTenant, type LimitDependencies, spendAllowance } from "./limits.ts";

export interface KeyDependencies extends GuessingDependencies, LimitDependencies {
  apiKeys: Pick<ApiKeyStore, "authenticate">;
  metrics: Pick<Metrics, "keyCache">;
  replays: Pick<Replays, "hasComeBack"> | null;
}

/**
 * Admits a request by its API key. The key must be valid, within its rate limit, belong to an active
 * tenant and have the scope, and the tenant must not have too many requests in flight. Returns
 * without a promise if the key is cached. Stores the key in the context. Throws GatewayProblem.
 */
export function admitKey(
  deps: KeyDependencies,
  request: Request,
  context: RequestContext,
  scope: Scope,
): AuthenticatedKey | Promise<AuthenticatedKey> {
  const sent = keyOf(request);
  if (sent === null) throw new GatewayProblem("ApiKeyRequired", "API key required");
  const found = deps.apiKeys.authenticate(sent, () => refuseGuesser(deps, context, "api_key"));
  const isCached = !(found instanceof Promise);
  deps.metrics.keyCache(isCached);
  return isCached
    ? admit(deps, context, found, scope)
    : found.then((key) => admit(deps, context, key, scope));
}

function admit(
  deps: KeyDependencies,
  context: RequestContext,
  key: AuthenticatedKey | KeyRefused,
  scope: Scope,
): AuthenticatedKey | Promise<AuthenticatedKey> {
  if (key instanceof KeyRefused) throw refusal(deps, context, key);
  context.key = key;
  if (context.arrival !== null && deps.replays?.hasComeBack(context.arrival, key) === true)
    deps.limits.giveBack(key);
  const refusing = spendAllowance(deps, context, key);
  if (refusing !== null) return refusing;
  requireUse(key, scope);
  const entering = enterTenant(deps, context, key);
  return entering instanceof Promise ? entering.then(() => key) : key;
}

/** Throws GatewayProblem unless the key's tenant is active and the key has the scope. */
export function requireUse(key: AuthenticatedKey, scope: Scope): void {
  if (key.tenantStatus !== "active")
    throw new GatewayProblem("TenantSuspended", "The tenant of this API key is suspended");
  if (!key.scopes.has(scope))
    throw new GatewayProblem("ScopeRequired", `The API key lacks the scope ${scope}`, {
      hint: `Use a key with the scope ${scope}.`,
    });
}

const REFUSALS = {
  malformed: "The API key does not have the form gw_test_… or gw_live_…",
  unknown: "The API key is unknown",
  revoked: "The API key was revoked",
  expired: "The API key has expired",
} as const;

function refusal(
  deps: GuessingDependencies,
  context: RequestContext,
  { reason }: KeyRefused,
): GatewayProblem {
  // A caller with a revoked or expired key knows its secret, so this is no guess.
  if (reason === "malformed" || reason === "unknown") noteFailure(deps, context, "api_key");
  return new GatewayProblem("ApiKeyInvalid", REFUSALS[reason]);
}

/** The value of X-API-Key, otherwise the bearer token. */
export function keyOf(request: Request): string | null {
  const header = request.headers.get("x-api-key")?.trim();
  return header || bearerToken(request);
}

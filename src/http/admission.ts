import { createHash, timingSafeEqual } from "node:crypto";
import { GatewayProblem } from "../problems/gateway.ts";
import { type AuthenticatedKey, KeyRefused } from "../tenants/key-cache.ts";
import type { Scope } from "../tenants/scopes.ts";
import { contextOf, type RequestContext } from "./context.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Credential } from "./failure-limits.ts";

/** Who may change tenants and keys: the operator, or a key with the scope `admin` its own tenant. */
export type Administrator = { kind: "operator" } | { kind: "tenant"; key: AuthenticatedKey };

/**
 * Lets a request in by its API key: known, within its limits, of an active tenant, with the scope,
 * and not one too many of its tenant. The context learns the key. Throws Problem.
 */
export async function admitKey(
  deps: Dependencies,
  request: Request,
  scope: Scope,
): Promise<AuthenticatedKey> {
  const context = contextOf(request);
  const presented = presentedKey(request);
  if (presented === null) throw new GatewayProblem("ApiKeyRequired", "API key required");
  const answer = deps.apiKeys.authenticate(presented, () =>
    refuseGuesser(deps, context, "api_key"),
  );
  deps.metrics.keyCache(!(answer instanceof Promise));
  const key = answer instanceof Promise ? await answer : answer;
  if (key instanceof KeyRefused) throw refusedKey(deps, context, key);
  context.key = key;
  spendAllowance(deps, context, key);
  if (key.tenantStatus !== "active")
    throw new GatewayProblem("TenantSuspended", "The tenant of this API key is suspended");
  if (!key.scopes.has(scope))
    throw new GatewayProblem("ScopeRequired", `The API key lacks the scope ${scope}`, {
      hint: `Use a key with the scope ${scope}.`,
    });
  if (!deps.inFlight.enter(key.tenantId, key.policies.maxInFlight))
    await enterInNextTurn(deps, key);
  context.admitted = true;
  return key;
}

/** The operator by the admin token, or a tenant's own administrator by key. Throws Problem. */
export async function admitAdministrator(
  deps: Dependencies,
  request: Request,
): Promise<Administrator> {
  const credential = bearerToken(request) ?? presentedKey(request);
  if (credential !== null && /^gw_(?:test|live)_/.test(credential))
    return { kind: "tenant", key: await admitKey(deps, request, "admin") };
  admitToken(deps, request, deps.adminToken, "AdminTokenRequired", "Admin token required");
  return { kind: "operator" };
}

/** Those who read the metrics, where the operator has set a token for them. Throws Problem. */
export function admitScraper(deps: Dependencies, request: Request): void {
  const { metricsToken } = deps;
  if (metricsToken === null) return;
  admitToken(deps, request, metricsToken, "MetricsTokenRequired", "Metrics token required");
}

function admitToken(
  deps: Dependencies,
  request: Request,
  expected: string,
  refusal: "AdminTokenRequired" | "MetricsTokenRequired",
  detail: string,
): void {
  const context = contextOf(request);
  const token = bearerToken(request);
  if (token === null) throw new GatewayProblem(refusal, detail);
  // Refused before it is compared, so that a right guess is not told from a wrong one.
  refuseGuesser(deps, context, "token");
  if (sameSecret(token, expected)) return;
  noteFailure(deps, context, "token");
  throw new GatewayProblem(refusal, detail);
}

const REFUSED_KEY = {
  malformed: "The API key has not the form gw_test_… or gw_live_…",
  unknown: "The API key is unknown",
  revoked: "The API key was revoked",
  expired: "The API key has expired",
} as const;

function refusedKey(
  deps: Dependencies,
  context: RequestContext,
  { reason }: KeyRefused,
): GatewayProblem {
  // Who sends a key that has ended knows its secret, and guesses nothing.
  if (reason === "malformed" || reason === "unknown") noteFailure(deps, context, "api_key");
  return new GatewayProblem("ApiKeyInvalid", REFUSED_KEY[reason]);
}

function refuseGuesser(deps: Dependencies, context: RequestContext, credential: Credential): void {
  if (context.client === null) return;
  const seconds = deps.failures.waitSeconds(credential, context.client);
  if (seconds > 0)
    throw new GatewayProblem("TooManyFailures", "This address has sent too many that were wrong", {
      retryAfter: seconds,
    });
}

function noteFailure(deps: Dependencies, context: RequestContext, credential: Credential): void {
  if (context.client !== null) deps.failures.note(credential, context.client);
}

/** X-API-Key, or else a bearer token. */
function presentedKey(request: Request): string | null {
  const header = request.headers.get("x-api-key")?.trim();
  return header || bearerToken(request);
}

function bearerToken(request: Request): string | null {
  const header = request.headers.get("authorization")?.trim() ?? "";
  return /^bearer\s/i.test(header) ? header.slice("bearer".length).trim() || null : null;
}

function spendAllowance(deps: Dependencies, context: RequestContext, key: AuthenticatedKey): void {
  const allowance = deps.limits.take(key.keyId, key.policies);
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
 * Requests that came in at the same moment have not reached the queues of their sessions yet, where
 * they do not count: who finds no place looks once more after they have. Throws Problem.
 */
async function enterInNextTurn(deps: Dependencies, key: AuthenticatedKey): Promise<void> {
  const { tenantId, policies } = key;
  await new Promise((resolve) => setImmediate(resolve));
  if (!deps.inFlight.enter(tenantId, policies.maxInFlight))
    throw new GatewayProblem(
      "GatewayRateLimited",
      `This tenant has ${policies.maxInFlight} requests under way already`,
    );
}

/** Compares in constant time, whatever the lengths. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

import { GatewayProblem } from "../../problems/gateway.ts";
import type { ApiKeyStore } from "../../tenants/api-keys.ts";
import { KeyRefused } from "../../tenants/key-cache.ts";
import type { Scope } from "../../tenants/scopes.ts";
import { keyOf, requireUse } from "./api-key.ts";

/**
 * For requests that work long: whether the key would still be admitted. Throws GatewayProblem
 * (ApiKeyInvalid, TenantSuspended, ScopeRequired) when not.
 */
export async function requireStillAdmitted(
  { apiKeys }: { apiKeys: Pick<ApiKeyStore, "authenticate"> },
  request: Request,
  scope: Scope,
): Promise<void> {
  const key = await apiKeys.authenticate(keyOf(request) ?? "");
  if (key instanceof KeyRefused)
    throw new GatewayProblem("ApiKeyInvalid", "The API key is not valid any more");
  requireUse(key, scope);
}

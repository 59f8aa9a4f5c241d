import type { AuthenticatedKey } from "../../tenants/key-cache.ts";
import type { RequestContext } from "../context.ts";
import { admitKey, type KeyDependencies, keyOf } from "./api-key.ts";
import { bearerToken, requireToken } from "./bearer-token.ts";

/** Who calls an admin route: the operator, or a key with the scope `admin`, for its own tenant. */
export type Administrator = { kind: "operator" } | { kind: "tenant"; key: AuthenticatedKey };

export interface AdministratorDependencies extends KeyDependencies {
  adminToken: string;
}

/**
 * Admits the operator by the admin token, or a tenant's administrator by key. Throws
 * GatewayProblem.
 */
export async function admitAdministrator(
  deps: AdministratorDependencies,
  request: Request,
  context: RequestContext,
): Promise<Administrator> {
  const credential = bearerToken(request) ?? keyOf(request);
  if (credential !== null && /^gw_(?:test|live)_/.test(credential))
    return { kind: "tenant", key: await admitKey(deps, request, context, "admin") };
  requireToken(deps, request, context, deps.adminToken, "AdminTokenRequired");
  return { kind: "operator" };
}

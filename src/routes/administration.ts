import { Type } from "@sinclair/typebox";
import type { Administrator } from "../http/access/administrator.ts";
import type { RequestContext } from "../http/context.ts";
import { GatewayProblem, tenantNotFound } from "../problems/gateway.ts";
import { actorOf, type KeyMaker } from "../tenants/key-grant.ts";
import type { Tenant, TenantStore } from "../tenants/tenants.ts";

/* Shared by the routes of tenants and of API keys. */

export const Instant = () => Type.String({ format: "date-time" });

/** Query fields of a paginated list. */
export const paging = {
  cursor: Type.Optional(
    Type.String({ default: "", description: "next_cursor of the page before." }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
};

/** The page that these fields ask for. */
export function pageInput(query: { cursor?: string; limit?: number }): {
  cursor?: string;
  limit: number;
} {
  return { ...(query.cursor ? { cursor: query.cursor } : {}), limit: query.limit ?? 50 };
}

/** Throws GatewayProblem (ScopeRequired) unless the caller is the operator. */
export function operatorOnly(administrator: Administrator): void {
  if (administrator.kind !== "operator")
    throw new GatewayProblem("ScopeRequired", "Only the operator may do this", {
      hint: "Send Authorization: Bearer <ADMIN_TOKEN>.",
    });
}

/** The maker of new keys, whose own rights limit theirs. */
export const makerOf = (administrator: Administrator): KeyMaker =>
  administrator.kind === "operator" ? null : administrator.key;

/** Who does it, and from where. */
export const actorIn = (administrator: Administrator, { client }: RequestContext) => ({
  ...actorOf(makerOf(administrator)),
  address: client,
});

/** The tenant, if the caller may see it. Throws TenantNotFound, as for an unknown one, if not. */
export async function ownTenant(
  tenants: Pick<TenantStore, "get">,
  administrator: Administrator,
  tenantId: string,
): Promise<Tenant> {
  const tenant = await tenants.get(tenantId);
  const own = administrator.kind === "operator" || administrator.key.tenantId === tenant?.id;
  if (!tenant || !own) throw tenantNotFound();
  return tenant;
}

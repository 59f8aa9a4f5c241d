import { Type } from "@sinclair/typebox";
import type { Administrator } from "../http/access/administrator.ts";
import { GatewayProblem, tenantNotFound } from "../problems/gateway.ts";
import type { KeyMaker } from "../tenants/key-grant.ts";
import type { Tenant, TenantStore } from "../tenants/tenants.ts";

/* What the routes of tenants and of API keys have in common. */

export const Instant = () => Type.String({ format: "date-time" });

/** The fields of a page of a list. */
export const paging = {
  cursor: Type.Optional(
    Type.String({ default: "", description: "next_cursor of the page before." }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
};

/** What those fields come to. */
export function pageOf(query: { cursor?: string; limit?: number }): {
  cursor?: string;
  limit: number;
} {
  return { ...(query.cursor ? { cursor: query.cursor } : {}), limit: query.limit ?? 50 };
}

/** Throws GatewayProblem: ScopeRequired for a tenant's own administrator. */
export function operatorOnly(administrator: Administrator): void {
  if (administrator.kind !== "operator")
    throw new GatewayProblem("ScopeRequired", "Only the operator may do this", {
      hint: "Send Authorization: Bearer <ADMIN_TOKEN>.",
    });
}

/** Whose rights limit those of the keys that are made. */
export const makerOf = (administrator: Administrator): KeyMaker =>
  administrator.kind === "operator" ? null : administrator.key;

/** The tenant, if it is the administrator's to see; another one answers like an unknown one. */
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

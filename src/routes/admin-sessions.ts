import { Type } from "@sinclair/typebox";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import { setting } from "../sessions/verbs/manage.ts";
import type { TenantStore } from "../tenants/tenants.ts";
import { actorIn, ownTenant } from "./administration.ts";

const { patch } = operations("Admin");

const SwitchSchema = Type.Object(
  { id: Type.String(), enabled: Type.Boolean() },
  { title: "SessionSwitch" },
);

export interface SessionSwitchDependencies {
  store: Pick<SessionStore, "manage">;
  /** Unix milliseconds. */
  now: () => number;
}

/**
 * `/admin/tenants/…/sessions`: switching any session off and on, for the operator, and for keys with the
 * scope admin of the same tenant and mode.
 */
export const sessionSwitchRoutes = (
  tenants: TenantStore,
  { store, now }: SessionSwitchDependencies,
): Operation[] => [
  patch(
    "/admin/tenants/:tenant_id/sessions/:session_id",
    {
      operationId: "patchAdminTenantSession",
      summary: "Switch a session off or on",
      description:
        "As PATCH /session with enabled, without the session's key. What the operator has switched off only the operator switches on again.",
      access: withAdministrator,
      body: { enabled: Type.Boolean({ examples: [true] }) },
      returns: SwitchSchema,
      errors: ["TenantNotFound", "SessionNotFound", "SessionDisabled"],
    },
    async ({ params, body: { enabled }, administrator, context }) => {
      const tenant = await ownTenant(tenants, administrator, params.tenant_id);
      const by = actorIn(administrator, context);
      const mode = administrator.kind === "operator" ? null : administrator.key.mode;
      const change = setting({ enabled }, by, now());
      const changed = await store.manage(tenant.id, mode, params.session_id, change, by);
      if (changed === null) throw new GatewayProblem("SessionNotFound", "Session not found");
      return { id: changed.id, enabled: changed.enabled };
    },
  ),
];

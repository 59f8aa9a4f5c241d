import { type Static, Type } from "@sinclair/typebox";
import type { Administrator } from "../http/access/administrator.ts";
import type { RequestContext } from "../http/context.ts";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { tenantNotFound } from "../problems/gateway.ts";
import { cleanUrl } from "../proxies/fields.ts";
import { proxyJson } from "../proxies/json.ts";
import type { TenantStore } from "../tenants/tenants.ts";
import { actorIn, operatorOnly, pageInput, paging } from "./administration.ts";
import {
  deleteProxy,
  PROXY_LIST,
  type ProxyDependencies,
  proxyNotFound,
  withStatus,
} from "./proxy.ts";
import {
  changeFields,
  changesOf,
  filterFields,
  filterOf,
  listDefaultsOf,
  listFields,
  ModeField,
  Move,
  newProxyFields,
  newProxyOf,
  ProxyDeletionSchema,
  ProxyImportSchema,
  ProxyPageSchema,
  ProxySchema,
} from "./proxy-fields.ts";

const { get, post, patch, remove } = operations("Admin");

const ServedMode = Type.Optional(
  Type.Union([ModeField, Type.Null()], {
    nullable: true,
    description: "Whose sessions it serves: test or live; empty for both.",
  }),
);
const ownedFields = {
  tenant_id: Type.Optional(
    Type.String({
      default: "",
      maxLength: 64,
      description: "Id of a tenant, for its own proxies; empty for those offered to all.",
    }),
  ),
};

/** `/admin/proxies`: those that the operator offers to all tenants, and a look at tenants' own. */
export const adminProxyRoutes = (
  tenants: Pick<TenantStore, "get">,
  deps: ProxyDependencies,
): Operation[] => {
  const { store, importProxies, checkHost } = deps;
  return [
    post(
      "/admin/proxies",
      {
        operationId: "postAdminProxies",
        summary: "Offer a proxy to all tenants",
        description: "Only for the operator. Tenants see neither its address nor each other's use.",
        access: withAdministrator,
        body: { ...newProxyFields, mode: ServedMode },
        returns: ProxySchema,
        successStatus: 201,
        sameBodyFor: { 200: "A proxy with this URL is offered already" },
        errors: ["UrlNotAllowed", "ProxyLimitReached"],
      },
      async ({ body, administrator, context }) => {
        const by = operator(administrator, context);
        const mode = body.mode ?? null;
        const fields = newProxyOf(body);
        await checkHost(cleanUrl(body.url), mode);
        const { proxy, isNew } = await store.create({ tenantId: null, mode }, fields, by);
        return withStatus(isNew ? 201 : 200, proxyJson(proxy));
      },
    ),
    get(
      "/admin/proxies",
      {
        operationId: "getAdminProxies",
        summary: "List the proxies that are offered to all tenants, or a tenant's",
        description: "Only for the operator.",
        access: withAdministrator,
        query: { ...ownedFields, ...filterFields, ...paging },
        returns: ProxyPageSchema,
        errors: ["TenantNotFound"],
      },
      async ({ query, administrator }) => {
        operatorOnly(administrator);
        const tenantId = await knownTenant(tenants, query.tenant_id);
        const filter = { ...pageInput(query), ...filterOf(query) };
        const { proxies, nextCursor } = await store.list({ owner: { tenantId } }, filter);
        return { items: proxies.map(proxyJson), next_cursor: nextCursor ?? "" };
      },
    ),
    get(
      "/admin/proxies/:proxy_id",
      {
        operationId: "getAdminProxy",
        summary: "Get a proxy that is offered to all tenants, or a tenant's",
        description: "Only for the operator.",
        access: withAdministrator,
        query: ownedFields,
        returns: ProxySchema,
        errors: ["TenantNotFound", "ProxyNotFound"],
      },
      async ({ params, query, administrator }) => {
        operatorOnly(administrator);
        const tenantId = await knownTenant(tenants, query.tenant_id);
        const proxy = await store.find({ owner: { tenantId } }, params.proxy_id);
        if (proxy === null) throw proxyNotFound();
        return proxyJson(proxy);
      },
    ),
    patch(
      "/admin/proxies/:proxy_id",
      {
        operationId: "patchAdminProxy",
        summary: "Change a proxy that is offered to all tenants",
        description: "Only for the operator. As PATCH /proxy.",
        access: withAdministrator,
        body: changeFields,
        returns: ProxySchema,
        errors: ["ProxyNotFound", "ProxyExists", "UrlNotAllowed"],
      },
      async ({ params, body, administrator, context }) => {
        const by = operator(administrator, context);
        const changes = changesOf(body);
        const found = await store.find({ owner: OFFERED }, params.proxy_id);
        if (found === null) throw proxyNotFound();
        if (body.url) await checkHost(cleanUrl(body.url), found.mode);
        const proxy = await store.update(OFFERED, params.proxy_id, changes, by);
        if (proxy === null) throw proxyNotFound();
        return proxyJson(proxy);
      },
    ),
    remove(
      "/admin/proxies/:proxy_id",
      {
        operationId: "deleteAdminProxy",
        summary: "Delete a proxy that is offered to all tenants",
        description: "Only for the operator. As DELETE /proxy.",
        access: withAdministrator,
        query: { move: Move },
        returns: ProxyDeletionSchema,
        errors: ["ProxyNotFound", "ProxyInUse", "NoProxyAvailable"],
      },
      async ({ params, query, administrator, context }) => {
        const by = operator(administrator, context);
        return deleteProxy(deps, OFFERED, { ...params, ...query, by });
      },
    ),
    post(
      "/admin/proxies/import",
      {
        operationId: "postAdminProxiesImport",
        summary: "Offer a list of proxies to all tenants",
        description: "Only for the operator. As POST /proxies/import.",
        access: withAdministrator,
        query: { ...listFields, mode: ServedMode },
        lines: PROXY_LIST,
        returns: ProxyImportSchema,
      },
      ({ query, lines, administrator, context }) => {
        const by = operator(administrator, context);
        const place = { tenantId: null, mode: query.mode ?? null };
        return importProxies(place, lines, { defaults: listDefaultsOf(query), by });
      },
    ),
  ];
};

const OFFERED = { tenantId: null } as const;

/** The operator, as who acts. Throws GatewayProblem (ScopeRequired) for anybody else. */
function operator(administrator: Administrator, context: RequestContext) {
  operatorOnly(administrator);
  return actorIn(administrator, context);
}

/** The id of the tenant that is meant, null for none. Throws TenantNotFound. */
async function knownTenant(
  tenants: Pick<TenantStore, "get">,
  tenantId: Static<typeof ownedFields.tenant_id> | undefined,
): Promise<string | null> {
  if (!tenantId) return null;
  const tenant = await tenants.get(tenantId);
  if (tenant === null) throw tenantNotFound();
  return tenant.id;
}

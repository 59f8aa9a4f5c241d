import { Type } from "@sinclair/typebox";
import type { Administrator } from "../http/access/administrator.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { GatewayProblem, tenantNotFound } from "../problems/gateway.ts";
import {
  type ApiKeyRecord,
  defaultOverlapSeconds,
  maxOverlapSeconds,
} from "../tenants/api-keys.ts";
import { readInstant } from "../tenants/instants.ts";
import { actorOf, checkMode, type KeyMaker } from "../tenants/key-grant.ts";
import {
  givenPolicies,
  namedPolicies,
  needsOperator,
  policyFields,
  policySchemas,
} from "../tenants/policies.ts";
import type { Tenant } from "../tenants/tenants.ts";

const { post, get, patch, remove } = operations("Admin");

const Instant = () => Type.String({ format: "date-time" });
const OptionalInstant = () => Type.Union([Instant(), Type.Null()], { nullable: true });
const Mode = Type.Union([Type.Literal("test"), Type.Literal("live")], {
  description: "test: the built-in sandbox; live: Instagram.",
});

const TenantSchema = Type.Object(
  {
    id: Type.String({ examples: ["01K9ZJ5M0T6R3F4C2B1A0XYZWV"] }),
    name: Type.String(),
    status: Type.Union([Type.Literal("active"), Type.Literal("suspended")]),
    ...policySchemas,
    created_at: Instant(),
    updated_at: Instant(),
  },
  { title: "Tenant" },
);

const keyProperties = {
  id: Type.String(),
  tenant_id: Type.String(),
  name: Type.String(),
  mode: Mode,
  scopes: Type.Array(Type.String()),
  created_at: Instant(),
  expires_at: OptionalInstant(),
  revoked_at: OptionalInstant(),
  last_used_at: OptionalInstant(),
};
const ApiKeySchema = Type.Object(keyProperties, { title: "ApiKey" });
const IssuedApiKeySchema = Type.Object(
  {
    ...keyProperties,
    key: Type.String({
      description: "The API key itself, shown this once.",
      examples: ["gw_test_…"],
    }),
  },
  { title: "IssuedApiKey" },
);
const DeletionSchema = Type.Object(
  { id: Type.String(), deleted: Type.Literal(true) },
  { title: "Deletion" },
);

const paging = {
  cursor: Type.Optional(
    Type.String({ default: "", description: "next_cursor of the page before." }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
};

const HANDS_ON =
  "A key with the scope admin hands on what it has and nothing more: its mode (a live key test keys too), its scopes, and no later end.";

/** `/admin/*`: tenants and their API keys, for the operator and for keys with the scope admin. */
export const adminRoutes = (deps: Dependencies): Operation[] => [
  post(
    "/admin/tenants",
    {
      operationId: "postAdminTenants",
      summary: "Create a tenant",
      access: withAdministrator,
      body: {
        name: Type.String({ minLength: 1, maxLength: 100 }),
        ...policyFields,
      },
      returns: TenantSchema,
      successStatus: 201,
    },
    async ({ body, administrator }) => {
      operatorOnly(administrator);
      const tenant = await deps.tenants.create({
        name: body.name,
        policies: givenPolicies(body),
      });
      return tenantJson(tenant);
    },
  ),
  get(
    "/admin/tenants",
    {
      operationId: "getAdminTenants",
      summary: "List tenants",
      access: withAdministrator,
      query: paging,
      returns: Type.Object(
        { items: Type.Array(TenantSchema), next_cursor: Type.String() },
        { title: "TenantPage" },
      ),
    },
    async ({ query, administrator }) => {
      operatorOnly(administrator);
      const { tenants, nextCursor } = await deps.tenants.list(pageOf(query));
      return { items: tenants.map(tenantJson), next_cursor: nextCursor ?? "" };
    },
  ),
  get(
    "/admin/tenants/:tenant_id",
    {
      operationId: "getAdminTenant",
      summary: "Get a tenant",
      access: withAdministrator,
      returns: TenantSchema,
      errors: ["TenantNotFound"],
    },
    async ({ params, administrator }) =>
      tenantJson(await ownTenant(deps, administrator, params.tenant_id)),
  ),
  patch(
    "/admin/tenants/:tenant_id",
    {
      operationId: "patchAdminTenant",
      summary: "Rename, suspend or resume a tenant, or change its policies",
      description:
        "A key with the scope admin changes the name and, if it is live, store_credentials and cors_origins of its own tenant; the rest is the operator's.",
      access: withAdministrator,
      body: {
        name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        status: Type.Optional(Type.Union([Type.Literal("active"), Type.Literal("suspended")])),
        ...policyFields,
      },
      returns: TenantSchema,
      errors: ["TenantNotFound", "GrantExceeded"],
    },
    async ({ params, body, administrator }) => {
      const { id } = await ownTenant(deps, administrator, params.tenant_id);
      const policies = givenPolicies(body);
      if (body.status !== undefined || needsOperator(policies)) operatorOnly(administrator);
      if (Object.keys(policies).length > 0) checkMode(makerOf(administrator), "live");
      const tenant = await deps.tenants.update(
        id,
        {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.status === undefined ? {} : { status: body.status }),
          policies,
        },
        actorOf(makerOf(administrator)),
      );
      if (!tenant) throw tenantNotFound();
      return tenantJson(tenant);
    },
  ),
  remove(
    "/admin/tenants/:tenant_id",
    {
      operationId: "deleteAdminTenant",
      summary: "Delete a tenant with its keys and sessions",
      access: withAdministrator,
      returns: DeletionSchema,
      errors: ["TenantNotFound"],
    },
    async ({ params, administrator }) => {
      operatorOnly(administrator);
      const { id } = await ownTenant(deps, administrator, params.tenant_id);
      if (!(await deps.tenants.delete(id))) throw tenantNotFound();
      return { id, deleted: true };
    },
  ),
  post(
    "/admin/tenants/:tenant_id/keys",
    {
      operationId: "postAdminTenantKeys",
      summary: "Create an API key; it is shown this once",
      description: HANDS_ON,
      access: withAdministrator,
      body: {
        name: Type.String({ minLength: 1, maxLength: 100 }),
        mode: Mode,
        scopes: Type.Optional(
          Type.Array(Type.String(), {
            description:
              "read, write, auth, admin: repeated, or in one with commas between them; when left out read, write and auth, of those that the caller's key has.",
          }),
        ),
        expires_at: Type.Optional(
          Type.String({
            description:
              "When the key stops working: an ISO 8601 time with its zone, or a date for its first moment in UTC. When left out it ends with the caller's key, or never.",
          }),
        ),
      },
      returns: IssuedApiKeySchema,
      errors: ["TenantNotFound", "GrantExceeded", "ApiKeyLimitReached"],
      successStatus: 201,
    },
    async ({ params, body, administrator }) => {
      const { id } = await ownTenant(deps, administrator, params.tenant_id);
      const { record, key } = await deps.apiKeys.create(
        id,
        {
          name: body.name,
          mode: body.mode,
          ...(body.scopes === undefined ? {} : { scopes: body.scopes }),
          expiresAt: instantOf(body.expires_at),
        },
        makerOf(administrator),
      );
      return { ...keyJson(record), key };
    },
  ),
  get(
    "/admin/tenants/:tenant_id/keys",
    {
      operationId: "getAdminTenantKeys",
      summary: "List API keys of a tenant",
      access: withAdministrator,
      query: paging,
      returns: Type.Object(
        { items: Type.Array(ApiKeySchema), next_cursor: Type.String() },
        { title: "ApiKeyPage" },
      ),
      errors: ["TenantNotFound"],
    },
    async ({ params, query, administrator }) => {
      const { id } = await ownTenant(deps, administrator, params.tenant_id);
      const { keys, nextCursor } = await deps.apiKeys.list(id, pageOf(query));
      return { items: keys.map(keyJson), next_cursor: nextCursor ?? "" };
    },
  ),
  remove(
    "/admin/tenants/:tenant_id/keys/:key_id",
    {
      operationId: "deleteAdminTenantKey",
      summary: "Revoke an API key",
      access: withAdministrator,
      returns: ApiKeySchema,
      errors: ["TenantNotFound", "ApiKeyNotFound", "GrantExceeded"],
    },
    async ({ params, administrator }) => {
      const { id } = await ownTenant(deps, administrator, params.tenant_id);
      const record = await deps.apiKeys.revoke(id, params.key_id, makerOf(administrator));
      if (!record) throw keyNotFound();
      return keyJson(record);
    },
  ),
  post(
    "/admin/tenants/:tenant_id/keys/:key_id/rotate",
    {
      operationId: "postAdminTenantKeyRotate",
      summary: "Replace an API key, with an overlap",
      description: HANDS_ON,
      access: withAdministrator,
      body: {
        overlap_seconds: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: maxOverlapSeconds,
            default: defaultOverlapSeconds,
            description: "How long the old key goes on working.",
          }),
        ),
      },
      returns: IssuedApiKeySchema,
      errors: [
        "TenantNotFound",
        "ApiKeyNotFound",
        "ApiKeyNotActive",
        "ApiKeyLimitReached",
        "GrantExceeded",
      ],
      successStatus: 201,
    },
    async ({ params, body, administrator }) => {
      const { id } = await ownTenant(deps, administrator, params.tenant_id);
      const issued = await deps.apiKeys.rotate(id, params.key_id, {
        overlapSeconds: body.overlap_seconds ?? defaultOverlapSeconds,
        maker: makerOf(administrator),
      });
      if (!issued) throw keyNotFound();
      return { ...keyJson(issued.record), key: issued.key };
    },
  ),
];

const keyNotFound = (): GatewayProblem => new GatewayProblem("ApiKeyNotFound", "API key not found");

function operatorOnly(administrator: Administrator): void {
  if (administrator.kind !== "operator")
    throw new GatewayProblem("ScopeRequired", "Only the operator may do this", {
      hint: "Send Authorization: Bearer <ADMIN_TOKEN>.",
    });
}

/** Whose rights limit those of the keys that are made. */
const makerOf = (administrator: Administrator): KeyMaker =>
  administrator.kind === "operator" ? null : administrator.key;

/** The tenant, if it is the administrator's to see; another one answers like an unknown one. */
async function ownTenant(
  deps: Dependencies,
  administrator: Administrator,
  tenantId: string,
): Promise<Tenant> {
  const tenant = await deps.tenants.get(tenantId);
  const own = administrator.kind === "operator" || administrator.key.tenantId === tenant?.id;
  if (!tenant || !own) throw tenantNotFound();
  return tenant;
}

function pageOf(query: { cursor?: string; limit?: number }): { cursor?: string; limit: number } {
  return { ...(query.cursor ? { cursor: query.cursor } : {}), limit: query.limit ?? 50 };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const isoOrNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : iso(milliseconds);

function instantOf(text: string | undefined): number | null {
  if (text === undefined || text.trim() === "") return null;
  return readInstant(text.trim(), "expires_at");
}

function tenantJson(tenant: Tenant) {
  return {
    id: tenant.id,
    name: tenant.name,
    status: tenant.status,
    ...namedPolicies(tenant.policies),
    created_at: iso(tenant.createdAt),
    updated_at: iso(tenant.updatedAt),
  };
}

function keyJson(record: ApiKeyRecord) {
  return {
    id: record.id,
    tenant_id: record.tenantId,
    name: record.name,
    mode: record.mode,
    scopes: record.scopes,
    created_at: iso(record.createdAt),
    expires_at: isoOrNull(record.expiresAt),
    revoked_at: isoOrNull(record.revokedAt),
    last_used_at: isoOrNull(record.lastUsedAt),
  };
}

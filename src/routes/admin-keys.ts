import { Type } from "@sinclair/typebox";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { type ApiKeyStore, defaultOverlapSeconds, maxOverlapSeconds } from "../tenants/api-keys.ts";
import { readInstant } from "../tenants/instants.ts";
import { apiKeyJson } from "../tenants/json.ts";
import type { TenantStore } from "../tenants/tenants.ts";
import { actorIn, Instant, makerOf, ownTenant, pageInput, paging } from "./administration.ts";

const { post, get, remove } = operations("Admin");

const OptionalInstant = () => Type.Union([Instant(), Type.Null()], { nullable: true });
const Mode = Type.Union([Type.Literal("test"), Type.Literal("live")], {
  description: "test: the built-in sandbox; live: Instagram.",
});

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
      description: "The API key itself, shown only once.",
      examples: ["gw_test_…"],
    }),
  },
  { title: "IssuedApiKey" },
);
const GRANT_RULE =
  "A key with the scope admin can grant only what it has itself: its mode (a live key may also make test keys), its scopes, and an end no later than its own.";

/**
 * `/admin/tenants/…/keys`: for the operator, and for keys with the scope admin of the same tenant.
 */
export const apiKeyRoutes = (tenants: TenantStore, apiKeys: ApiKeyStore): Operation[] => [
  post(
    "/admin/tenants/:tenant_id/keys",
    {
      operationId: "postAdminTenantKeys",
      summary: "Create an API key; it is shown only once",
      description: GRANT_RULE,
      access: withAdministrator,
      body: {
        name: Type.String({ minLength: 1, maxLength: 100 }),
        mode: Mode,
        scopes: Type.Optional(
          Type.Array(Type.String(), {
            description:
              "read, write, auth or admin: repeat the field, or separate the scopes with commas. When left out: read, write and auth, as far as the caller's key has them.",
          }),
        ),
        expires_at: Type.Optional(
          Type.String({
            description:
              "When the key stops working: an ISO 8601 time with its zone, or a date for its first moment in UTC. When left out, it ends with the caller's key, or never.",
          }),
        ),
      },
      returns: IssuedApiKeySchema,
      errors: ["TenantNotFound", "GrantExceeded", "ApiKeyLimitReached"],
      successStatus: 201,
    },
    async ({ params, body, administrator, context }) => {
      const { id } = await ownTenant(tenants, administrator, params.tenant_id);
      const { record, key } = await apiKeys.create(
        id,
        {
          name: body.name,
          mode: body.mode,
          ...(body.scopes === undefined ? {} : { scopes: body.scopes }),
          expiresAt: instantOf(body.expires_at),
        },
        makerOf(administrator),
        actorIn(administrator, context),
      );
      return { ...apiKeyJson(record), key };
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
      const { id } = await ownTenant(tenants, administrator, params.tenant_id);
      const { keys, nextCursor } = await apiKeys.list(id, pageInput(query));
      return { items: keys.map(apiKeyJson), next_cursor: nextCursor ?? "" };
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
    async ({ params, administrator, context }) => {
      const { id } = await ownTenant(tenants, administrator, params.tenant_id);
      const record = await apiKeys.revoke(
        id,
        params.key_id,
        makerOf(administrator),
        actorIn(administrator, context),
      );
      if (!record) throw keyNotFound();
      return apiKeyJson(record);
    },
  ),
  post(
    "/admin/tenants/:tenant_id/keys/:key_id/rotate",
    {
      operationId: "postAdminTenantKeyRotate",
      summary: "Replace an API key, with an overlap",
      description: GRANT_RULE,
      access: withAdministrator,
      body: {
        overlap_seconds: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: maxOverlapSeconds,
            default: defaultOverlapSeconds,
            description: "How long the old key still works, in seconds.",
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
    async ({ params, body, administrator, context }) => {
      const { id } = await ownTenant(tenants, administrator, params.tenant_id);
      const issued = await apiKeys.rotate(id, params.key_id, {
        overlapSeconds: body.overlap_seconds ?? defaultOverlapSeconds,
        maker: makerOf(administrator),
        by: actorIn(administrator, context),
      });
      if (!issued) throw keyNotFound();
      return { ...apiKeyJson(issued.record), key: issued.key };
    },
  ),
];

const keyNotFound = (): GatewayProblem => new GatewayProblem("ApiKeyNotFound", "API key not found");

function instantOf(text: string | undefined): number | null {
  if (text === undefined || text.trim() === "") return null;
  return readInstant(text.trim(), "expires_at");
}

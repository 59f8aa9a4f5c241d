import { Type } from "@sinclair/typebox";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { tenantNotFound } from "../problems/gateway.ts";
import { tenantJson } from "../tenants/json.ts";
import { checkMode } from "../tenants/key-grant.ts";
import { givenPolicies, needsOperator, policyFields, policySchemas } from "../tenants/policies.ts";
import type { TenantStore } from "../tenants/tenants.ts";
import {
  actorIn,
  Instant,
  makerOf,
  operatorOnly,
  ownTenant,
  pageInput,
  paging,
} from "./administration.ts";

const { post, get, patch, remove } = operations("Admin");

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

const DeletionSchema = Type.Object(
  { id: Type.String(), deleted: Type.Literal(true) },
  { title: "Deletion" },
);

/** `/admin/tenants`: for the operator, and for keys with the scope admin on their own tenant. */
export const tenantRoutes = (tenants: TenantStore): Operation[] => [
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
    async ({ body, administrator, context }) => {
      operatorOnly(administrator);
      const tenant = await tenants.create(
        { name: body.name, policies: givenPolicies(body) },
        actorIn(administrator, context),
      );
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
      const page = await tenants.list(pageInput(query));
      return { items: page.tenants.map(tenantJson), next_cursor: page.nextCursor ?? "" };
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
      tenantJson(await ownTenant(tenants, administrator, params.tenant_id)),
  ),
  patch(
    "/admin/tenants/:tenant_id",
    {
      operationId: "patchAdminTenant",
      summary: "Rename, suspend or resume a tenant, or change its policies",
      description:
        "A key with the scope admin may change the name of its own tenant and, if it is a live key, store_credentials, cors_origins, daily_budgets and pace_ms. Only the operator may change the rest.",
      access: withAdministrator,
      body: {
        name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        status: Type.Optional(Type.Union([Type.Literal("active"), Type.Literal("suspended")])),
        ...policyFields,
      },
      returns: TenantSchema,
      errors: ["TenantNotFound", "GrantExceeded"],
    },
    async ({ params, body, administrator, context }) => {
      const { id } = await ownTenant(tenants, administrator, params.tenant_id);
      const policies = givenPolicies(body);
      if (body.status !== undefined || needsOperator(policies)) operatorOnly(administrator);
      if (Object.keys(policies).length > 0) checkMode(makerOf(administrator), "live");
      const tenant = await tenants.update(
        id,
        {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.status === undefined ? {} : { status: body.status }),
          policies,
        },
        actorIn(administrator, context),
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
    async ({ params, administrator, context }) => {
      operatorOnly(administrator);
      const { id } = await ownTenant(tenants, administrator, params.tenant_id);
      if (!(await tenants.delete(id, actorIn(administrator, context)))) throw tenantNotFound();
      return { id, deleted: true };
    },
  ),
];

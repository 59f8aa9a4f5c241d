import { Type } from "@sinclair/typebox";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { operatorOnly } from "./administration.ts";
import { tenantIn } from "./tenant-filter.ts";
import {
  answerUsage,
  type UsageDependencies,
  UsagePageSchema,
  usageDescription,
  usageFields,
} from "./usage-fields.ts";

const { get } = operations("Admin");

/** What all tenants use, for the operator. */
export const adminUsageRoutes = (deps: UsageDependencies): Operation[] => [
  get(
    "/admin/usage",
    {
      operationId: "getAdminUsage",
      summary: "Get what all tenants use",
      description: `Of all tenants but deleted ones; group takes tenant as well. ${usageDescription}`,
      access: withAdministrator,
      query: {
        ...usageFields,
        tenant_id: Type.Optional(
          Type.String({ maxLength: 26, description: "Only this tenant's keys." }),
        ),
        mode: Type.Optional(Type.Union([Type.Literal("test"), Type.Literal("live")])),
      },
      returns: UsagePageSchema,
    },
    ({ administrator, query: { tenant_id, mode, ...query } }) => {
      operatorOnly(administrator);
      const scope = { tenantId: tenantIn(tenant_id), ...(mode === undefined ? {} : { mode }) };
      return answerUsage(deps, scope, ["day", "tenant", "key", "operation"], query);
    },
  ),
];

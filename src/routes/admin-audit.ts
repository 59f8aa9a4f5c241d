import { Type } from "@sinclair/typebox";
import type { AuditLog } from "../audit/audit-log.ts";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { operatorOnly } from "./administration.ts";
import {
  AuditPageSchema,
  answerAudit,
  auditDescription,
  auditFields,
  EXAMPLE_OF_RECORD,
} from "./audit-fields.ts";
import { tenantIn } from "./tenant-filter.ts";

const { get } = operations("Admin");

/** What was done in all tenants, also in deleted ones, for the operator. */
export const adminAuditRoutes = (log: AuditLog): Operation[] => [
  get(
    "/admin/audit",
    {
      operationId: "getAdminAudit",
      summary: "List what was done in all tenants",
      description: `Who did what to which tenant, key, session and proxy, newest first; also of tenants that are deleted. ${auditDescription}`,
      access: withAdministrator,
      query: {
        ...auditFields,
        tenant_id: Type.Optional(
          Type.String({ maxLength: 26, description: "Only what concerns this tenant." }),
        ),
      },
      returns: AuditPageSchema,
      lineExample: EXAMPLE_OF_RECORD,
    },
    ({ administrator, query: { tenant_id, ...query }, ...input }) => {
      operatorOnly(administrator);
      return answerAudit(log, input, { tenantId: tenantIn(tenant_id) }, query);
    },
  ),
];

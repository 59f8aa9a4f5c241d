import type { AuditLog } from "../audit/audit-log.ts";
import { type Operation, operations, withKey } from "../http/route.ts";
import {
  AuditPageSchema,
  answerAudit,
  auditDescription,
  auditFields,
  EXAMPLE_OF_RECORD,
} from "./audit-fields.ts";

const { get } = operations("Admin");

/** What was done in a tenant, for its administrators. */
export const auditRoutes = (log: AuditLog): Operation[] => [
  get(
    "/audit",
    {
      operationId: "getAudit",
      summary: "List what was done",
      description: `Who did what to the tenant, its keys, sessions and proxies, newest first. ${auditDescription} A test key sees nothing of live keys and sessions.`,
      access: withKey("admin"),
      query: auditFields,
      returns: AuditPageSchema,
      lineExample: EXAMPLE_OF_RECORD,
    },
    ({ key, query, ...input }) =>
      answerAudit(log, input, { tenantId: key.tenantId, isTest: key.mode === "test" }, query),
  ),
];

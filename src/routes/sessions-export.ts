import { Type } from "@sinclair/typebox";
import type { AuditLog } from "../audit/audit-log.ts";
import { lineAnswer, NDJSON } from "../http/line-answer.ts";
import { type Operation, operations, withKey } from "../http/route.ts";
import { InvalidInput } from "../problems/problem.ts";
import { type ExportDependencies, exportSessions } from "../sessions/export.ts";

const { get } = operations("Session");

const EXAMPLE = `{"session_id":"01K9ZJ5M0T6R3F4C2B1A0XYZWV","username":"sandbox","label":"shop-1","state":"active","enabled":true,"settings":{"uuids":{},"authorization_data":{}}}
`;

/** All sessions of a tenant, for whoever leaves or keeps a copy. */
export const sessionExportRoutes = (
  deps: ExportDependencies,
  audit: Pick<AuditLog, "record">,
): Operation[] => [
  get(
    "/sessions/export",
    {
      operationId: "getSessionsExport",
      summary: "Export sessions",
      description:
        "All sessions of the key's tenant and mode, as JSON objects with a line each, oldest first: what POST /sessions/import reads. A line has the session's settings in aiograpi's format, its username, label, state, region and proxy. They contain the logins, and your own proxies with their passwords: keep them secret. Passwords of accounts are not exported. An answer that is broken off is continued with the last session_id as cursor.",
      access: withKey("admin"),
      query: {
        cursor: Type.Optional(
          Type.String({
            default: "",
            maxLength: 64,
            description: "session_id of the last line that has arrived, to go on behind it.",
          }),
        ),
      },
      returns: Type.String(),
      text: { contentType: NDJSON, example: EXAMPLE },
    },
    async ({ key, query, request, context }) => {
      const { tenantId, mode } = key;
      const cursor = cursorOf(query.cursor);
      if (request.method !== "HEAD")
        await audit.record({ kind: "sessions.exported", tenantId, mode, by: context.actor });
      return lineAnswer({ request, context }, exportSessions(deps, key, cursor));
    },
  ),
];

const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/i;

function cursorOf(text = ""): string {
  const given = text.trim();
  if (given !== "" && !ID.test(given))
    throw new InvalidInput("cursor", "must be the session_id of a line");
  return given.toUpperCase();
}

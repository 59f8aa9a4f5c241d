import { type Static, type TObject, Type } from "@sinclair/typebox";
import { type AuditLog, type AuditQuery, auditKinds } from "../audit/audit-log.ts";
import { auditJson } from "../audit/json.ts";
import type { RequestContext } from "../http/context.ts";
import { lineAnswer, wantsLines } from "../http/line-answer.ts";
import { readInstant } from "../tenants/instants.ts";
import { Instant, paging } from "./administration.ts";

/* Shared by GET /audit and GET /admin/audit. */

const OptionalText = Type.Union([Type.String(), Type.Null()], { nullable: true });

const AuditRecordSchema = Type.Object(
  {
    id: Type.String(),
    at: Instant(),
    kind: Type.String(),
    by: Type.String(),
    by_key_id: OptionalText,
    address: OptionalText,
    tenant_id: OptionalText,
    mode: OptionalText,
    key_id: OptionalText,
    session_id: OptionalText,
    proxy_id: OptionalText,
    details: Type.Object({}, { additionalProperties: true }),
  },
  { title: "AuditRecord" },
);

export const AuditPageSchema = Type.Object(
  { items: Type.Array(AuditRecordSchema), next_cursor: Type.String() },
  { title: "AuditPage" },
);

export const EXAMPLE_OF_RECORD = `{"id":"01K9ZJ5M0T6R3F4C2B1A0XYZWV","at":"2025-11-01T10:00:00.000Z","kind":"session.changed","by":"instagram","by_key_id":null,"address":null,"tenant_id":"01K9ZJ5M0T6R3F4C2B1A0XYZWW","mode":"live","key_id":null,"session_id":"01K9ZJ5M0T6R3F4C2B1A0XYZWX","proxy_id":null,"details":{"state":"logged_out","state_before":"active","reason":"LoginRequired","changed":["state","reason"]}}
`;

/** Of both routes. */
export const auditDescription = `Records are never changed, and kept as long as the operator has set. Kinds: ${Object.keys(auditKinds).join(", ")}. With several filters a page may be short, or empty, while next_cursor still leads on.`;

const optionalId = (description: string) =>
  Type.Optional(Type.String({ maxLength: 26, description }));

const optionalTime = (description: string) =>
  Type.Optional(Type.String({ maxLength: 40, description }));

export const auditFields = {
  kind: Type.Optional(
    Type.String({
      maxLength: 64,
      description: "Only events of this kind, such as key.revoked or session.changed.",
    }),
  ),
  session_id: optionalId("Only what concerns this session."),
  key_id: optionalId("Only what this API key has done, and what was done to it."),
  proxy_id: optionalId("Only what concerns this proxy."),
  since: optionalTime("Only from this time on: ISO 8601 with its zone, or a date (UTC)."),
  until: optionalTime("Only before this time: ISO 8601 with its zone, or a date (UTC)."),
  format: Type.Optional(
    Type.Union([Type.Literal("json"), Type.Literal("ndjson")], {
      description:
        "ndjson: everything from the cursor on, an event a line, whatever the limit. `Accept: application/x-ndjson` asks for the same.",
    }),
  ),
  ...paging,
};

/** Records that an export reads at once. */
const EXPORT_PAGE = 500;

/** A page of the record, or all of it, a line each. */
export async function answerAudit(
  log: AuditLog,
  input: { request: Request; context: RequestContext },
  scope: Pick<AuditQuery, "tenantId" | "isTest">,
  { format, limit = 50, ...fields }: Static<TObject<typeof auditFields>>,
) {
  const query: AuditQuery = { ...scope, ...filtersIn(fields), limit };
  if (format === "ndjson" || (format === undefined && wantsLines(input.request))) {
    // Before the answer begins: what is wrong with the fields must not break it off.
    const first = await log.list({ ...query, limit: EXPORT_PAGE });
    return lineAnswer(input, linesFrom(log, query, first));
  }
  const { records, nextCursor } = await log.list(query);
  return { items: records.map(auditJson), next_cursor: nextCursor ?? "" };
}

function filtersIn(
  fields: Omit<Static<TObject<typeof auditFields>>, "format" | "limit">,
): Omit<AuditQuery, "tenantId" | "limit"> {
  const given = (text: string | undefined): string | undefined => text?.trim() || undefined;
  const time = (name: "since" | "until"): number | undefined => {
    const text = given(fields[name]);
    return text === undefined ? undefined : readInstant(text, name);
  };
  return {
    kind: given(fields.kind),
    sessionId: given(fields.session_id),
    keyId: given(fields.key_id),
    proxyId: given(fields.proxy_id),
    since: time("since"),
    until: time("until"),
    cursor: given(fields.cursor),
  };
}

async function* linesFrom(
  log: AuditLog,
  query: AuditQuery,
  first: Awaited<ReturnType<AuditLog["list"]>>,
): AsyncGenerator<string, void, undefined> {
  for (let page = first; ; ) {
    if (page.records.length > 0)
      yield page.records.map((record) => `${JSON.stringify(auditJson(record))}\n`).join("");
    if (page.nextCursor === null) return;
    await new Promise((resolve) => setImmediate(resolve));
    page = await log.list({ ...query, cursor: page.nextCursor, limit: EXPORT_PAGE });
  }
}

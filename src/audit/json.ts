import type { AuditRecord } from "./audit-log.ts";

/** A record as HTTP and the CLI show it. */
export const auditJson = ({ details, ...record }: AuditRecord) => ({
  id: record.id,
  at: new Date(record.at).toISOString(),
  kind: record.kind,
  by: record.actor,
  by_key_id: record.actorKeyId,
  address: record.address,
  tenant_id: record.tenantId,
  mode: record.mode,
  key_id: record.keyId,
  session_id: record.sessionId,
  proxy_id: record.proxyId,
  details: namedOverHttp(JSON.parse(details)),
});

/** Names of the code as names over HTTP, such as `storeCredentials`. */
const overHttp = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Details have names of columns and policies: as names of members, and listed as `changed`. */
function namedOverHttp(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      overHttp(name),
      name === "changed" && Array.isArray(part)
        ? part.map(String).map(overHttp)
        : IS_TIME.test(name) && typeof part === "number"
          ? new Date(part).toISOString()
          : namedOverHttp(part),
    ]),
  );
}

const IS_TIME = /(?:At|Until|Since)$/;

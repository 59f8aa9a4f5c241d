import { randomBytes } from "node:crypto";
import type { InStatement } from "@libsql/client";
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { encodeTime } from "ulid";
import type { Actor, Announcement } from "../announcements.ts";
import { audit } from "./audit-schema.ts";
import type { Mode } from "./schema.ts";

/** All kinds of recorded events: those that are announced, and those that change nothing. */
export const AUDIT_KINDS = {
  "tenant.created": "A tenant was created.",
  "tenant.changed": "A tenant's name, status or policies were changed.",
  "tenant.credentials_removed": "The account passwords of a tenant's sessions are removed.",
  "tenant.deleted": "A tenant was deleted with its keys and sessions.",
  "key.created": "An API key was created.",
  "key.rotated": "An API key got a successor.",
  "key.revoked": "An API key was revoked.",
  "session.created": "A session was created, by a login or an import.",
  "session.changed": "A session was changed, by a caller or by an answer of Instagram.",
  "session.deleted": "A session was deleted.",
  "session.settings_read": "A session's settings were read, with its login.",
  "sessions.exported": "A tenant's sessions were exported, with their logins.",
  "proxy.created": "A proxy was created.",
  "proxy.changed": "A proxy was changed.",
  "proxy.deleted": "A proxy was deleted.",
  "upstream.switched": "All requests to Instagram were stopped, or let go on.",
} as const satisfies Record<Announcement["kind"], string> & Record<string, string>;

export type AuditKind = keyof typeof AUDIT_KINDS;

/** An event to be recorded; an announcement is one. It must hold no secret. */
export interface AuditEntry {
  readonly kind: AuditKind;
  readonly tenantId: string | null;
  readonly by: Actor;
  /** Unix milliseconds. */
  readonly at: number;
  readonly mode?: Mode;
  readonly keyId?: string;
  readonly sessionId?: string;
  readonly proxyId?: string;
  /** Everything else that can be said about it, as JSON values. */
  readonly [detail: string]: unknown;
}

/** What the database itself adds to a record, each as an SQL expression: `mode`, and details. */
export type StoredDetails = Readonly<Record<string, SQL>>;

/**
 * The statement that records an event. In a batch it stands directly behind the statement that makes
 * the change, and records nothing if that changed no row: the change and its record are one
 * transaction. Several records of one change follow each other.
 *
 *     await db.write((orm) => orm.batch([
 *       orm.update(tenants).set({ name }).where(existingTenant(id)),
 *       orm.run(recordIfChanged({ kind: "tenant.changed", tenantId: id, by, at, changed: ["name"] })),
 *     ]));
 */
export const recordIfChanged = (entry: AuditEntry, stored: StoredDetails = {}): SQL =>
  sql`${insertion(entry, stored)} WHERE changes() > 0`;

/** The statement that records an event which changes nothing, such as the reading of a secret. */
export const record = (entry: AuditEntry): SQL => insertion(entry, {});

/**
 * The statement that records events of new sessions, many at once: of those that are stored. It is in
 * the transaction that stores them.
 */
export const recordOfSessions = (entries: readonly AuditEntry[]): InStatement =>
  recordOfStored(entries, "sessions", audit.sessionId.name);

/** The same for new proxies. */
export const recordOfProxies = (entries: readonly AuditEntry[]): InStatement =>
  recordOfStored(entries, "proxies", audit.proxyId.name);

const recordOfStored = (
  entries: readonly AuditEntry[],
  table: "sessions" | "proxies",
  idColumn: string,
): InStatement => ({
  sql: `INSERT INTO audit (${COLUMNS.join(", ")})
    SELECT ${COLUMNS.map((_, at) => `value ->> ${at}`).join(", ")} FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM ${table}
      WHERE ${table}.id = value ->> ${COLUMNS.indexOf(idColumn)})`,
  args: [JSON.stringify(entries.map(valuesOf))],
});

const columns = getTableColumns(audit);
const NAMES = Object.keys(columns) as (keyof typeof columns)[];
const COLUMNS = NAMES.map((name) => columns[name].name);

function insertion(entry: AuditEntry, { mode, ...stored }: StoredDetails): SQL {
  const values = valuesOf(entry).map((value, at) => {
    const column = NAMES[at];
    if (column === "mode" && mode !== undefined) return mode;
    return column === "details" ? withStored(sql`${value}`, stored) : sql`${value}`;
  });
  return sql`INSERT INTO ${audit} (${sql.raw(COLUMNS.join(", "))}) SELECT ${sql.join(values, sql`, `)}`;
}

const withStored = (details: SQL, stored: StoredDetails): SQL =>
  Object.entries(stored).reduce(
    (text, [name, value]) => sql`json_set(${text}, ${`$.${name}`}, ${value})`,
    details,
  );

/** The values of a record in the order of the table's columns. */
function valuesOf(entry: AuditEntry): (string | null)[] {
  const { kind, tenantId, by, at, mode, keyId, sessionId, proxyId, ...details } = entry;
  const row: Readonly<Record<keyof typeof columns, string | null>> = {
    id: idAt(at),
    kind,
    tenantId,
    mode: mode ?? null,
    actor: actorName(by),
    actorKeyId: by.kind === "key" ? by.keyId : null,
    address: by.address ?? null,
    keyId: keyId ?? null,
    sessionId: sessionId ?? null,
    proxyId: proxyId ?? null,
    details: JSON.stringify(details),
  };
  return NAMES.map((name) => row[name]);
}

/** Who did it. Only requests over HTTP have an address, even if that is unknown (null). */
const actorName = (by: Actor): (typeof audit.$inferInsert)["actor"] =>
  by.kind === "operator" && by.address === undefined ? "cli" : by.kind;

const TIME_LENGTH = 10;
const RANDOM_LENGTH = 10;
const COUNTER_LENGTH = 6;
const COUNTERS = 32 ** COUNTER_LENGTH;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

let counter = 0;

/**
 * A ULID of that very time, so that times are ranges of ids. Those of one process and millisecond are
 * in order: a counter stands in front of the random part.
 */
function idAt(at: number): string {
  counter = (counter + 1) % COUNTERS;
  const random = Array.from(randomBytes(RANDOM_LENGTH), (byte) => ALPHABET.charAt(byte % 32));
  return (
    firstIdAt(at).slice(0, TIME_LENGTH) + encodeTime(counter, COUNTER_LENGTH) + random.join("")
  );
}

/** The lowest id of a time (unix milliseconds); before 1970 that of its beginning. */
export const firstIdAt = (at: number): string =>
  encodeTime(Math.max(0, at), TIME_LENGTH).padEnd(26, "0");

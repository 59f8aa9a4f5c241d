import { randomBytes } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import { encodeTime } from "ulid";
import type { Actor, Announcement } from "../announcements.ts";
import { audit, type Mode } from "./schema.ts";

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
  "proxy.created": "A proxy was created.",
  "proxy.changed": "A proxy was changed.",
  "proxy.deleted": "A proxy was deleted.",
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

function insertion(
  {
    kind,
    tenantId,
    by,
    at,
    mode = undefined,
    keyId = undefined,
    sessionId = undefined,
    proxyId = undefined,
    ...given
  }: AuditEntry,
  { mode: storedMode = sql`${mode ?? null}`, ...stored }: StoredDetails,
): SQL {
  const actorKeyId = by.kind === "key" ? by.keyId : null;
  const details = Object.entries(stored).reduce(
    (text, [name, value]) => sql`json_set(${text}, ${`$.${name}`}, ${value})`,
    sql`${JSON.stringify(given)}`,
  );
  return sql`INSERT INTO ${audit} (id, kind, tenant_id, mode, actor, actor_key_id, address, key_id,
      session_id, proxy_id, details)
    SELECT ${idAt(at)}, ${kind}, ${tenantId}, ${storedMode}, ${actorName(by)}, ${actorKeyId},
      ${by.address ?? null}, ${keyId ?? null}, ${sessionId ?? null}, ${proxyId ?? null}, ${details}`;
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

/** The lowest id of a time (unix milliseconds). */
export const firstIdAt = (at: number): string => encodeTime(at, TIME_LENGTH).padEnd(26, "0");

import { type SQL, sql } from "drizzle-orm";
import { decodeTime } from "ulid";
import type { audit } from "../db/audit-schema.ts";
import { AUDIT_KINDS, type AuditEntry, type AuditKind, firstIdAt, record } from "../db/audited.ts";
import type { Database } from "../db/connection.ts";
import { canonicalUlid } from "../db/ids.ts";
import { InvalidInput } from "../problems/problem.ts";

/** The kinds of events by their names, each with what it means. */
export const auditKinds: Readonly<Record<string, string>> = AUDIT_KINDS;

/** A recorded event. */
export interface AuditRecord extends Omit<typeof audit.$inferSelect, "details"> {
  /** Unix milliseconds. */
  at: number;
  /** A JSON object, as it is stored. */
  details: string;
}

/** What to look for; everything that is given must hold. */
export interface AuditQuery {
  /** Null for all tenants and the operator's own. */
  tenantId: string | null;
  /** A test key sees nothing that concerns live sessions and keys. */
  isTest?: boolean;
  kind?: string;
  /** What this key has done, and what was done to it. */
  keyId?: string;
  sessionId?: string;
  proxyId?: string;
  /** Unix milliseconds: from then on, and until before then. */
  since?: number;
  until?: number;
  /** The id behind which the page begins. */
  cursor?: string;
  /** Records of a page: 1 to 500. */
  limit: number;
}

export interface AuditPage {
  records: AuditRecord[];
  /** Null on the last page. With several filters a page may be short, or empty, before that. */
  nextCursor: string | null;
}

export interface AuditLog {
  /** Newest first. Throws InvalidInput (kind, cursor, ids), StorageUnavailable. */
  list(query: AuditQuery): Promise<AuditPage>;
  /** Records an event of now that changes nothing. Throws StorageUnavailable. */
  record(entry: NewRecord): Promise<void>;
}

/** An event that happens now. */
export type NewRecord = Pick<
  AuditEntry,
  "kind" | "tenantId" | "by" | "mode" | "keyId" | "sessionId" | "proxyId"
> & { readonly [detail: string]: unknown };

/**
 * Ids that a page may look through where an index alone does not answer the question: some milliseconds'
 * work, however rare the records are that are wanted.
 */
const MOST_LOOKED_AT = 2_000;

/** Reads the audit record: each page by an index, whatever the size of the table. */
export function createAuditLog(db: Database, now: () => number): AuditLog {
  async function list(query: AuditQuery): Promise<AuditPage> {
    const { leads, checks } = conditionsOf(query);
    const range = rangeOf(query);
    const wanted = query.limit + 1;
    const looked = checks.length === 0 ? wanted : Math.max(MOST_LOOKED_AT, wanted);
    // Several leads are joined by their ids, so that the newest of all come first.
    const branches = leads.map(
      (lead) => sql`SELECT id FROM (SELECT id FROM audit WHERE ${all([...lead, ...range])}
        ORDER BY id DESC LIMIT ${looked})`,
    );
    const ids = sql`SELECT id FROM (${sql.join(branches, sql` UNION `)}) ORDER BY id DESC LIMIT ${looked}`;
    const rows = await db.read((orm) =>
      orm.all<Omit<AuditRecord, "at">>(sql`SELECT id, kind, tenant_id AS tenantId, mode, actor,
          actor_key_id AS actorKeyId, address, key_id AS keyId, session_id AS sessionId,
          proxy_id AS proxyId, details
        FROM audit WHERE id IN (${ids}) AND ${all(checks)} ORDER BY id DESC LIMIT ${wanted}`),
    );
    const records = rows.slice(0, query.limit).map((row) => ({ ...row, at: decodeTime(row.id) }));
    if (rows.length > query.limit) return { records, nextCursor: records.at(-1)?.id ?? null };
    if (checks.length === 0) return { records, nextCursor: null };
    const [seen] = await db.read((orm) =>
      orm.all<{ ids: number; last: string | null }>(
        sql`SELECT count(*) AS ids, min(id) AS last FROM (${ids})`,
      ),
    );
    return { records, nextCursor: seen !== undefined && seen.ids >= looked ? seen.last : null };
  }

  return {
    list,
    async record(entry) {
      await db.write((orm) => orm.run(record({ ...entry, at: now() })));
    },
  };
}

/** The conditions that an index answers (one list for each index), and those for what it gives. */
interface Conditions {
  leads: readonly (readonly SQL[])[];
  checks: readonly SQL[];
}

/**
 * The index is that of the narrowest question. Conditions that must not choose one stand behind a plus,
 * which SQLite's planner leaves alone.
 */
function conditionsOf({ tenantId, isTest = false, ...query }: AuditQuery): Conditions {
  const sessionId = optionalId(query.sessionId, "session_id");
  const proxyId = optionalId(query.proxyId, "proxy_id");
  const keyId = optionalId(query.keyId, "key_id");
  const kind = query.kind === undefined ? null : knownKind(query.kind);
  const [narrowest, ...others] = [
    sessionId !== null && {
      leads: [sql`session_id = ${sessionId}`],
      check: sql`+session_id = ${sessionId}`,
    },
    proxyId !== null && {
      leads: [sql`proxy_id = ${proxyId}`],
      check: sql`+proxy_id = ${proxyId}`,
    },
    keyId !== null && {
      leads: [sql`actor_key_id = ${keyId}`, sql`key_id = ${keyId}`],
      check: sql`(+actor_key_id = ${keyId} OR +key_id = ${keyId})`,
    },
  ].filter((question) => question !== false);
  const checks = isTest ? [sql`mode IS NOT 'live'`] : [];
  if (narrowest === undefined) {
    const ofTenant = tenantId === null ? [] : [sql`tenant_id = ${tenantId}`];
    const ofKind = kind === null ? [] : [sql`kind = ${kind}`];
    return { leads: [[...ofTenant, ...ofKind]], checks };
  }
  checks.push(...others.map(({ check }) => check));
  if (tenantId !== null) checks.push(sql`+tenant_id = ${tenantId}`);
  if (kind !== null) checks.push(sql`+kind = ${kind}`);
  return { leads: narrowest.leads.map((lead) => [lead]), checks };
}

const all = (conditions: readonly SQL[]): SQL =>
  conditions.length === 0 ? sql`1` : sql.join([...conditions], sql` AND `);

/** The time and the cursor as ranges of ids. Throws InvalidInput (cursor). */
function rangeOf({ since, until, cursor }: AuditQuery): SQL[] {
  const after = optionalId(cursor, "cursor");
  return [
    ...(since === undefined ? [] : [sql`id >= ${firstIdAt(since)}`]),
    ...(until === undefined ? [] : [sql`id < ${firstIdAt(until)}`]),
    ...(after === null ? [] : [sql`id < ${after}`]),
  ];
}

/** Throws InvalidInput. */
function knownKind(kind: string): AuditKind {
  if (Object.hasOwn(AUDIT_KINDS, kind)) return kind as AuditKind;
  throw new InvalidInput("kind", `must be one of ${Object.keys(AUDIT_KINDS).join(", ")}`);
}

/** Throws InvalidInput. */
function optionalId(text: string | undefined, field: string): string | null {
  if (text === undefined || text === "") return null;
  const id = canonicalUlid(text);
  if (id === null) throw new InvalidInput(field, "is not an id of this service");
  return id;
}

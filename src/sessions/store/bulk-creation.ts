import type { InStatement } from "@libsql/client";
import { getTableColumns } from "drizzle-orm";
import { type AuditEntry, recordOfSessions } from "../../db/audited.ts";
import type { Database } from "../../db/connection.ts";
import type { Keyring } from "../../db/keyring.ts";
import { sessions } from "../../db/schema.ts";
import type { Hold } from "../../proxies/hold.ts";
import { type StoredSession, sealRow } from "./rows.ts";

/** As many rows are written within some 15 ms, and well below SQLite's number of parameters. */
const ROWS_AT_ONCE = 100;

/**
 * Creates sessions of one tenant, a hundred in each transaction: one statement for all of them takes
 * a tenth of the time that one each takes. An error stands for a session that was refused.
 */
export async function createMany(
  db: Database,
  keyring: Keyring,
  made: readonly StoredSession[],
  {
    holds,
    refusalOf,
    record,
    announce,
  }: {
    /** The places that they take on their proxies, in the order of the sessions. */
    holds: readonly (Hold | null)[];
    refusalOf: (session: StoredSession) => Promise<Error>;
    record: (session: StoredSession) => AuditEntry;
    announce: (session: StoredSession) => Promise<void>;
  },
): Promise<(StoredSession | Error)[]> {
  const results: (StoredSession | Error)[] = [];
  for (let start = 0; start < made.length; start += ROWS_AT_ONCE) {
    const batch = made.slice(start, start + ROWS_AT_ONCE);
    const held = batch.map((_, index) => holds[start + index] ?? null);
    const created = await insert(db, keyring, batch, held, batch.map(record));
    for (const [index, session] of batch.entries()) {
      const isCreated = created.has(session.id);
      const hold = held[index];
      if (isCreated && hold) hold.isKept = true;
      results.push(isCreated ? session : await refusalOf(session));
    }
    await Promise.all(batch.filter(({ id }) => created.has(id)).map(announce));
  }
  return results;
}

/**
 * Inserts rows as far as the tenant exists, has room for them, no session has their legacy ids, and
 * each with a proxy holds a place there.
 * Resolves with the ids of those that were inserted. Not with drizzle: building the statement would
 * take it many times as long as running it.
 */
async function insert(
  db: Database,
  keyring: Keyring,
  batch: readonly StoredSession[],
  holds: readonly (Hold | null)[],
  entries: readonly AuditEntry[],
): Promise<ReadonlySet<unknown>> {
  const [first] = batch;
  if (first === undefined) return new Set();
  const sealed = batch.map((session) => valuesOf(keyring, session));
  // Half of the columns are null in all rows: a shorter statement is read in half of the time.
  const used = COLUMNS.flatMap((name, at) =>
    name === columns.proxyId.name || sealed.some((row) => row[at] !== null) ? [at] : [],
  );
  const rows = batch.map((session, index) => [
    ...used.map((at) => sealed[index]?.[at] ?? null),
    holds[index]?.id ?? null,
    ...olderHashes(keyring, session),
  ]);
  const older = olderNames(keyring);
  const filled = used.map((at) => COLUMNS[at] ?? "");
  const names = [...filled, "hold_id", ...older];
  const values = `(${names.map(() => "?").join(", ")})`;
  const [inserted] = await db.write(() =>
    db.statements.batch([
      {
        sql: `WITH new (${names.join(", ")}) AS (VALUES ${rows.map(() => values).join(", ")})
        INSERT INTO sessions (${filled.join(", ")})
        SELECT ${filled.map((name) => selected(name)).join(", ")}
        FROM new JOIN tenants ON tenants.id = new.tenant_id
        WHERE tenants.deleted_at IS NULL
          AND (new.proxy_id IS NULL OR EXISTS (SELECT 1 FROM proxy_holds
            WHERE proxy_holds.id = new.hold_id AND proxy_holds.proxy_id = new.proxy_id))
          ${older
            .map(
              (name) => `AND NOT EXISTS (SELECT 1 FROM sessions AS other
            WHERE other.tenant_id = new.tenant_id AND other.mode = new.mode
              AND other.legacy_hash = new.${name})`,
            )
            .join("")}
        LIMIT (SELECT max(0, max_sessions - coalesce((SELECT counts.sessions
          FROM tenant_session_counts AS counts WHERE counts.tenant_id = tenants.id), 0))
          FROM tenants WHERE tenants.id = ?)
        ON CONFLICT DO NOTHING RETURNING id`,
        args: [...rows.flat(), first.tenantId],
      },
      recordOfSessions(entries),
      endOfHolds(batch, holds),
    ]),
  );
  return new Set(inserted?.rows.map(({ id }) => id));
}

/** Ends the holds whose places stored sessions have now. */
const endOfHolds = (
  batch: readonly StoredSession[],
  holds: readonly (Hold | null)[],
): InStatement => ({
  sql: `DELETE FROM proxy_holds WHERE id IN (SELECT value ->> 1 FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM sessions WHERE sessions.id = value ->> 0))`,
  args: [
    JSON.stringify(
      batch.flatMap(({ id }, index) => {
        const hold = holds[index];
        return hold ? [[id, hold.id]] : [];
      }),
    ),
  ],
});

type Value = null | string | number | Buffer;

const columns = getTableColumns(sessions);
const NAMES = Object.keys(columns) as (keyof typeof columns)[];
const COLUMNS = NAMES.map((name) => columns[name].name);

/** Account credentials are stored only if the tenant's policy says so. */
const selected = (column: string): string =>
  column === columns.credentials.name
    ? `CASE WHEN tenants.store_credentials THEN new.${column} END`
    : `new.${column}`;

function valuesOf(keyring: Keyring, session: StoredSession): Value[] {
  const row = sealRow(keyring, session);
  return NAMES.map((name) => {
    const value = row[name] ?? null;
    return value === null ? null : (columns[name].mapToDriverValue(value) as Value);
  });
}

/** The legacy id under each older key; the unique index knows the one under the first key. */
const olderHashes = (keyring: Keyring, { legacyId, tenantId, mode }: StoredSession): Value[] =>
  legacyId === null
    ? olderNames(keyring).map(() => null)
    : keyring.lookupHashes(legacyId, tenantId, mode).slice(1);

const olderNames = ({ keyIds }: Keyring): string[] =>
  keyIds.slice(1).map((_, index) => `older_hash_${index}`);

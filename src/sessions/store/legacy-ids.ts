import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { type Database, isUniqueViolation } from "../../db/connection.ts";
import { EncryptionKeyUnavailable, type Keyring } from "../../db/keyring.ts";
import { type Mode, sessions } from "../../db/schema.ts";
import { LegacyIdTaken } from "../session-errors.ts";
import type { StoredSession } from "./rows.ts";

/** The condition that a session has the legacy id; its hash may be under any configured key. */
export function withLegacyId(
  keyring: Keyring,
  tenantId: string,
  mode: Mode,
  cleaned: string,
): SQL | undefined {
  return and(
    eq(sessions.tenantId, tenantId),
    eq(sessions.mode, mode),
    inArray(sessions.legacyHash, keyring.lookupHashes(cleaned, tenantId, mode)),
  );
}

/** The condition that no other session has the legacy id. */
export function legacyIdFree(
  keyring: Keyring,
  { tenantId, mode, legacyId, id }: StoredSession,
): SQL {
  if (legacyId === null) return sql`1`;
  const hashes = keyring.lookupHashes(legacyId, tenantId, mode);
  return sql`NOT EXISTS (SELECT 1 FROM sessions AS other WHERE other.tenant_id = ${tenantId}
    AND other.mode = ${mode} AND other.legacy_hash IN ${hashes} AND other.id <> ${id})`;
}

/** Throws LegacyIdTaken when the unique index on legacy ids was violated, otherwise the error. */
export function rethrowTaken(error: unknown): never {
  if (isUniqueViolation(error)) throw new LegacyIdTaken();
  throw error;
}

/** See SessionStore.idsOfLegacyIds(). */
export async function idsOfLegacyIds(
  db: Database,
  keyring: Keyring,
  tenantId: string,
  mode: Mode,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const legacyIdOf = new Map(
    ids.flatMap((id) => keyring.lookupHashes(id, tenantId, mode).map((hash) => [hash, id])),
  );
  const rows = await db.read((orm) =>
    orm
      .select({ id: sessions.id, hash: sessions.legacyHash })
      .from(sessions)
      .where(
        and(
          eq(sessions.tenantId, tenantId),
          eq(sessions.mode, mode),
          inArray(sessions.legacyHash, [...legacyIdOf.keys()]),
        ),
      ),
  );
  const found = new Map(rows.map(({ id, hash }) => [legacyIdOf.get(hash ?? "") ?? "", id]));
  if (found.size < new Set(ids).size) {
    const foreign = await foreignLegacyKey(db, keyring, tenantId, mode);
    if (foreign !== null) throw new EncryptionKeyUnavailable(foreign);
  }
  return found;
}

/**
 * The id of a key that is not configured, but that legacy ids of the tenant are hashed under; or
 * null. The query steps from one distinct key id to the next in the index, so that its time does
 * not depend on the number of sessions.
 */
export async function foreignLegacyKey(
  db: Database,
  keyring: Keyring,
  tenantId: string,
  mode: Mode,
): Promise<string | null> {
  const next = (after: SQL) => sql`(SELECT min(key_id) FROM sessions
    WHERE tenant_id = ${tenantId} AND mode = ${mode} AND legacy_hash IS NOT NULL
      AND key_id > ${after})`;
  const rows = await db.read((orm) =>
    orm.all<{ key_id: string }>(sql`
      WITH RECURSIVE used (key_id) AS (
        SELECT ${next(sql`''`)}
        UNION ALL
        SELECT ${next(sql`used.key_id`)} FROM used WHERE used.key_id IS NOT NULL
      )
      SELECT key_id FROM used WHERE key_id IS NOT NULL AND key_id NOT IN ${[...keyring.keyIds]} LIMIT 1`),
  );
  return rows[0]?.key_id ?? null;
}

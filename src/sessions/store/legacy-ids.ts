import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { type Database, isUniqueViolation } from "../../db/connection.ts";
import { type Mode, sessions } from "../../db/schema.ts";
import { EncryptionKeyUnavailable, type Keyring } from "../keyring.ts";
import { LegacyIdTaken } from "../session-errors.ts";
import type { StoredSession } from "./rows.ts";

/** The condition that a session has the legacy id, under whichever key it was hashed. */
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

/** The condition that no other session has the legacy id, under whichever key it was hashed. */
export function legacyIdFree(
  keyring: Keyring,
  { tenantId, mode, legacyId, id }: StoredSession,
): SQL {
  if (legacyId === null) return sql`1`;
  const hashes = keyring.lookupHashes(legacyId, tenantId, mode);
  return sql`NOT EXISTS (SELECT 1 FROM sessions AS other WHERE other.tenant_id = ${tenantId}
    AND other.mode = ${mode} AND other.legacy_hash IN ${hashes} AND other.id <> ${id})`;
}

/** Throws LegacyIdTaken for what failed because of the index on legacy ids. */
export function rethrowTaken(error: unknown): never {
  if (isUniqueViolation(error)) throw new LegacyIdTaken();
  throw error;
}

/** SessionStore.idsOfLegacyIds() says what. */
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
 * A key id under which the tenant has legacy ids hashed and which is not configured, or null. Steps
 * from one distinct key id to the next in the index, so the number of sessions does not matter.
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

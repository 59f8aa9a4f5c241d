import { and, asc, desc, eq, gt, inArray, max, type SQL } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { canonicalUlid } from "../../db/ids.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "../../db/keyring.ts";
import { type Mode, sessions } from "../../db/schema.ts";
import { cleanSessionId } from "../session-id.ts";
import { foreignLegacyKey, idsOfLegacyIds, withLegacyId } from "./legacy-ids.ts";
import { openRow, type StoredSession } from "./rows.ts";

const LONGEST_ID = 2_000;

/** The condition for one session of a tenant, in this mode or (null) in any. */
export const ownSession = (tenantId: string, mode: Mode | null, id: string): SQL | undefined =>
  and(
    eq(sessions.id, canonicalUlid(id) ?? ""),
    eq(sessions.tenantId, tenantId),
    mode === null ? undefined : eq(sessions.mode, mode),
  );

/** Finding sessions. A session of another tenant or mode is answered like an unknown one. */
export function sessionLookup(db: Database, keyring: Keyring) {
  async function readFirst(where: SQL | undefined, ...order: SQL[]): Promise<StoredSession | null> {
    const [row] = await db.read((orm) =>
      orm
        .select()
        .from(sessions)
        .where(where)
        .orderBy(...order)
        .limit(1),
    );
    return row === undefined ? null : openRow(keyring, row);
  }

  /** Throws EncryptionKeyUnavailable also when a session that cannot be read may have the id. */
  async function findByLegacyId(
    tenantId: string,
    mode: Mode,
    legacyId: string,
  ): Promise<StoredSession | null> {
    const cleaned = legacyId.length > LONGEST_ID ? "" : cleanSessionId(legacyId);
    if (cleaned === "") return null;
    const found = await readFirst(withLegacyId(keyring, tenantId, mode, cleaned));
    if (found !== null) return found;
    // If hashes are under a key that is not configured, "not found" would be a guess.
    const foreign = await foreignLegacyKey(db, keyring, tenantId, mode);
    if (foreign !== null) throw new EncryptionKeyUnavailable(foreign);
    return null;
  }

  return {
    findByLegacyId,

    /**
     * Finds a session by its id (any case) or legacy id (quoted or URL-encoded, as clients send
     * it).
     * Throws EncryptionKeyUnavailable, CiphertextInvalid.
     */
    async find(tenantId: string, mode: Mode, given: string): Promise<StoredSession | null> {
      if (given.length > LONGEST_ID) return null;
      const cleaned = cleanSessionId(given);
      const id = canonicalUlid(cleaned);
      // An upstream session id has colons, so it never looks like one of ours.
      if (id !== null) return readFirst(ownSession(tenantId, mode, id));
      return findByLegacyId(tenantId, mode, cleaned);
    },

    /** The newest session of an account, in any state: it has the device that Instagram knows. */
    findNewest(
      tenantId: string,
      mode: Mode,
      account: { username: string } | { userPk: string },
    ): Promise<StoredSession | null> {
      const isAccount =
        "username" in account
          ? eq(sessions.username, account.username.trim().toLowerCase())
          : eq(sessions.userPk, account.userPk);
      return readFirst(
        and(eq(sessions.tenantId, tenantId), eq(sessions.mode, mode), isAccount),
        desc(sessions.updatedAt),
        desc(sessions.id),
      );
    },

    /** Sessions on a proxy, of any tenant, in the order of their ids, which follow `after`. */
    onProxy: (proxyId: string, { after, limit }: { after: string; limit: number }) =>
      db.read((orm) =>
        orm
          .select({ id: sessions.id, tenantId: sessions.tenantId, mode: sessions.mode })
          .from(sessions)
          .where(and(eq(sessions.proxyId, proxyId), gt(sessions.id, after)))
          .orderBy(asc(sessions.id))
          .limit(limit),
      ),

    /** The current version, without decrypting anything; null when the session was deleted. */
    async version(tenantId: string, mode: Mode, id: string): Promise<number | null> {
      const [row] = await db.read((orm) =>
        orm
          .select({ version: sessions.version })
          .from(sessions)
          .where(ownSession(tenantId, mode, id)),
      );
      return row?.version ?? null;
    },

    /**
     * Session ids by legacy id, of the given (cleaned) legacy ids that sessions have.
     * Throws EncryptionKeyUnavailable when a session that cannot be read may have one of them.
     */
    idsOfLegacyIds: (tenantId: string, mode: Mode, legacyIds: readonly string[]) =>
      idsOfLegacyIds(db, keyring, tenantId, mode, legacyIds),

    /**
     * Ids of the newest sessions of accounts, by user pk. Sessions whose encryption key is not
     * configured are left out: they must not prevent a login.
     */
    async newestOfAccounts(
      tenantId: string,
      mode: Mode,
      userPks: readonly string[],
    ): Promise<Map<string, string>> {
      if (userPks.length === 0) return new Map();
      const rows = await db.read((orm) =>
        orm
          // SQLite takes the id from the row that has the maximum.
          .select({ userPk: sessions.userPk, id: sessions.id, newest: max(sessions.updatedAt) })
          .from(sessions)
          .where(
            and(
              eq(sessions.tenantId, tenantId),
              eq(sessions.mode, mode),
              inArray(sessions.userPk, [...userPks]),
              inArray(sessions.keyId, [...keyring.keyIds]),
            ),
          )
          .groupBy(sessions.userPk),
      );
      return new Map(rows.map(({ userPk, id }) => [userPk ?? "", id]));
    },

    /** Sessions by their ids, without deleted and damaged ones. Throws EncryptionKeyUnavailable. */
    async findMany(
      tenantId: string,
      mode: Mode,
      ids: readonly string[],
    ): Promise<Map<string, StoredSession>> {
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(sessions)
          .where(
            and(
              eq(sessions.tenantId, tenantId),
              eq(sessions.mode, mode),
              inArray(sessions.id, [...ids]),
            ),
          ),
      );
      const found = new Map<string, StoredSession>();
      for (const row of rows) {
        try {
          found.set(row.id, openRow(keyring, row));
        } catch (error) {
          if (!(error instanceof CiphertextInvalid)) throw error;
        }
      }
      return found;
    },
  };
}

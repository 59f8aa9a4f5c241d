import { and, asc, desc, eq, gt, isNull, notInArray, type SQL, sql, sum } from "drizzle-orm";
import { writeInBatches } from "../db/batches.ts";
import { type Database, isUniqueViolation } from "../db/connection.ts";
import { canonicalUlid, createIdSource, type NewId } from "../db/ids.ts";
import { cutPage, pageCursor, pageSize } from "../db/paging.ts";
import { type Mode, type SessionState, sessionCounts, sessions, tenants } from "../db/schema.ts";
import { tenantNotFound } from "../problems/gateway.ts";
import { type InspectedSession, inspectRow } from "./inspection.ts";
import { EncryptionKeyUnavailable, type Keyring } from "./keyring.ts";
import { foreignLegacyKey, legacyIdFree, legacyIdsPresent, withLegacyId } from "./legacy-ids.ts";
import { type ReencryptResult, reencrypt } from "./reencrypt.ts";
import {
  AccountHasSession,
  LegacyIdTaken,
  SessionLimitReached,
  SessionVersionConflict,
} from "./session-errors.ts";
import { cleanSessionId } from "./session-id.ts";
import {
  type NewSession,
  openRow,
  type SessionSummary,
  type StoredSession,
  sealRow,
  sealSettings,
} from "./session-rows.ts";

export type { Mode, SessionState } from "../db/schema.ts";
export type { NewSession, SessionSecrets, SessionSummary, StoredSession } from "./session-rows.ts";

/** Sessions of all tenants. One of another tenant or mode is answered like an unknown one. */
export interface SessionStore {
  /**
   * Resolves when durable; account credentials are kept only where the tenant's policy says so. With
   * `firstOfAccount` only where no other session is of the same username or user pk.
   * Throws LegacyIdTaken, AccountHasSession, SessionLimitReached, TenantNotFound.
   */
  create(session: NewSession, options?: { firstOfAccount?: boolean }): Promise<StoredSession>;
  /**
   * Creates many, in few transactions; null stands for each one that create() would refuse.
   * What it throws ends it; those before are created.
   */
  createMany(sessions: readonly NewSession[]): Promise<(StoredSession | null)[]>;
  /**
   * Which of the legacy ids (cleaned) a session has.
   * Throws EncryptionKeyUnavailable when a session that cannot be read might have one.
   */
  legacyIdsPresent(tenantId: string, mode: Mode, ids: readonly string[]): Promise<Set<string>>;
  /**
   * By session id (any case) or legacy id (quoted or URL-encoded as clients send it).
   * Throws EncryptionKeyUnavailable, CiphertextInvalid.
   */
  find(tenantId: string, mode: Mode, presented: string): Promise<StoredSession | null>;
  /** Throws EncryptionKeyUnavailable also when a session that cannot be read might be the one. */
  findByLegacyId(tenantId: string, mode: Mode, legacyId: string): Promise<StoredSession | null>;
  /** The newest session of an account, in whatever state: the device that Instagram knows it by. */
  findNewest(
    tenantId: string,
    mode: Mode,
    account: { username: string } | { userPk: string },
  ): Promise<StoredSession | null>;
  /**
   * Saves all fields if nobody saved since `session.version`; answers with the new version.
   * Throws SessionVersionConflict, LegacyIdTaken.
   */
  save(session: StoredSession): Promise<StoredSession>;
  /**
   * Saves the settings alone, of many sessions in one transaction. Resolves with those that were
   * saved, by id; the others were saved by somebody else, are gone, or are stored under an older
   * encryption key, and save() is for these.
   */
  saveSettings(sessions: readonly StoredSession[]): Promise<ReadonlyMap<string, StoredSession>>;
  /** The current version, cheaply; null when the session is gone. */
  version(tenantId: string, mode: Mode, id: string): Promise<number | null>;
  /** Oldest first, without secrets. `limit` 1 to 100, default 50. Throws InvalidInput. */
  list(
    tenantId: string,
    page?: { mode?: Mode; cursor?: string; limit?: number },
  ): Promise<{ sessions: SessionSummary[]; nextCursor: string | null }>;
  /** As list(), with what of the secrets an operator may see. */
  inspect(
    tenantId: string,
    page?: { mode?: Mode; cursor?: string; limit?: number },
  ): Promise<{ sessions: InspectedSession[]; nextCursor: string | null }>;
  /** False when there is none. Mode null is either. */
  delete(tenantId: string, mode: Mode | null, id: string): Promise<boolean>;
  /** Over all tenants. */
  countByState(): Promise<Record<SessionState, number>>;
  /** Sessions of all tenants whose encryption key is not configured. */
  countUndecryptable(): Promise<number>;
  /**
   * Moves all sessions to the first encryption key. May be broken off and repeated, and runs beside a
   * server: each move raises the version, so that the server's next save reads the session again.
   */
  reencrypt(options?: {
    batchSize?: number;
    onProgress?: (moved: number) => void;
  }): Promise<ReencryptResult>;
}

const longestPresented = 2_000;
const summaryColumns = {
  id: sessions.id,
  tenantId: sessions.tenantId,
  mode: sessions.mode,
  username: sessions.username,
  userPk: sessions.userPk,
  state: sessions.state,
  region: sessions.region,
  version: sessions.version,
  createdAt: sessions.createdAt,
  updatedAt: sessions.updatedAt,
  lastUsedAt: sessions.lastUsedAt,
};

/** All methods throw StorageUnavailable when the database cannot serve. */
export function createSessionStore(
  db: Database,
  keyring: Keyring,
  { now = Date.now, newId = createIdSource(now) }: { now?: () => number; newId?: NewId } = {},
): SessionStore {
  const keyIds = [...keyring.keyIds];

  async function readOne(where: SQL | undefined): Promise<StoredSession | null> {
    const rows = await db.read((orm) => orm.select().from(sessions).where(where).limit(1));
    return rows[0] === undefined ? null : openRow(keyring, rows[0]);
  }

  async function version(tenantId: string, mode: Mode, id: string): Promise<number | null> {
    const rows = await db.read((orm) =>
      orm
        .select({ version: sessions.version })
        .from(sessions)
        .where(ownSession(tenantId, mode, id)),
    );
    return rows[0]?.version ?? null;
  }

  async function findByLegacyId(
    tenantId: string,
    mode: Mode,
    legacyId: string,
  ): Promise<StoredSession | null> {
    const cleaned = legacyId.length > longestPresented ? "" : cleanSessionId(legacyId);
    if (cleaned === "") return null;
    const found = await readOne(withLegacyId(keyring, tenantId, mode, cleaned));
    if (found !== null) return found;
    // Its hash may be under a key that we lack: then "not found" would be a guess.
    const foreign = await foreignLegacyKey(db, tenantId, mode, keyIds);
    if (foreign !== null) throw new EncryptionKeyUnavailable(foreign);
    return null;
  }

  function fresh(input: NewSession): StoredSession {
    const time = now();
    return {
      ...input,
      legacyId: input.legacyId === null ? null : cleanSessionId(input.legacyId),
      id: newId(),
      version: 1,
      createdAt: time,
      updatedAt: time,
      lastUsedAt: null,
    };
  }

  /** One statement with its checks, so that two at once cannot both pass them. */
  function insertion(session: StoredSession, firstOfAccount: boolean): SQL {
    const row = sealRow(keyring, session);
    return sql`
      INSERT INTO sessions (id, tenant_id, mode, username, user_pk, state, region, version,
        key_id, settings, proxy, credentials, challenge, legacy_id, legacy_hash,
        created_at, updated_at)
      SELECT ${row.id}, tenants.id, ${row.mode}, ${row.username}, ${row.userPk}, ${row.state},
        ${row.region}, ${row.version}, ${row.keyId}, ${row.settings}, ${row.proxy},
        CASE WHEN tenants.store_credentials THEN ${row.credentials} END, ${row.challenge},
        ${row.legacyId}, ${row.legacyHash}, ${row.createdAt}, ${row.updatedAt}
      FROM tenants WHERE tenants.id = ${row.tenantId} AND tenants.deleted_at IS NULL
        AND ${legacyIdFree(keyring, session)}
        AND ${firstOfAccount ? isFirstOfAccount(session) : sql`1`}
        AND ${sessionCount} < tenants.max_sessions`;
  }

  return {
    findByLegacyId,
    version,

    async create(input, { firstOfAccount = false } = {}) {
      const session = fresh(input);
      const result = await db
        .write((orm) => orm.run(insertion(session, firstOfAccount)))
        .catch(rethrowTakenLegacyId);
      if (result.rowsAffected > 0) return session;
      if (session.legacyId !== null) {
        const other = await db.read((orm) =>
          orm
            .select({ id: sessions.id })
            .from(sessions)
            .where(withLegacyId(keyring, session.tenantId, session.mode, session.legacyId ?? "")),
        );
        if (other.length > 0) throw new LegacyIdTaken();
      }
      const found = await db.read((orm) =>
        orm
          .select({ limit: tenants.maxSessions, sessions: sessionCount })
          .from(tenants)
          .where(and(eq(tenants.id, session.tenantId), isNull(tenants.deletedAt))),
      );
      const tenant = found[0];
      if (tenant === undefined) throw tenantNotFound();
      if (tenant.sessions >= tenant.limit) throw new SessionLimitReached(tenant.limit);
      throw new AccountHasSession();
    },

    async createMany(inputs) {
      const created: (StoredSession | null)[] = inputs.map(() => null);
      await writeInBatches(db, inputs.map(fresh).entries(), {
        // For the operator's own process, in which nobody else waits.
        budgetMs: 40,
        rest: 0,
        statement: ([, session]) => db.drizzle.run(insertion(session, false)),
        written([index, session], rows) {
          if (rows === 1) created[index] = session;
        },
      });
      return created;
    },

    legacyIdsPresent: (tenantId, mode, ids) => legacyIdsPresent(db, keyring, tenantId, mode, ids),

    async find(tenantId, mode, presented) {
      if (presented.length > longestPresented) return null;
      const cleaned = cleanSessionId(presented);
      const id = canonicalUlid(cleaned);
      // An upstream session id has colons, so it never looks like one of ours.
      if (id !== null) return readOne(ownSession(tenantId, mode, id));
      return findByLegacyId(tenantId, mode, cleaned);
    },

    async findNewest(tenantId, mode, account) {
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(sessions)
          .where(
            and(
              eq(sessions.tenantId, tenantId),
              eq(sessions.mode, mode),
              "username" in account
                ? eq(sessions.username, account.username.trim().toLowerCase())
                : eq(sessions.userPk, account.userPk),
            ),
          )
          .orderBy(desc(sessions.updatedAt), desc(sessions.id))
          .limit(1),
      );
      return rows[0] === undefined ? null : openRow(keyring, rows[0]);
    },

    async save(session) {
      const saved: StoredSession = {
        ...session,
        legacyId: session.legacyId === null ? null : cleanSessionId(session.legacyId),
        version: session.version + 1,
        updatedAt: now(),
      };
      // When it was last used is written on its own, and may be newer than what is known here.
      const row = sealRow(keyring, saved);
      const { id, tenantId, mode, createdAt: _made, lastUsedAt: _used, ...changes } = row;
      const result = await db
        .write((orm) =>
          orm
            .update(sessions)
            .set({ ...changes, credentials: keptCredentials(tenantId, changes.credentials) })
            .where(
              and(
                ownSession(tenantId, mode, id),
                eq(sessions.version, session.version),
                legacyIdFree(keyring, saved),
              ),
            ),
        )
        .catch(rethrowTakenLegacyId);
      if (result.rowsAffected > 0) return saved;
      const current = await version(tenantId, mode, id);
      if (current === session.version) throw new LegacyIdTaken();
      throw new SessionVersionConflict(id, session.version, current);
    },

    async saveSettings(batch) {
      const time = now();
      const rows = batch.map((session) => [
        session.id,
        session.version,
        sealSettings(keyring, session),
      ]);
      // Without drizzle, which takes three times as long for it as the database.
      const { rows: saved } = await db.write(() =>
        db.statements.execute({
          sql: `WITH new (id, version, settings) AS (VALUES ${rows.map(() => "(?, ?, ?)").join(", ")})
            UPDATE sessions SET settings = new.settings, version = new.version + 1, updated_at = ?
            FROM new WHERE sessions.id = new.id AND sessions.version = new.version
              AND sessions.key_id = ? RETURNING sessions.id`,
          args: [...rows.flat(), time, keyring.keyIds[0]],
        }),
      );
      const ids = new Set(saved.map(({ id }) => id));
      return new Map(
        batch
          .filter(({ id }) => ids.has(id))
          .map((session) => [
            session.id,
            { ...session, version: session.version + 1, updatedAt: time },
          ]),
      );
    },

    async list(tenantId, { mode, cursor, limit } = {}) {
      const after = pageCursor(cursor);
      const size = pageSize(limit);
      const rows = await db.read((orm) =>
        orm
          .select(summaryColumns)
          .from(sessions)
          .where(listed(tenantId, mode, after))
          .orderBy(asc(sessions.id))
          .limit(size + 1),
      );
      const { page, nextCursor } = cutPage(rows, size);
      return { sessions: page, nextCursor };
    },

    async inspect(tenantId, { mode, cursor, limit } = {}) {
      const after = pageCursor(cursor);
      const size = pageSize(limit);
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(sessions)
          .where(listed(tenantId, mode, after))
          .orderBy(asc(sessions.id))
          .limit(size + 1),
      );
      const { page, nextCursor } = cutPage(rows, size);
      return { sessions: page.map((row) => inspectRow(keyring, row)), nextCursor };
    },

    async delete(tenantId, mode, id) {
      const result = await db.write((orm) =>
        orm.delete(sessions).where(ownSession(tenantId, mode, id)),
      );
      return result.rowsAffected > 0;
    },

    async countByState() {
      const rows = await db.read((orm) =>
        orm
          .select({ state: sessionCounts.state, sessions: sum(sessionCounts.sessions) })
          .from(sessionCounts)
          .groupBy(sessionCounts.state),
      );
      const counts = { active: 0, challenge: 0, two_factor: 0, logged_out: 0 };
      for (const row of rows) counts[row.state] = Number(row.sessions ?? 0);
      return counts;
    },

    async countUndecryptable() {
      const rows = await db.read((orm) =>
        orm
          .select({ sessions: sum(sessionCounts.sessions) })
          .from(sessionCounts)
          .where(notInArray(sessionCounts.keyId, keyIds)),
      );
      return Number(rows[0]?.sessions ?? 0);
    },

    reencrypt: (options) => reencrypt(db, keyring, options),
  };
}

/** The condition for the sessions of a tenant's list behind an id. */
function listed(tenantId: string, mode: Mode | undefined, after: string | null): SQL | undefined {
  return and(
    eq(sessions.tenantId, tenantId),
    mode === undefined ? undefined : eq(sessions.mode, mode),
    after === null ? undefined : gt(sessions.id, after),
  );
}

function ownSession(tenantId: string, mode: Mode | null, id: string): SQL | undefined {
  return and(
    eq(sessions.id, canonicalUlid(id) ?? ""),
    eq(sessions.tenantId, tenantId),
    mode === null ? undefined : eq(sessions.mode, mode),
  );
}

/** How many sessions the tenant of a statement has. */
const sessionCount = sql<number>`coalesce((SELECT counts.sessions FROM tenant_session_counts AS counts
  WHERE counts.tenant_id = tenants.id), 0)`;

function isFirstOfAccount({ tenantId, mode, username, userPk }: StoredSession): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM sessions AS same WHERE same.tenant_id = ${tenantId}
    AND same.mode = ${mode} AND (same.username = ${username} OR same.user_pk = ${userPk}))`;
}

/** Whatever a process still has in memory: where the policy is off, nothing is stored. */
function keptCredentials(tenantId: string, credentials: Buffer | null): SQL | null {
  if (credentials === null) return null;
  return sql`CASE WHEN (SELECT store_credentials FROM tenants WHERE id = ${tenantId})
    THEN ${credentials} END`;
}

function rethrowTakenLegacyId(error: unknown): never {
  if (isUniqueViolation(error)) throw new LegacyIdTaken();
  throw error;
}

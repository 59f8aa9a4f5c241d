import { and, eq, sql } from "drizzle-orm";
import { type Actor, type Announcements, OPERATOR } from "../../announcements.ts";
import { recordIfChanged } from "../../db/audited.ts";
import { FULL_SPEED, writeInBatches } from "../../db/batches.ts";
import { tellIfSaved, tellOfSaved } from "../../db/change-feed.ts";
import type { Database } from "../../db/connection.ts";
import type { Keyring } from "../../db/keyring.ts";
import { type Mode, proxyHolds, sessions, tenants } from "../../db/schema.ts";
import type { Hold } from "../../proxies/hold.ts";
import { hasPlace } from "../../proxies/places.ts";
import { LegacyIdTaken, ProxyPlaceLost, SessionVersionConflict } from "../session-errors.ts";
import { cleanSessionId } from "../session-id.ts";
import { type ChangeAbout, sessionChange } from "./changes.ts";
import { endOfHold } from "./held-places.ts";
import { legacyIdFree, rethrowTaken } from "./legacy-ids.ts";
import { ownSession, type sessionLookup } from "./lookup.ts";
import {
  type PlainColumns,
  type SessionRecord,
  type StoredSession,
  seal,
  sealRow,
  withoutOwnColumns,
} from "./rows.ts";

/** What a save is recorded as: a change of the session as it was `before`. */
interface Cause extends ChangeAbout {
  before: SessionRecord;
}

/** Saving and deleting sessions. */
export function sessionSaving(
  db: Database,
  keyring: Keyring,
  {
    now,
    version,
    announcements,
    tellsSaves,
  }: {
    now: () => number;
    announcements: Announcements;
    /**
     * Whether other processes are told of values of answers' headers, since they may use the same
     * sessions at the same time.
     */
    tellsSaves: boolean;
  } & Pick<ReturnType<typeof sessionLookup>, "version">,
) {
  /** The next version of a session, and the statement that saves it if nobody has saved since. */
  function saving(session: StoredSession, hold: Hold | null = null) {
    const { legacyId, proxyId } = session;
    const saved = {
      ...nextVersion(session, now()),
      legacyId: legacyId === null ? null : cleanSessionId(legacyId),
    };
    // What is written on its own may be later than what is known here.
    const row = sealRow(keyring, saved);
    const { id, tenantId, mode, createdAt: _made, ...changes } = withoutOwnColumns(row);
    const statement = db.drizzle
      .update(sessions)
      .set({ ...changes, credentials: keptCredentials(row) })
      .where(
        and(
          ownSession(tenantId, mode, id),
          eq(sessions.version, session.version),
          legacyIdFree(keyring, saved),
          hold === null || proxyId === null ? undefined : hasPlace(session.mode, proxyId, hold),
        ),
      );
    return { saved, statement };
  }

  const recorded = (saved: StoredSession, cause: Cause) =>
    db.drizzle.run(recordIfChanged(sessionChange(cause.before, saved, cause)));
  async function isLost(hold: Hold): Promise<boolean> {
    const found = await db.read((orm) =>
      orm.select({ id: proxyHolds.id }).from(proxyHolds).where(eq(proxyHolds.id, hold.id)),
    );
    return found.length === 0;
  }

  return {
    /**
     * Saves all fields if nobody has saved since `session.version`; resolves with the new version.
     * With a cause, the change is recorded: announce it afterwards. A session that is new on its proxy
     * takes the place of the hold, or a free one.
     * Throws SessionVersionConflict, LegacyIdTaken, ProxyPlaceLost.
     */
    async save(
      session: StoredSession,
      cause: Cause | null = null,
      hold: Hold | null = null,
    ): Promise<StoredSession> {
      const { tenantId, mode, id } = session;
      const { saved, statement } = saving(session, hold);
      const [{ rowsAffected }] = await db
        .write((orm) =>
          orm.batch([
            statement,
            ...(cause ? [recorded(saved, cause)] : []),
            ...(cause === null && tellsSaves ? [orm.run(tellIfSaved(saved))] : []),
            ...endOfHold(orm, hold, saved),
          ]),
        )
        .catch(rethrowTaken);
      if (rowsAffected > 0) {
        if (hold) hold.isKept = true;
        return saved;
      }
      const current = await version(tenantId, mode, id);
      if (current !== session.version)
        throw new SessionVersionConflict(id, session.version, current);
      if (hold !== null && (await isLost(hold))) throw new ProxyPlaceLost();
      throw new LegacyIdTaken();
    },

    /**
     * Saves many in few transactions, each with its cause and the place that it takes on a new proxy;
     * null stands for a session that save()
     * would refuse. Throws StorageUnavailable; the sessions of earlier transactions stay saved.
     */
    async saveMany(
      batch: readonly { session: StoredSession; cause: Cause; hold?: Hold | null }[],
    ): Promise<(StoredSession | null)[]> {
      const done: (StoredSession | null)[] = batch.map(() => null);
      const saves = batch.map(({ session, cause, hold = null }, index) => ({
        index,
        cause,
        hold,
        ...saving(session, hold),
      }));
      await writeInBatches(db, saves, {
        ...FULL_SPEED,
        statement: ({ statement, saved, cause, hold }) => [
          statement,
          recorded(saved, cause),
          ...endOfHold(db.drizzle, hold, saved),
        ],
        written({ index, saved, hold }, rows) {
          if (rows !== 1) return;
          if (hold) hold.isKept = true;
          done[index] = saved;
        },
      });
      return done;
    },

    /**
     * Saves only the settings, of many sessions in one transaction. Resolves with the saved
     * sessions by id. The others have been saved elsewhere or deleted, or are stored under an older
     * encryption key: save them with save().
     */
    async saveSettings(
      batch: readonly StoredSession[],
    ): Promise<ReadonlyMap<string, StoredSession>> {
      const time = now();
      const rows = batch.map((session) => [
        session.id,
        session.version,
        seal(keyring, session, "settings"),
      ]);
      // Not with drizzle: building this statement takes it three times as long as running it.
      const next = batch.map((session) => nextVersion(session, time));
      const [result] = await db.write(() =>
        db.statements.batch([
          {
            sql: `WITH new (id, version, settings) AS (VALUES ${rows.map(() => "(?, ?, ?)").join(", ")})
            UPDATE sessions SET settings = new.settings, version = new.version + 1, updated_at = ?
            FROM new WHERE sessions.id = new.id AND sessions.version = new.version
              AND sessions.key_id = ? RETURNING sessions.id`,
            args: [...rows.flat(), time, keyring.keyIds[0]],
          },
          ...(tellsSaves ? [tellOfSaved(next)] : []),
        ]),
      );
      const ids = new Set(result?.rows.map(({ id }) => id));
      const written = next.filter(({ id }) => ids.has(id));
      return new Map(written.map((session) => [session.id, session]));
    },

    /** Announces what a save has changed. Call it when the copy in memory has changed, too. */
    announceChange: <Session extends PlainColumns>(
      before: Session,
      after: Session,
      about: ChangeAbout,
    ): Promise<void> => announcements.announce(sessionChange(before, after, about)),

    /** False when the tenant has no such session, in this mode or (null) in any. */
    async delete(
      tenantId: string,
      mode: Mode | null,
      id: string,
      by: Actor = OPERATOR,
    ): Promise<boolean> {
      const [found] = await db.read((orm) =>
        orm
          .select({ sessionId: sessions.id, mode: sessions.mode, username: sessions.username })
          .from(sessions)
          .where(ownSession(tenantId, mode, id)),
      );
      if (found === undefined) return false;
      const { sessionId, ...about } = found;
      const deleted = { kind: "session.deleted", tenantId, sessionId, by, at: now() } as const;
      const [{ rowsAffected }] = await db.write((orm) =>
        orm.batch([
          orm.delete(sessions).where(eq(sessions.id, sessionId)),
          orm.run(recordIfChanged({ ...deleted, ...about })),
        ]),
      );
      if (rowsAffected === 0) return false;
      await announcements.announce(deleted);
      return true;
    },
  };
}

const nextVersion = (session: StoredSession, time: number): StoredSession => ({
  ...session,
  version: session.version + 1,
  updatedAt: time,
});

/** Credentials are stored only if the tenant's policy says so, even if a process still has some. */
const keptCredentials = ({ tenantId, credentials }: ReturnType<typeof sealRow>) =>
  credentials &&
  sql`CASE WHEN (SELECT ${tenants.storeCredentials} FROM ${tenants} WHERE ${eq(tenants.id, tenantId)})
    THEN ${credentials} END`;

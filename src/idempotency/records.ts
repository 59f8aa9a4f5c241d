import { and, eq, inArray, ne, notExists, sql } from "drizzle-orm";
import type { Database } from "../db/connection.ts";
import { insertWhere } from "../db/insert.ts";
import { type Keyring, openJson, sealJson } from "../db/keyring.ts";
import type { Owner } from "../db/lease.ts";
import {
  idempotencyCounts,
  idempotencyRecords,
  type Mode,
  owners,
  type Sealed,
  sessions,
} from "../db/schema.ts";

type Row = typeof idempotencyRecords.$inferSelect;

/** Whose key it is. */
export interface Place {
  tenantId: string;
  mode: Mode;
  sessionId: string;
}

/** Names one use of a key: the key may be used anew once its record is gone. */
export type RecordId = Pick<Row, "sessionId" | "keyHash" | "createdAt">;

export interface FoundRecord extends Row {
  /** Null when the process has given up its lease or is forgotten. */
  holder: Owner | null;
}

/** Longer answers are not kept. */
const MAX_ANSWER_LENGTH = 1024 * 1024;

/** The statements on idempotency records. All throw StorageUnavailable. */
export function createRecords(db: Database, keyring: Keyring) {
  const table = idempotencyRecords;
  const isUse = ({ sessionId, keyHash, createdAt }: RecordId) =>
    and(eq(table.sessionId, sessionId), eq(table.keyHash, keyHash), eq(table.createdAt, createdAt));
  const isVersion = (record: RecordId & Pick<Row, "version">) =>
    and(isUse(record), eq(table.version, record.version));
  const aadOf = ({ tenantId, mode, sessionId }: Place, keyHash: string): string =>
    `${tenantId}/${mode}/${sessionId}/${keyHash}/answer`;
  const changed = async (
    work: Parameters<typeof db.write<{ rowsAffected: number }>>[0],
  ): Promise<boolean> => (await db.write(work)).rowsAffected > 0;

  return {
    /**
     * Adds a record, durably, and resolves with whether it did: not if the key has a record (under
     * any of `hashes`), if the session has `limit` of them, or if the session is gone.
     */
    add(row: Row, hashes: readonly string[], limit: number): Promise<boolean> {
      const { sessionId } = row;
      const taken = db.drizzle
        .select({ one: sql`1` })
        .from(table)
        .where(and(eq(table.sessionId, sessionId), inArray(table.keyHash, [...hashes])));
      const count = sql`coalesce((SELECT records FROM ${idempotencyCounts}
        WHERE session_id = ${sessionId}), 0)`;
      return changed((orm) =>
        insertWhere(
          orm,
          table,
          row,
          sessions,
          and(eq(sessions.id, sessionId), notExists(taken), sql`${count} < ${limit}`),
        ),
      );
    },

    async find(sessionId: string, hashes: readonly string[]): Promise<FoundRecord | null> {
      const rows = await db.read((orm) =>
        orm
          .select({ record: table, holder: owners })
          .from(table)
          .leftJoin(owners, eq(owners.id, table.owner))
          .where(and(eq(table.sessionId, sessionId), inArray(table.keyHash, [...hashes])))
          .limit(1),
      );
      const [found] = rows;
      return found === undefined ? null : { ...found.record, holder: found.holder };
    },

    /** How many records a session has; null when there is no such session. */
    async count(sessionId: string): Promise<number | null> {
      const rows = await db.read((orm) =>
        orm
          .select({ records: sql<number>`coalesce(${idempotencyCounts.records}, 0)` })
          .from(sessions)
          .leftJoin(idempotencyCounts, eq(idempotencyCounts.sessionId, sessions.id))
          .where(eq(sessions.id, sessionId)),
      );
      return rows[0]?.records ?? null;
    },

    /** Makes an unfinished record the own one; false when somebody else has changed it. */
    takeOver: (record: Row, owner: string): Promise<boolean> =>
      changed((orm) =>
        orm
          .update(table)
          .set({ state: "started", owner, version: record.version + 1 })
          .where(and(isVersion(record), ne(table.state, "finished"))),
      ),

    /**
     * Stores the answer of a request, even if another process holds the record by now: what is
     * known is better than what is not. The first answer stays.
     */
    finish(record: RecordId, { keyId, answer }: SealedAnswer, expiresAt: number): Promise<boolean> {
      return changed((orm) =>
        orm
          .update(table)
          .set({ state: "finished", keyId, answer, expiresAt })
          .where(and(isUse(record), ne(table.state, "finished"))),
      );
    },

    /** Notes that nobody knows the outcome of the own request. */
    lose: (record: RecordId & Pick<Row, "version">): Promise<boolean> =>
      changed((orm) =>
        orm
          .update(table)
          .set({ state: "unknown", version: record.version + 1 })
          .where(and(isVersion(record), eq(table.state, "started"))),
      ),

    /** Removes a record that nobody has changed since: the own one, or one that is over. */
    remove: (record: RecordId & Pick<Row, "version">): Promise<boolean> =>
      changed((orm) => orm.delete(table).where(isVersion(record))),

    /** The sealed form of an answer's JSON text; null for one that is too long to be kept. */
    seal(place: Place, keyHash: string, text: string): SealedAnswer | null {
      if (text.length > MAX_ANSWER_LENGTH) return null;
      const { keyId, data } = sealJson(keyring, text, aadOf(place, keyHash));
      return { keyId, answer: Buffer.from(data) as Sealed<string> };
    },

    /** The JSON text of the answer. Throws EncryptionKeyUnavailable, CiphertextInvalid. */
    open(place: Place, { keyHash, keyId, answer }: Row): string {
      if (answer === null || keyId === null) throw new Error("a finished record has no answer");
      return openJson(keyring, { keyId, data: answer }, aadOf(place, keyHash));
    },
  };
}

export type Records = ReturnType<typeof createRecords>;

export interface SealedAnswer {
  keyId: string;
  answer: Sealed<string>;
}

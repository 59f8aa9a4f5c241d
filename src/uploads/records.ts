import { and, count, eq, gt, ne, notInArray, sql } from "drizzle-orm";
import type { Database } from "../db/connection.ts";
import { insertWhere } from "../db/insert.ts";
import { type Keyring, openJson, sealJson } from "../db/keyring.ts";
import type { Owner } from "../db/lease.ts";
import { type Mode, owners, type Sealed, sessions, uploads } from "../db/schema.ts";

export type UploadRow = typeof uploads.$inferSelect;

/** Whose upload it is. */
export interface UploadPlace {
  tenantId: string;
  mode: Mode;
}

export interface FoundUpload extends UploadRow {
  /** Null when the process has given up its lease or is forgotten. */
  holder: Owner | null;
}

/** What is written about a running upload. */
export type UploadNote = Pick<UploadRow, "state" | "mayExist" | "sentBytes" | "totalBytes">;

/** Longer results are not kept. */
const MAX_RESULT_LENGTH = 1024 * 1024;

const FINAL = ["done", "failed"] as const;

/** The statements on uploads. All throw StorageUnavailable. */
export function createUploadRecords(db: Database, keyring: Keyring) {
  const aadOf = ({ tenantId, mode, id }: Pick<UploadRow, "tenantId" | "mode" | "id">): string =>
    `${tenantId}/${mode}/upload/${id}/result`;
  const update = async (
    { id, owner }: Pick<UploadRow, "id" | "owner">,
    fields: Partial<UploadRow>,
  ): Promise<boolean> => {
    const isOwn = and(eq(uploads.id, id), eq(uploads.owner, owner));
    const isRunning = notInArray(uploads.state, [...FINAL]);
    const written = await db.write((orm) =>
      orm.update(uploads).set(fields).where(and(isOwn, isRunning)),
    );
    return written.rowsAffected > 0;
  };

  return {
    /**
     * Adds an upload, durably, or takes over one of the same id whose outcome is not known.
     * Resolves with whether it did: not if that one is done, if the session has `limit` uploads, or
     * if the session is gone.
     */
    async begin(row: UploadRow, limit: number): Promise<boolean> {
      const ofSession = sql`(SELECT count(*) FROM ${uploads} WHERE session_id = ${row.sessionId})`;
      const { id: _, createdAt: __, ...fields } = row;
      const written = await db.write((orm) =>
        insertWhere(
          orm,
          uploads,
          row,
          sessions,
          and(eq(sessions.id, row.sessionId), sql`${ofSession} < ${limit}`),
        ).onConflictDoUpdate({
          target: uploads.id,
          set: fields,
          setWhere: ne(uploads.state, "done"),
        }),
      );
      return written.rowsAffected > 0;
    },

    /** An upload of that place that is still told of. */
    async find({ tenantId, mode }: UploadPlace, id: string, now: number) {
      const rows = await db.read((orm) =>
        orm
          .select({ upload: uploads, holder: owners })
          .from(uploads)
          .leftJoin(owners, eq(owners.id, uploads.owner))
          .where(
            and(
              eq(uploads.id, id),
              eq(uploads.tenantId, tenantId),
              eq(uploads.mode, mode),
              gt(uploads.expiresAt, now),
            ),
          ),
      );
      const [found] = rows;
      return found === undefined
        ? null
        : ({ ...found.upload, holder: found.holder } satisfies FoundUpload);
    },

    /** How many uploads a session has; null when there is no such session. */
    async count(sessionId: string): Promise<number | null> {
      const rows = await db.read((orm) =>
        orm
          .select({ uploads: count(uploads.id) })
          .from(sessions)
          .leftJoin(uploads, eq(uploads.sessionId, sessions.id))
          .where(eq(sessions.id, sessionId))
          .groupBy(sessions.id),
      );
      return rows[0]?.uploads ?? null;
    },

    /** Notes how far the own upload is; false when it is gone or somebody else's. */
    note: (own: Pick<UploadRow, "id" | "owner">, note: UploadNote): Promise<boolean> =>
      update(own, note),

    /** Stores how the own upload ended; false as above. */
    finish(
      own: Pick<UploadRow, "id" | "owner" | "tenantId" | "mode">,
      note: UploadNote,
      result: string,
      expiresAt: number,
    ): Promise<boolean> {
      if (result.length > MAX_RESULT_LENGTH) return update(own, { ...note, expiresAt });
      const { keyId, data } = sealJson(keyring, result, aadOf(own));
      const sealed = Buffer.from(data) as Sealed<string>;
      return update(own, { ...note, keyId, result: sealed, expiresAt });
    },

    /**
     * The JSON text of what came of it; null while it runs. Throws EncryptionKeyUnavailable,
     * CiphertextInvalid.
     */
    open: (row: UploadRow): string | null =>
      row.result === null || row.keyId === null
        ? null
        : openJson(keyring, { keyId: row.keyId, data: row.result }, aadOf(row)),
  };
}

export type UploadRecords = ReturnType<typeof createUploadRecords>;

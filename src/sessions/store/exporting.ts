import { and, asc, eq, gt } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "../../db/keyring.ts";
import { type Mode, sessions } from "../../db/schema.ts";
import { openRow, type PlainColumns, plainColumnsOf, type StoredSession } from "./rows.ts";

/** A session that is read to be handed out; without its secrets where they cannot be read. */
export type ReadSession =
  | { session: StoredSession; unreadable: null }
  | { session: PlainColumns; unreadable: "key" | "damaged" };

/** Reading all sessions of a tenant with their secrets. */
export const sessionExporting = (db: Database, keyring: Keyring) => ({
  /** The next sessions after an id, by their ids; those made meanwhile come last. */
  async readAfter(
    tenantId: string,
    mode: Mode,
    after: string,
    limit: number,
  ): Promise<ReadSession[]> {
    const rows = await db.read((orm) =>
      orm
        .select()
        .from(sessions)
        .where(
          and(eq(sessions.tenantId, tenantId), eq(sessions.mode, mode), gt(sessions.id, after)),
        )
        .orderBy(asc(sessions.id))
        .limit(limit),
    );
    return rows.map((row) => {
      try {
        return { session: openRow(keyring, row), unreadable: null };
      } catch (error) {
        const session = plainColumnsOf(row);
        if (error instanceof EncryptionKeyUnavailable) return { session, unreadable: "key" };
        if (error instanceof CiphertextInvalid) return { session, unreadable: "damaged" };
        throw error;
      }
    });
  },
});

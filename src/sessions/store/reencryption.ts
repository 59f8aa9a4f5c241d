import { and, asc, count, eq, gt, inArray, notInArray, or, type SQL, sql } from "drizzle-orm";
import { type Database, isUniqueViolation } from "../../db/connection.ts";
import { CiphertextInvalid, FORMER_FORMAT, type Keyring } from "../../db/keyring.ts";
import { sessions } from "../../db/schema.ts";
import { openRow, type SessionRow, sealedColumns, sealRow } from "./rows.ts";

export interface ReencryptResult {
  /** Sessions that were moved to the first key. */
  moved: number;
  /** Sessions left as they are because their key is not configured. */
  unavailable: number;
  /** Ids of the sessions left as they are because their stored bytes are damaged. */
  damaged: string[];
  /** Ids of the sessions left as they are because another session has their legacy id. */
  duplicates: string[];
}

const reencryptPasses = 5;

export interface ReencryptOptions {
  /** Sessions moved in one transaction, default 100. */
  batchSize?: number;
  /** Called after each batch with the number of sessions moved so far. */
  onProgress?: (moved: number) => void;
}

/**
 * Moves all sessions to the first encryption key and the newest format. It may be stopped and run
 * again. A server may run meanwhile: each move raises the version, so that the server reads the
 * session again before it saves it.
 */
export async function reencrypt(
  db: Database,
  keyring: Keyring,
  { batchSize = 100, onProgress }: ReencryptOptions = {},
): Promise<ReencryptResult> {
  const [firstKey, ...olderKeys] = keyring.keyIds;
  const damaged = new Set<string>();
  const duplicates = new Set<string>();
  let moved = 0;
  // Further passes move what a server has saved in between.
  for (let pass = 0; pass < reencryptPasses; pass++) {
    let missed = 0;
    let cursor = "";
    for (;;) {
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(sessions)
          .where(and(gt(sessions.id, cursor), isOld(firstKey, olderKeys)))
          .orderBy(asc(sessions.id))
          .limit(batchSize),
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      cursor = last.id;
      const movable = rows.flatMap((row) => {
        const next = resealed(keyring, row);
        if (next === null) damaged.add(row.id);
        return next === null ? [] : [next];
      });
      const count = await writeMoved(db, movable, duplicates);
      moved += count;
      missed += movable.length - count;
      onProgress?.(moved);
    }
    if (missed === 0) break;
  }
  const left = await db.read((orm) =>
    orm
      .select({ sessions: count() })
      .from(sessions)
      .where(notInArray(sessions.keyId, [firstKey, ...olderKeys])),
  );
  return {
    moved,
    unavailable: left[0]?.sessions ?? 0,
    damaged: [...damaged],
    duplicates: [...duplicates],
  };
}

/** The condition that a row is under an older key, or has a column in the first format. */
function isOld(firstKey: string, olderKeys: string[]): SQL | undefined {
  const former = Buffer.of(FORMER_FORMAT);
  return or(
    inArray(sessions.keyId, olderKeys),
    and(
      eq(sessions.keyId, firstKey),
      or(...sealedColumns.map((name) => sql`substr(${sessions[name]}, 1, 1) = ${former}`)),
    ),
  );
}

function resealed(keyring: Keyring, row: SessionRow): SessionRow | null {
  try {
    return sealRow(keyring, openRow(keyring, row));
  } catch (error) {
    if (error instanceof CiphertextInvalid) return null;
    throw error;
  }
}

/** Writes the rows whose version is still the one that was read; returns their number. */
async function writeMoved(
  db: Database,
  rows: SessionRow[],
  duplicates: Set<string>,
): Promise<number> {
  const update = ({ id, version, keyId, legacyHash, ...row }: SessionRow) =>
    db.drizzle
      .update(sessions)
      .set({
        ...Object.fromEntries(sealedColumns.map((name) => [name, row[name]])),
        keyId,
        legacyHash,
        version: version + 1,
      })
      .where(and(eq(sessions.id, id), eq(sessions.version, version)));
  const [first, ...rest] = rows.map(update);
  if (first === undefined) return 0;
  try {
    const results = await db.write((orm) => orm.batch([first, ...rest]));
    return results.reduce((sum, result) => sum + result.rowsAffected, 0);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  // A session that was made while this key was missing has the legacy id of a row: find that row.
  if (rows.length === 1) {
    for (const row of rows) duplicates.add(row.id);
    return 0;
  }
  let moved = 0;
  for (const row of rows) moved += await writeMoved(db, [row], duplicates);
  return moved;
}

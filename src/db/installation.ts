import { readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Database, type DatabaseOptions, openDatabase } from "./connection.ts";
import { pathOfUrl } from "./database-file.ts";
import { DatabaseMissing } from "./errors.ts";
import { readMeta } from "./meta.ts";
import { isMigrated, type MigrationResult, migrate } from "./migrate.ts";

/**
 * Opens the database as the service uses it: there and migrated. Beside a local file a mark is kept
 * that names the database, so that a later start does not make a new one where it has disappeared,
 * as if nothing had ever been stored. A volume without a mark is new.
 *
 * Throws DatabaseMissing, StorageUnavailable, DatabaseNewerThanCode, MigrationChanged.
 */
export async function openInstallation(
  options: DatabaseOptions,
): Promise<{ db: Database; migrated: MigrationResult }> {
  const mark = markOf(options);
  const markedId = mark?.read() ?? null;
  if (mark && markedId !== null && isMissing(mark.database))
    throw new DatabaseMissing(mark.database, "is missing or empty, and there was one", mark.path);
  const db = openDatabase(options);
  try {
    if (mark && markedId !== null && !(await isMigrated(db)))
      throw new DatabaseMissing(mark.database, "holds nothing, and there was one", mark.path);
    const migrated = await migrate(db);
    if (mark) hold(mark, markedId, await readMeta(db, "database_id"));
    return { db, migrated };
  } catch (error) {
    await db.close();
    throw error;
  }
}

interface Mark {
  path: string;
  database: string;
  /** The id that stands in it, an empty text when it holds none, null when there is no mark. */
  read(): string | null;
  write(id: string): void;
}

/** The mark beside a local file, null for what is no file of this program's own. */
function markOf({ url, syncUrl }: DatabaseOptions): Mark | null {
  if (!url.startsWith("file:") || url.startsWith("file::memory:") || syncUrl) return null;
  const database = pathOfUrl(url);
  // Hidden, so that it does not go along when somebody deletes `gramway.db*`.
  const path = join(dirname(database), `.${basename(database)}.mark`);
  return {
    path,
    database,
    read() {
      try {
        return readFileSync(path, "utf8").split("\n")[0]?.trim() ?? "";
      } catch {
        return null;
      }
    },
    write(id) {
      try {
        writeFileSync(path, `${id}\n${explanation(basename(database))}\n`, { mode: 0o600 });
      } catch {
        // A directory that is full or cannot be written: the next start writes it.
      }
    },
  };
}

const explanation = (name: string): string =>
  `This is the id of the database ${name} beside this file. While this file is here, the service does not start without it.`;

function isMissing(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function hold(mark: Mark, markedId: string | null, id: string | null): void {
  if (id === null || id === markedId) return;
  if (markedId)
    throw new DatabaseMissing(mark.database, "is not the one that was there", mark.path);
  mark.write(id);
}

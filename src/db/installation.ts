import { readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Database, type DatabaseOptions, openDatabase } from "./connection.ts";
import { pathOfUrl } from "./database-file.ts";
import { DatabaseIsNoCopy, DatabaseMissing } from "./errors.ts";
import { readMeta } from "./meta.ts";
import { isMigrated, type MigrationResult, migrate } from "./migrate.ts";
import { CopyFiles } from "./replica/copy-files.ts";

/**
 * Opens the database and migrates it. A marker file beside a local database holds its id. If the
 * database has disappeared, a later start finds the marker and does not create an empty database,
 * as if nothing had ever been stored. A volume without a marker is new.
 *
 * Throws DatabaseMissing, DatabaseIsNoCopy, StorageUnavailable, DatabaseNewerThanCode, MigrationChanged.
 */
export async function openInstallation(
  options: DatabaseOptions,
): Promise<{ db: Database; migrated: MigrationResult }> {
  refuseOwnDatabase(options);
  const mark = markOf(options);
  const markedId = mark?.read() ?? null;
  if (mark && markedId !== null && isMissing(mark.database))
    throw new DatabaseMissing(
      mark.database,
      "is missing or empty, but was in use before",
      mark.path,
    );
  const db = openDatabase(options);
  try {
    if (mark && markedId !== null && !(await isMigrated(db)))
      throw new DatabaseMissing(mark.database, "holds nothing, but was in use before", mark.path);
    const migrated = await migrate(db);
    if (mark) checkOrWrite(mark, markedId, await readMeta(db, "database_id"));
    return { db, migrated };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** A copy may be made anew at any time, a database of its own must not. Throws DatabaseIsNoCopy. */
function refuseOwnDatabase({ url, syncUrl }: DatabaseOptions): void {
  if (!syncUrl || markOf({ url })?.read() == null) return;
  const { path, isCopy, bytes } = new CopyFiles(pathOfUrl(url), syncUrl);
  if (bytes > 0 && !isCopy) throw new DatabaseIsNoCopy(path);
}

interface Mark {
  path: string;
  database: string;
  /** The id in the marker file; an empty text when it holds none, null when there is no file. */
  read(): string | null;
  write(id: string): void;
}

/** The marker of a local database; null for others: they are kept elsewhere or not at all. */
function markOf({ url, syncUrl }: DatabaseOptions): Mark | null {
  if (!url.startsWith("file:") || url.startsWith("file::memory:") || syncUrl) return null;
  const database = pathOfUrl(url);
  // The name begins with a dot, so that deleting `gramway.db*` does not delete it.
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
        // The directory is full or read-only: the next start writes it.
      }
    },
  };
}

const explanation = (name: string): string =>
  `This is the id of the database ${name} beside this file. While this file is here, the service does not start without that database.`;

function isMissing(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

/** Throws DatabaseMissing when the marker holds another id than the database. */
function checkOrWrite(mark: Mark, markedId: string | null, id: string | null): void {
  if (id === null || id === markedId) return;
  if (markedId)
    throw new DatabaseMissing(mark.database, "is not the one that was there", mark.path);
  mark.write(id);
}

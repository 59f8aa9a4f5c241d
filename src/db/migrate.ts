import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "./connection.ts";
import { isUniqueViolation } from "./connection.ts";
import { DatabaseNewerThanCode, MigrationChanged } from "./errors.ts";

/** One file of `migrations/`. */
export interface Migration {
  /** File name without `.sql`, for example `0001_initial`. */
  name: string;
  sql: string;
}

export interface MigrationResult {
  /** Names of the migrations that this call applied, in order. */
  applied: string[];
  /** True when the database had no migrations before: this call created its tables. */
  isNew: boolean;
}

const migrationsDirectory = join(import.meta.dir, "..", "..", "migrations");

/**
 * Brings the database to this code's schema. All pending migrations are one transaction, so either
 * all are applied or none. When several processes start at once, one of them does it. Writes
 * nothing when nothing is pending.
 *
 * Throws DatabaseNewerThanCode, MigrationChanged, StorageUnavailable.
 */
export async function migrate(
  db: Database,
  migrations: readonly Migration[] = readMigrations(),
): Promise<MigrationResult> {
  for (let attempt = 0; ; attempt++) {
    const done = await readApplied(db);
    const pending = pendingOf(migrations, done);
    if (pending.length === 0) return { applied: [], isNew: false };
    try {
      await db.statements.batch([
        `CREATE TABLE IF NOT EXISTS schema_migrations (
          name TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)`,
        // Recorded first: a second process then fails here, before it changes a table.
        ...pending.flatMap((migration) => [
          {
            sql: "INSERT INTO schema_migrations (name, checksum, applied_at) VALUES (?, ?, ?)",
            args: [migration.name, checksumOf(migration), Date.now()],
          },
          ...splitStatements(migration.sql),
        ]),
      ]);
      return { applied: pending.map((migration) => migration.name), isNew: done.size === 0 };
    } catch (error) {
      if (!isUniqueViolation(error) || attempt >= 10) throw error;
    }
  }
}

/** Whether any version of this program has used the database before. */
export async function isMigrated(db: Database): Promise<boolean> {
  return (await readApplied(db)).size > 0;
}

/**
 * Migrations that only this code has, or only the database; both empty when they agree. Reads only.
 */
export async function migrationStatus(
  db: Database,
  migrations: readonly Migration[] = readMigrations(),
): Promise<{ pending: string[]; unknown: string[] }> {
  const done = await readApplied(db);
  const known = migrations.map((migration) => migration.name);
  return {
    pending: known.filter((name) => !done.has(name)),
    unknown: [...done.keys()].filter((name) => !known.includes(name)),
  };
}

/** The migration files of this code, in the order of their names. */
export function readMigrations(directory: string = migrationsDirectory): Migration[] {
  return readdirSync(directory)
    .filter((file) => /^\d{4}_.+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      name: file.slice(0, -".sql".length),
      sql: readFileSync(join(directory, file), "utf8"),
    }));
}

/** The checksums of the applied migrations by name; empty for a new database. */
async function readApplied(db: Database): Promise<Map<string, string>> {
  const table = await db.statements.execute(
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
  );
  if (table.rows.length === 0) return new Map();
  const result = await db.statements.execute("SELECT name, checksum FROM schema_migrations");
  return new Map(result.rows.map((row) => [String(row.name), String(row.checksum)]));
}

function pendingOf(migrations: readonly Migration[], done: Map<string, string>): Migration[] {
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = [...done.keys()].filter((name) => !known.has(name)).sort();
  if (unknown.length > 0) throw new DatabaseNewerThanCode(unknown);
  const pending: Migration[] = [];
  for (const migration of migrations) {
    const checksum = done.get(migration.name);
    if (checksum === undefined) pending.push(migration);
    else if (checksum !== checksumOf(migration)) throw new MigrationChanged(migration.name);
  }
  return pending;
}

function checksumOf({ sql }: Migration): string {
  // With Windows line ends it is the same migration.
  return createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
}

/**
 * A migration's statements. Each ends with a semicolon at the end of a line; a trigger's body
 * therefore keeps its inner semicolons off line ends or is written on one line.
 */
function splitStatements(sql: string): string[] {
  return sql
    .replaceAll(/^[ \t]*--.*$/gm, "")
    .split(/;[ \t]*\r?$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { InStatement } from "@libsql/client";
import type { Database } from "./connection.ts";
import { isUniqueViolation } from "./connection.ts";
import {
  DatabaseNewerThanCode,
  MigrationChanged,
  MigrationTooSlow,
  StorageUnavailable,
} from "./errors.ts";
import { TRANSACTION_TIMEOUT } from "./faults.ts";

/*
 * While a new version is rolled out, processes of the old one go on beside it, on a database with
 * migrations that they do not know. So a migration says in a line of its own which code works with
 * what it leaves behind:
 *
 *     -- oldest code: 0019_usage_order
 *
 * means all code that knows the migration 0019_usage_order. Without the line it is only code that
 * knows this migration. The database keeps what the line says: older code does not have the file.
 */

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
  /** Names of a newer version's migrations that this code works with. */
  newer: string[];
}

/** How the database and this code differ; all lists are empty when they agree. */
export interface MigrationStatus {
  /** Migrations that only this code has. */
  pending: string[];
  /** Those that only the database has, and that this code works with. */
  newer: string[];
  /** Those that only the database has, and that this code does not work with. */
  unknown: string[];
}

/** An applied migration. */
interface Applied {
  checksum: string;
  /** What its line `oldest code` says. */
  oldestCode: string | null;
}

const migrationsDirectory = join(import.meta.dir, "..", "..", "migrations");

/** How often it is tried again after another process was first, or after an answer was lost. */
const MOST_REPEATS = 10;
/** So much longer is each wait for what became of a transaction whose answer was lost. */
const LONGER_WAIT_MS = 500;

/**
 * Brings the database to this code's schema. All pending migrations are one transaction, so either
 * all are applied or none. When several processes start at once, one of them does it. Writes
 * nothing when nothing is pending.
 *
 * A libSQL server ends transactions of more than 5 s when others wait to write, and no answer is
 * waited for longer than 10 minutes: migrations that take so long together are applied one by one.
 *
 * Throws DatabaseNewerThanCode, MigrationChanged, MigrationTooSlow, StorageUnavailable.
 */
export async function migrate(
  db: Database,
  migrations: readonly Migration[] = readMigrations(),
): Promise<MigrationResult> {
  const applied: string[] = [];
  let isNew = false;
  let sent: readonly Migration[] = [];
  let isOneByOne = false;
  for (let repeats = 0; ; ) {
    const done = await readApplied(db);
    // After a lost answer it is not known which process has applied them: this one may have.
    applied.push(...namesOf(sent).filter((name) => done.has(name)));
    const { pending, newer } = checked(migrations, done);
    if (pending.length === 0) return { applied, isNew, newer };
    sent = isOneByOne ? pending.slice(0, 1) : pending;
    try {
      await db.statements.migrate(statementsOf(sent));
      isNew ||= done.size === 0;
    } catch (error) {
      const isTooSlow = wasTimedOut(error);
      if (isTooSlow && sent.length === 1) throw new MigrationTooSlow(namesOf(sent)[0] ?? "");
      const isLost =
        error instanceof StorageUnavailable && /^(?:unreachable|timeout)$/.test(error.fault);
      if (!(isTooSlow || isLost || isUniqueViolation(error)) || repeats >= MOST_REPEATS)
        throw error;
      if (!isLost) sent = [];
      isOneByOne ||= isTooSlow || isLost;
      if (isLost) await Bun.sleep(LONGER_WAIT_MS * repeats);
      repeats++;
    }
  }
}

/** Whether a libSQL server has ended the transaction because it took too long. */
const wasTimedOut = (error: unknown): boolean =>
  error instanceof StorageUnavailable &&
  (error.cause as { code?: unknown } | undefined)?.code === TRANSACTION_TIMEOUT;

/** Whether any version of this program has used the database before. */
export async function isMigrated(db: Database): Promise<boolean> {
  return (await readApplied(db)).size > 0;
}

/** Compares the database with this code. Reads only. */
export async function migrationStatus(
  db: Database,
  migrations: readonly Migration[] = readMigrations(),
): Promise<MigrationStatus> {
  return compare(migrations, await readApplied(db));
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

/** The oldest migration that code must know to work with what a migration leaves; null: itself. */
export const oldestCodeOf = ({ sql }: Migration): string | null =>
  /^-- oldest code: (\S+)[ \t]*\r?$/m.exec(sql)?.[1] ?? null;

/** The applied migrations by name; empty for a new database. */
async function readApplied(db: Database): Promise<Map<string, Applied>> {
  const { rows } = await appliedRows(db);
  return new Map(
    rows.map(({ name, checksum, oldest_code }) => [
      String(name),
      {
        checksum: String(checksum),
        oldestCode: oldest_code === null ? null : String(oldest_code),
      },
    ]),
  );
}

/** One statement, except on a database that is new or of a version without schema_compatibility. */
async function appliedRows(db: Database): Promise<{ rows: Record<string, unknown>[] }> {
  const { statements } = db;
  try {
    return await statements.execute(
      `SELECT name, checksum, oldest_code FROM schema_migrations
        LEFT JOIN schema_compatibility USING (name)`,
    );
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("no such table"))) throw error;
  }
  const table = await statements.execute(
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
  );
  if (table.rows.length === 0) return { rows: [] };
  return statements.execute("SELECT name, checksum, NULL AS oldest_code FROM schema_migrations");
}

function compare(
  migrations: readonly Migration[],
  done: ReadonlyMap<string, Applied>,
): MigrationStatus {
  const known = new Set(namesOf(migrations));
  const others = [...done.keys()].filter((name) => !known.has(name)).sort();
  const worksWith = (name: string): boolean => known.has(done.get(name)?.oldestCode ?? "");
  return {
    pending: [...known].filter((name) => !done.has(name)),
    newer: others.filter(worksWith),
    unknown: others.filter((name) => !worksWith(name)),
  };
}

/** Throws DatabaseNewerThanCode, MigrationChanged. */
function checked(
  migrations: readonly Migration[],
  done: ReadonlyMap<string, Applied>,
): { pending: Migration[]; newer: string[] } {
  const { pending, newer, unknown } = compare(migrations, done);
  if (unknown.length > 0) throw new DatabaseNewerThanCode(unknown);
  // Nobody has tried this code's migrations behind those of a newer version.
  if (newer.length > 0 && pending.length > 0) throw new DatabaseNewerThanCode(newer);
  for (const migration of migrations) {
    const checksum = done.get(migration.name)?.checksum ?? checksumOf(migration);
    if (checksum !== checksumOf(migration)) throw new MigrationChanged(migration.name);
  }
  return { pending: migrations.filter(({ name }) => pending.includes(name)), newer };
}

/** Everything that applies the migrations, in one transaction. */
const statementsOf = (pending: readonly Migration[]): InStatement[] => [
  `CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS schema_compatibility (
    name TEXT PRIMARY KEY NOT NULL, oldest_code TEXT NOT NULL)`,
  // Recorded first: a second process then fails here, before it changes a table.
  ...pending.flatMap((migration) => [
    {
      sql: "INSERT INTO schema_migrations (name, checksum, applied_at) VALUES (?, ?, ?)",
      args: [migration.name, checksumOf(migration), Date.now()],
    },
    ...compatibilityOf(migration),
    ...splitStatements(migration.sql),
  ]),
];

function compatibilityOf(migration: Migration): InStatement[] {
  const oldestCode = oldestCodeOf(migration);
  if (oldestCode === null) return [];
  return [
    {
      sql: "INSERT INTO schema_compatibility (name, oldest_code) VALUES (?, ?)",
      args: [migration.name, oldestCode],
    },
  ];
}

const namesOf = (migrations: readonly Migration[]): string[] => migrations.map(({ name }) => name);

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

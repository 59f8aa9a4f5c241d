import { expect, test } from "bun:test";
import { openDatabase } from "../../src/db/connection.ts";
import { DatabaseNewerThanCode, MigrationChanged } from "../../src/db/errors.ts";
import {
  type Migration,
  migrate,
  migrationStatus,
  oldestCodeOf,
  readMigrations,
} from "../../src/db/migrate.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startChild, storages } from "../support/storage.ts";

const [initial, ...others] = readMigrations();
const newest = others.at(-1);
if (initial === undefined || newest === undefined) throw new Error("there are no migrations");

for (const [name, open] of storages) {
  test(`a second run ${name} has nothing to do`, async () => {
    await using storage = await open();
    expect(await migrate(storage.db)).toEqual({ applied: [], isNew: false, newer: [] });
  });

  test(`a later migration ${name} is applied and keeps the data`, async () => {
    await using storage = await open();
    await storage.db.statements.execute("INSERT INTO meta (key, value) VALUES ('a', 'kept')");
    const later = { name: "9000_later", sql: "ALTER TABLE meta ADD COLUMN note TEXT;\n" };
    const result = await migrate(storage.db, [initial, ...others, later]);
    expect(result).toEqual({ applied: ["9000_later"], isNew: false, newer: [] });
    const rows = await storage.db.statements.execute(
      "SELECT value, note FROM meta WHERE key = 'a'",
    );
    expect(rows.rows.map((row) => [row.value, row.note])).toEqual([["kept", null]]);
  });

  test(`a failing migration ${name} leaves the database as it was`, async () => {
    await using storage = await open();
    const broken = { name: "9000_broken", sql: "CREATE TABLE half (a);\nCREATE TABLE meta (b);\n" };
    await expect(migrate(storage.db, [initial, ...others, broken])).rejects.toThrow(/meta/);
    const tables = await storage.db.statements.execute(
      "SELECT name FROM sqlite_master WHERE name = 'half'",
    );
    expect(tables.rows).toEqual([]);
    expect(await migrate(storage.db)).toEqual({ applied: [], isNew: false, newer: [] });
  });
}

test("a new database is told apart from an existing one", async () => {
  const db = openDatabase({ url: ":memory:" });
  const names = readMigrations().map((migration) => migration.name);
  expect(await migrate(db)).toEqual({ applied: names, isNew: true, newer: [] });
  expect((await migrate(db)).isNew).toBe(false);
  await db.close();
});

test("a database with an unknown migration is refused, naming it", async () => {
  const db = openDatabase({ url: ":memory:" });
  await migrate(db, [initial, ...others, { name: "9000_future", sql: "CREATE TABLE f (a);" }]);
  const failure = await migrate(db).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DatabaseNewerThanCode);
  expect(String(failure)).toContain("9000_future");
  await db.close();
});

/** A migration of the next version that works with this code, or with code that knows `oldest`. */
const later = (name: string, oldest = newest.name): Migration => ({
  name,
  sql: `-- What it does.\n-- oldest code: ${oldest}\nCREATE TABLE t_${name} (a);\n`,
});

for (const [name, open] of storages) {
  test(`code from before a migration goes on ${name} where that migration says so`, async () => {
    await using storage = await open();
    const before = readMigrations();
    await migrate(storage.db, [...before, later("9000_a"), later("9001_b", "9000_a")]);
    // The code of 9000 works with both; this code does not know that which 9001 needs.
    expect(await migrationStatus(storage.db, [...before, later("9000_a")])).toEqual({
      pending: [],
      newer: ["9001_b"],
      unknown: [],
    });
    expect(await migrationStatus(storage.db)).toEqual({
      pending: [],
      newer: ["9000_a"],
      unknown: ["9001_b"],
    });
    expect(await migrate(storage.db, [...before, later("9000_a")])).toEqual({
      applied: [],
      isNew: false,
      newer: ["9001_b"],
    });
    await expect(migrate(storage.db)).rejects.toThrow(/\(9001_b\)/);
  });

  test(`a database ${name} from before compatibility was recorded is brought to this version`, async () => {
    await using storage = await open();
    await storage.db.statements.execute("DROP TABLE schema_compatibility");
    expect(await migrate(storage.db)).toEqual({ applied: [], isNew: false, newer: [] });
    expect((await migrate(storage.db, [...readMigrations(), later("9000_a")])).applied).toEqual([
      "9000_a",
    ]);
    expect((await migrate(storage.db)).newer).toEqual(["9000_a"]);
  });
}

test("migrations of this code are not put behind those of a newer one", async () => {
  const db = openDatabase({ url: ":memory:" });
  await migrate(db, [initial, ...others, later("9000_a")]);
  const forked = [initial, ...others, { name: "8999_fork", sql: "CREATE TABLE fork (a);" }];
  const failure = await migrate(db, forked).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DatabaseNewerThanCode);
  expect(await migrationStatus(db, forked)).toMatchObject({ pending: ["8999_fork"] });
  await db.close();
});

test("each migration since the first that runs beside older code says which code that is", () => {
  const names = readMigrations().map(({ name }) => name);
  for (const migration of readMigrations().filter(({ name }) => name >= "0020")) {
    const oldest = oldestCodeOf(migration) ?? "none";
    expect(names.slice(0, names.indexOf(migration.name)), migration.name).toContain(oldest);
  }
});

test("a migration that was edited after it ran is refused", async () => {
  const db = openDatabase({ url: ":memory:" });
  await migrate(db);
  const edited = { ...initial, sql: `${initial.sql}\nCREATE TABLE extra (a);` };
  await expect(migrate(db, [edited, ...others])).rejects.toBeInstanceOf(MigrationChanged);
  await db.close();
});

test("of several processes that start at once, one creates the database", async () => {
  using directory = temporaryDirectory();
  const url = `file:${directory.path}/new.db`;
  const children = Array.from({ length: 4 }, () => startChild("migrate.ts", [url]));
  const lines = (await Promise.all(children.map((child) => child.end()))).flat().sort();
  const total = readMigrations().length;
  expect(lines).toEqual(["applied 0", "applied 0", "applied 0", `created ${total}`]);
});

test("sessions, their counts and what keeps these come through the table's rebuilding", async () => {
  const db = openDatabase({ url: ":memory:" });
  const all = readMigrations();
  const before = all.filter(({ name }) => name < "0007");
  await migrate(db, before);
  const session = (id: string, state: string) =>
    `INSERT INTO sessions (id, tenant_id, mode, state, version, key_id, settings, legacy_hash,
      created_at, updated_at, last_used_at)
      VALUES ('${id}', 't', 'live', '${state}', 3, 'k', x'0102', 'hash ${id}', 1, 2, 5)`;
  await db.statements.batch([
    "INSERT INTO tenants (id, name, status, store_credentials, created_at, updated_at) VALUES ('t', 'T', 'active', 0, 1, 1)",
    session("a", "active"),
    session("b", "logged_out"),
  ]);
  const rowsOf = async (query: string) =>
    (await db.statements.execute(query)).rows.map((row) => Object.fromEntries(Object.entries(row)));
  const stored = await rowsOf("SELECT * FROM sessions ORDER BY id");
  await migrate(db, all);
  expect(await rowsOf("SELECT * FROM sessions ORDER BY id")).toMatchObject(stored);
  await db.statements.batch([
    "UPDATE sessions SET state = 'disabled' WHERE id = 'b'",
    session("c", "active"),
  ]);
  expect(
    await rowsOf("SELECT state, sessions FROM session_counts WHERE sessions > 0 ORDER BY state"),
  ).toEqual([
    { state: "active", sessions: 2 },
    { state: "disabled", sessions: 1 },
  ]);
  await expect(db.statements.execute(session("d", "asleep"))).rejects.toThrow(/CHECK/);
  await db.statements.execute("DELETE FROM tenants");
  expect(await rowsOf("SELECT id FROM sessions")).toEqual([]);
  expect(await rowsOf("SELECT sum(sessions) AS n FROM session_counts")).toEqual([{ n: 0 }]);
  await db.close();
});

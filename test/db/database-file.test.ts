import { expect, test } from "bun:test";
import { copyFileSync, existsSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { createClient } from "@libsql/client";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { readMeta } from "../../src/db/meta.ts";
import { migrate } from "../../src/db/migrate.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { writeMeta } from "../support/meta.ts";

async function openFile(path: string): Promise<Database> {
  const db = openDatabase({ url: `file:${path}`, busyWaitMs: 50 });
  await migrate(db);
  await writeMeta(db, "before", "1");
  return db;
}

const losses: [what: string, lose: (path: string) => void][] = [
  ["deleted", (path) => rmSync(path)],
  ["moved away with its log", (path) => moveAway(path)],
  ["emptied", (path) => truncateSync(path, 0)],
  [
    "replaced by a copy",
    (path) => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
  ],
  ["bereft of its log", (path) => rmSync(`${path}-wal`)],
];

function moveAway(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) renameSync(path + suffix, `${path}.away${suffix}`);
}

for (const [what, lose] of losses)
  test(`no write is acknowledged when the file was ${what}`, async () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/a.db`;
    const db = await openFile(path);
    lose(path);
    expect(() => db.checkFile()).toThrow("deleted, emptied or replaced");
    await expect(writeMeta(db, "after", "1")).rejects.toThrow("deleted, emptied or replaced");
    await expect(db.probeWrite()).rejects.toThrow("deleted, emptied or replaced");
    await expect(db.dataVersion()).rejects.toThrow("deleted, emptied or replaced");
    await db.close();
  });

test("a write during which the file goes is not acknowledged", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  let looks = 0;
  const write = db.statements.execute({
    // The last look at it is libSQL's own, right before it runs.
    get sql() {
      if (++looks === 2) rmSync(path);
      return "INSERT INTO meta (key, value) VALUES ('during', '1')";
    },
  });
  await expect(write).rejects.toThrow("deleted, emptied or replaced");
  expect(looks).toBe(2);
  await db.close();
});

test("it works on when the file is put back", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  moveAway(path);
  await expect(writeMeta(db, "after", "1")).rejects.toThrow("deleted, emptied or replaced");
  for (const suffix of ["", "-wal", "-shm"]) renameSync(`${path}.away${suffix}`, path + suffix);
  await writeMeta(db, "after", "2");
  expect([await readMeta(db, "before"), await readMeta(db, "after")]).toEqual(["1", "2"]);
  await db.close();
});

test("no write is acknowledged when the log was emptied, and the database is not spoilt", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  await db.statements.checkpoint();
  for (let n = 0; n < 20; n++) await writeMeta(db, `key ${n}`, "x".repeat(5_000));
  truncateSync(`${path}-wal`, 0);
  await expect(writeMeta(db, "after", "1")).rejects.toThrow("deleted, emptied or replaced");
  await expect(db.probeWrite()).rejects.toThrow("deleted, emptied or replaced");
  expect(() => db.checkFile()).toThrow("deleted, emptied or replaced");
  await db.close();

  // The failed connection may still be held in this process.
  copyFileSync(path, `${directory.path}/copy.db`);
  const again = openDatabase({ url: `file:${directory.path}/copy.db` });
  expect(await again.drizzle.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
  expect(await readMeta(again, "before")).toBe("1");
  await again.close();
});

test("a write during which the log is emptied is not acknowledged, and the database is not spoilt", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  await db.statements.checkpoint();
  for (let n = 0; n < 20; n++) await writeMeta(db, `key ${n}`, "x".repeat(5_000));
  let looks = 0;
  const write = db.statements.execute({
    get sql() {
      if (++looks === 2) truncateSync(`${path}-wal`, 0);
      return "INSERT INTO meta (key, value) VALUES ('during', '1')";
    },
  });
  await expect(write).rejects.toThrow("deleted, emptied or replaced");
  await expect(writeMeta(db, "after", "1")).rejects.toThrow("deleted, emptied or replaced");
  await db.close();

  copyFileSync(path, `${directory.path}/copy.db`);
  const again = openDatabase({ url: `file:${directory.path}/copy.db` });
  expect(await again.drizzle.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
  await again.close();
});

test("a log that another process has moved into the database does not trouble it", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  for (let n = 0; n < 20; n++) await writeMeta(db, `key ${n}`, "x".repeat(5_000));
  const other = openDatabase({ url: `file:${path}` });
  await other.statements.checkpoint();
  expect(statSync(`${path}-wal`).size).toBe(0);
  await other.close();
  await writeMeta(db, "after", "1");
  expect(await readMeta(db, "after")).toBe("1");
  await db.close();
});

test("a connection that must be replaced does not make the lost file anew", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  // The lock makes the write fail with SQLITE_BUSY, after which the connection is opened again.
  const locker = createClient({ url: `file:${path}` });
  const lock = await locker.transaction("write");
  await expect(writeMeta(db, "after", "1")).rejects.toThrow("locked");
  moveAway(path);
  await expect(db.ping()).rejects.toThrow("deleted, emptied or replaced");
  await expect(writeMeta(db, "after", "1")).rejects.toThrow("deleted, emptied or replaced");
  expect(existsSync(path)).toBe(false);
  await lock.rollback();
  locker.close();
  await db.close();
});

test("after closing, the file alone is the whole database", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  await writeMeta(db, "last", "1");
  await db.close();
  copyFileSync(path, `${directory.path}/backup.db`);
  const backup = openDatabase({ url: `file:${directory.path}/backup.db` });
  expect(await readMeta(backup, "last")).toBe("1");
  await backup.close();
});

test("what was deleted is not left in the file", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  const secret = "a-secret-of-some-length".repeat(500);
  await writeMeta(db, "secret", secret);
  await db.write((orm) => orm.run("DELETE FROM meta WHERE key = 'secret'"));
  await db.close();
  expect(await Bun.file(path).text()).not.toContain("a-secret-of-some-length");
});

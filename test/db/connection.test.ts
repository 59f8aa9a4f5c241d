import { expect, test } from "bun:test";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { eq } from "drizzle-orm";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { type StorageFault, StorageUnavailable } from "../../src/db/errors.ts";
import { readMeta } from "../../src/db/meta.ts";
import { migrate } from "../../src/db/migrate.ts";
import { meta } from "../../src/db/schema.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import { writeMeta } from "../support/meta.ts";
import { startChild, storages, unprivilegedUser } from "../support/storage.ts";

async function faultOf(work: Promise<unknown>): Promise<StorageFault | "none"> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof StorageUnavailable) return error.fault;
    throw error;
  }
}

async function openFile(path: string, busyWaitMs?: number): Promise<Database> {
  const db = openDatabase({ url: `file:${path}`, busyWaitMs });
  await migrate(db);
  return db;
}

for (const [name, open] of storages) {
  test(`${name}: a write is read back, pings and probes pass`, async () => {
    await using storage = await open();
    await writeMeta(storage.db, "a", "1");
    await writeMeta(storage.db, "a", "2");
    expect(await readMeta(storage.db, "a")).toBe("2");
    await storage.db.ping();
    await storage.db.probeWrite();
  });

  test(`${name}: a batch is all or nothing`, async () => {
    await using storage = await open();
    const batch = storage.db.write((orm) =>
      orm.batch([
        orm.insert(meta).values({ key: "first", value: "1" }),
        orm.insert(meta).values({ key: "first", value: "2" }),
      ]),
    );
    await expect(batch).rejects.toThrow("UNIQUE constraint failed");
    expect(await readMeta(storage.db, "first")).toBeNull();
  });

  test(`${name}: a failed statement's error does not quote its parameters`, async () => {
    await using storage = await open();
    const insert = () =>
      storage.db.write((orm) => orm.insert(meta).values({ key: "k", value: "hush-hush" }));
    await insert();
    const error: unknown = await insert().catch((failure: unknown) => failure);
    expect(Bun.inspect(error)).toContain("UNIQUE");
    expect(Bun.inspect(error)).not.toContain("hush-hush");
  });

  test(`${name}: after close every call says so, and queued writes were done`, async () => {
    await using storage = await open();
    const { db } = storage;
    const queued = Array.from({ length: 20 }, (_, index) => writeMeta(db, `k${index}`, "x"));
    await db.close();
    await Promise.all(queued);
    expect(await faultOf(db.ping())).toBe("closed");
    expect(await faultOf(db.probeWrite())).toBe("closed");
  });
}

test("an acknowledged write survives the process being killed", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  await (await openFile(path)).close();
  const child = startChild("write-and-stay.ts", [`file:${path}`]);
  await child.line("written");
  await child.kill();
  const db = await openFile(path);
  expect(await readMeta(db, "acknowledged")).toBe("yes");
  await db.close();
});

test("every commit is synced to the disk", async () => {
  using directory = temporaryDirectory();
  const db = await openFile(`${directory.path}/a.db`);
  const journal = await db.statements.execute("PRAGMA journal_mode");
  const synchronous = await db.statements.execute("PRAGMA synchronous");
  // 2 is FULL: the log is synced before a commit is reported.
  expect([journal.rows[0]?.[0], synchronous.rows[0]?.[0]]).toEqual(["wal", 2]);
  await db.close();
});

test("a write waits for another process's lock, and reads go on meanwhile", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path);
  const child = startChild("hold-lock.ts", [`file:${path}`]);
  await child.line("locked");
  const write = writeMeta(db, "mine", "1");
  expect(await readMeta(db, "held")).toBeNull();
  child.proceed();
  await write;
  expect([await readMeta(db, "held"), await readMeta(db, "mine")]).toEqual(["1", "1"]);
  await child.end();
  await db.close();
});

test("a lock that is never given up fails the write, and later writes work again", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path, 50);
  const child = startChild("hold-lock.ts", [`file:${path}`]);
  await child.line("locked");
  expect(await faultOf(writeMeta(db, "mine", "1"))).toBe("busy");
  expect(await faultOf(db.probeWrite())).toBe("busy");
  child.proceed();
  await child.end();
  await writeMeta(db, "mine", "2");
  expect([await readMeta(db, "held"), await readMeta(db, "mine")]).toEqual(["1", "2"]);
  await db.close();
});

test("two processes write the same file at once and nothing is lost", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  const db = await openFile(path, 60_000);
  const child = startChild("write-many.ts", [`file:${path}`, "theirs", "150"]);
  await child.line("ready");
  await Promise.all(Array.from({ length: 150 }, (_, index) => writeMeta(db, `mine${index}`, "x")));
  await child.end();
  expect(await db.read((orm) => orm.$count(meta, eq(meta.value, "x")))).toBe(300);
  await db.close();
});

test("a full database refuses writes as full, serves reads, and recovers when there is room", async () => {
  using directory = temporaryDirectory();
  const db = await openFile(`${directory.path}/a.db`);
  await writeMeta(db, "small", "1");
  await db.statements.execute("PRAGMA max_page_count = 1");
  expect(await faultOf(writeMeta(db, "big", "x".repeat(1_000_000)))).toBe("full");
  expect(await readMeta(db, "small")).toBe("1");
  // The limit was one of the connection, and that was replaced: as if the disk had room again.
  await writeMeta(db, "big", "x".repeat(1_000_000));
  await db.close();
});

// Root may write everything, so it takes another user; CI must have a way to become one.
const user = unprivilegedUser();
test.skipIf(user === null && !process.env.CI)(
  "a read-only file is read, and writes fail as read-only",
  async () => {
    using directory = temporaryDirectory();
    const original = `${directory.path}/a.db`;
    const db = await openFile(original);
    await writeMeta(db, "note", "here");
    // Everything into the one file, as after a backup.
    await db.statements.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    await db.close();
    // A copy: the files beside the original disappear at some time after close().
    const path = `${directory.path}/copy.db`;
    copyFileSync(original, path);
    for (const suffix of ["-wal", "-shm"]) {
      writeFileSync(path + suffix, "");
      chmodSync(path + suffix, 0o666);
    }
    chmodSync(path, 0o444);
    const other = process.getuid?.() === 0 ? (user ?? undefined) : undefined;
    const child = startChild("use-read-only.ts", [`file:${path}`], { user: other });
    expect(await child.end()).toEqual([
      "migrations 0",
      "read here",
      "write read_only",
      "write read_only",
      "read here",
    ]);
  },
);

test("a directory that cannot be made is refused at once", () => {
  using directory = temporaryDirectory();
  writeFileSync(`${directory.path}/file`, "");
  expect(() => openDatabase({ url: `file:${directory.path}/file/a.db` })).toThrow(
    StorageUnavailable,
  );
  expect(() => openDatabase({ url: `file:${directory.path}` })).toThrow(StorageUnavailable);
});

test("a file that is no database is refused as corrupt", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  writeFileSync(
    path,
    "this is not a database, but it is long enough to be read as one".repeat(100),
  );
  const opening = (async () => migrate(openDatabase({ url: `file:${path}` })))();
  expect(await faultOf(opening)).toBe("corrupt");
});

test("a remote database that is down is unreachable, and used again when it is back", async () => {
  const server = startHranaServer();
  const db = openDatabase({ url: server.url });
  await migrate(db);
  server.failWith = 503;
  expect(await faultOf(db.ping())).toBe("unreachable");
  expect(await faultOf(writeMeta(db, "a", "1"))).toBe("unreachable");
  server.failWith = null;
  await writeMeta(db, "a", "1");
  expect(await readMeta(db, "a")).toBe("1");
  await server.stop();
  expect(await faultOf(db.ping())).toBe("unreachable");
  await db.close();
});

test("a write to a remote database is not repeated when its fate is unknown", async () => {
  const server = startHranaServer();
  const db = openDatabase({ url: server.url });
  await migrate(db);
  const before = server.statements.length;
  server.failWith = 502;
  expect(await faultOf(writeMeta(db, "a", "1"))).toBe("unreachable");
  server.failWith = null;
  expect(server.statements.length).toBe(before);
  await db.close();
  await server.stop();
});

test("a wrong token for a remote database is told as such", async () => {
  const server = startHranaServer({ token: "right" });
  const db = openDatabase({ url: server.url, authToken: "wrong" });
  expect(await faultOf(db.ping())).toBe("unauthorized");
  await db.close();
  await server.stop();
});

test("an embedded replica whose remote cannot be reached is unreachable, not a crash", async () => {
  using directory = temporaryDirectory();
  const url = `file:${directory.path}/replica.db`;
  const opening = (async () => {
    const db = openDatabase({ url, syncUrl: "http://127.0.0.1:9" });
    await db.ping();
  })();
  expect(await faultOf(opening)).toBe("unreachable");
});

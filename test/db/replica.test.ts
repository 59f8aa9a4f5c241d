import { describe, expect, setSystemTime, test } from "bun:test";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { StorageUnavailable } from "../../src/db/errors.ts";
import { openInstallation } from "../../src/db/installation.ts";
import { readMeta } from "../../src/db/meta.ts";
import { migrate } from "../../src/db/migrate.ts";
import { meta } from "../../src/db/schema.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import { hasLibsqlServer } from "../support/libsql-server.ts";
import { writeMeta } from "../support/meta.ts";
import { startProcess } from "../support/process.ts";
import { startReplicaWorld, until } from "../support/replica.ts";

const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof StorageUnavailable ? error.fault : String(error)),
  );

function overwriteMiddle(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(7, 3 * 4096, 6 * 4096);
  writeFileSync(path, bytes);
}

/** Resolves when reads are answered by the copy. */
const untilRead = (db: Database): Promise<void> =>
  until(async () => {
    await db.refresh();
    return db.copyStatus()?.isRead === true;
  });

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("a local copy", () => {
  test("sees its own process's writes at once, and reads without a request", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    for (const value of ["1", "2", "3"]) {
      await writeMeta(db, "a", value);
      expect(await readMeta(db, "a")).toBe(value);
    }
    await untilRead(db);
    world.proxy.statements.length = 0;
    for (let i = 0; i < 100; i++) expect(await readMeta(db, "a")).toBe("3");
    expect(world.proxy.statements).toEqual([]);
  });

  test("sees every one of many writes that run at the same time", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    world.proxy.latencyMs = 5;
    const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
    const seen = await Promise.all(
      keys.map(async (key) => {
        await writeMeta(db, key, "1");
        return readMeta(db, key);
      }),
    );
    expect(seen).toEqual(keys.map(() => "1"));
  });

  test("sees what others have written after a refresh, and by itself", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await untilRead(db);
    await writeMeta(world.primary, "a", "1");
    await db.refresh();
    expect(await readMeta(db, "a")).toBe("1");
    await writeMeta(world.primary, "a", "2");
    await until(async () => (await readMeta(db, "a")) === "2");
  });

  test("finds at once what others have made", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await untilRead(db);
    for (const key of ["a", "b", "c"]) {
      expect(await readMeta(db, key)).toBeNull();
      await writeMeta(world.primary, key, "theirs");
      expect(await readMeta(db, key)).toBe("theirs");
    }
    await world.proxy.fail("refuse");
    expect(await faultOf(db.refresh())).toBe("unreachable");
    expect(await readMeta(db, "c")).toBe("theirs");
    // Nobody can tell whether that was made elsewhere.
    expect(await faultOf(readMeta(db, "d"))).toBe("unreachable");
    expect(await readMeta(db, "c")).toBe("theirs");
  });

  test("looks for what is new before it is read again on a machine that was suspended", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await writeMeta(db, "a", "before");
    await untilRead(db);
    try {
      setSystemTime(Date.now() + 60_000);
      await writeMeta(world.primary, "a", "after");
      expect(await readMeta(db, "a")).toBe("after");
    } finally {
      setSystemTime();
    }
  });

  test("looks at the primary's state after a write that it has refused", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await untilRead(db);
    await writeMeta(world.primary, "a", "theirs");
    const insert = db.write((orm) => orm.insert(meta).values({ key: "a", value: "ours" }));
    await expect(insert).rejects.toThrow("UNIQUE");
    expect(await readMeta(db, "a")).toBe("theirs");
  });

  test("leaves the event loop free while the primary keeps it waiting", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await untilRead(db);
    await world.proxy.fail("stall");
    const writing = faultOf(writeMeta(db, "a", "1"));
    const syncing = faultOf(db.refresh());
    let turns = 0;
    while (turns < 50) {
      await Bun.sleep(1);
      turns++;
    }
    expect(turns).toBe(50);
    world.proxy.cut();
    await world.proxy.heal();
    await Promise.all([writing, syncing]);
  });

  test("goes on while the primary is away, says so, and follows again by itself", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await writeMeta(db, "a", "1");
    await untilRead(db);
    await world.proxy.fail("refuse");
    expect(await faultOf(db.refresh())).toBe("unreachable");
    expect(await readMeta(db, "a")).toBe("1");
    expect(db.copyStatus()).toMatchObject({
      problem: "the primary cannot be reached",
      isRead: true,
    });
    expect(db.copyStatus()?.failingSince).toBeNumber();
    expect(await faultOf(writeMeta(db, "a", "2"))).toBe("unreachable");
    expect(await readMeta(db, "a")).toBe("1");
    await world.proxy.heal();
    await writeMeta(world.primary, "a", "3");
    await until(async () => (await readMeta(db, "a")) === "3");
    await until(() => db.copyStatus()?.failingSince === null);
    expect(db.copyStatus()?.problem).toBeNull();
    expect(world.events).toEqual([
      "the local copy does not follow the primary: the primary cannot be reached",
      "the local copy follows the primary again",
    ]);
  });

  test("does not bring back what was before a write, however the sync after it fails", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await writeMeta(db, "a", "1");
    await untilRead(db);
    await world.proxy.fail({ status: 500 }, { only: () => false });
    await writeMeta(db, "a", "2");
    await world.proxy.fail("refuse");
    // The copy has "1": no answer is better than that one.
    expect(await faultOf(readMeta(db, "a"))).toBe("unreachable");
    await world.proxy.heal();
    await until(async () => (await readMeta(db, "a").catch(() => null)) === "2");
  });

  test("is read by one process; a second one on the same file reads at the primary", async () => {
    await using world = await startReplicaWorld();
    const first = world.open();
    await untilRead(first);
    const second = world.open();
    await writeMeta(second, "a", "1");
    expect(await readMeta(second, "a")).toBe("1");
    expect(second.copyStatus()).toMatchObject({
      isRead: false,
      problem: "another process follows into the same file",
    });
    await first.refresh();
    expect(await readMeta(first, "a")).toBe("1");
    await first.close();
    await untilRead(second);
    expect(await readMeta(second, "a")).toBe("1");
  });

  test("is made anew when the primary has been emptied", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await writeMeta(db, "a", "old");
    await untilRead(db);
    await world.server.stop("SIGKILL");
    world.server.empty();
    await world.server.start();
    await migrate(world.primary);
    await writeMeta(world.primary, "b", "new");
    await untilRead(db);
    expect([await readMeta(db, "a"), await readMeta(db, "b")]).toEqual([null, "new"]);
    expect(world.events).toContain(
      "the local copy is made anew: the primary has another history than before",
    );
  });

  test("is made anew when the primary was restored from a backup", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await writeMeta(world.primary, "a", "kept");
    await world.server.stop();
    const restore = world.server.backUp();
    await world.server.start();
    await writeMeta(db, "a", "lost");
    await untilRead(db);
    await world.server.stop();
    restore();
    await world.server.start();
    await until(async () => (await readMeta(db, "a").catch(() => null)) === "kept");
    await untilRead(db);
    expect(await readMeta(db, "a")).toBe("kept");
  });

  const damages: [string, damage: (path: string) => void][] = [
    ["overwritten", (path) => writeFileSync(path, Buffer.alloc(100_000, 7))],
    ["overwritten in the middle", (path) => overwriteMiddle(path)],
    ["empty", (path) => truncateSync(path)],
    ["missing", (path) => rmSync(path)],
    ["without a note of how far it is", (path) => truncateSync(`${path}-client_wal_index`)],
    ["of another database", (path) => writeFileSync(`${path}-copy-of`, "another")],
  ];
  test("that is damaged when the process starts is made anew", async () => {
    await using world = await startReplicaWorld();
    const renewals: [string, number | undefined][] = [];
    for (const [name, damage] of damages) {
      const before = world.open(name);
      await writeMeta(before, "a", name);
      await untilRead(before);
      await before.close();
      damage(world.pathOf(name));
      const db = world.open(name);
      await untilRead(db);
      expect(await readMeta(db, "a")).toBe(name);
      renewals.push([name, db.copyStatus()?.renewals]);
      await db.close();
    }
    expect(renewals).toEqual(damages.map(([name]) => [name, 1]));
  });

  test("that is deleted while it is in use is made anew", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await writeMeta(db, "a", "1");
    await untilRead(db);
    rmSync(world.pathOf("copy"));
    await writeMeta(world.primary, "a", "2");
    await until(async () => (await readMeta(db, "a")) === "2" && db.copyStatus()?.renewals === 1);
    await untilRead(db);
    expect(existsSync(world.pathOf("copy"))).toBe(true);
  });

  test("puts a file that is no copy aside, and keeps it", async () => {
    await using world = await startReplicaWorld();
    writeFileSync(world.pathOf("copy"), "somebody's notes");
    const db = world.open();
    await untilRead(db);
    const aside = readdirSync(world.directory.path).find((name) =>
      name.startsWith("copy.db.aside-"),
    );
    expect(readFileSync(`${world.directory.path}/${aside}`, "utf8")).toBe("somebody's notes");
  });

  test("takes a large database without a complaint", async () => {
    await using world = await startReplicaWorld();
    const warnings: string[] = [];
    const warn = (warning: Error): number => warnings.push(warning.message);
    process.on("warning", warn);
    for (let i = 0; i < 12; i++) await writeMeta(world.primary, `large ${i}`, "x".repeat(900_000));
    const db = world.open();
    await untilRead(db);
    expect((await readMeta(db, "large 11"))?.length).toBe(900_000);
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });

  test("does not take the place of a database that was in use by itself", async () => {
    await using world = await startReplicaWorld();
    const url = `file:${world.pathOf("own")}`;
    const { db } = await openInstallation({ url });
    await writeMeta(db, "a", "1");
    await db.close();
    const opening = openInstallation({ url, syncUrl: world.proxy.url });
    await expect(opening).rejects.toThrow("is no copy of DATABASE_SYNC_URL");
    const again = await openInstallation({ url });
    expect(await readMeta(again.db, "a")).toBe("1");
    await again.db.close();
  });

  test("starts from an earlier copy while the primary is away, but not from nothing", async () => {
    await using world = await startReplicaWorld();
    const before = world.open();
    await writeMeta(before, "a", "1");
    await untilRead(before);
    await before.close();
    await world.proxy.fail("refuse");
    const db = world.open();
    expect(await readMeta(db, "a")).toBe("1");
    expect(await faultOf(readMeta(world.open("another"), "a"))).toBe("unreachable");
    await world.proxy.heal();
    await writeMeta(world.primary, "a", "2");
    await until(async () => (await readMeta(db, "a")) === "2");
  });

  test("refuses to follow with a wrong token, and says so", async () => {
    await using world = await startReplicaWorld();
    const db = world.open();
    await untilRead(db);
    await world.proxy.fail({ status: 401 });
    expect(await faultOf(db.refresh())).toBe("unauthorized");
    expect(db.copyStatus()?.problem).toBe("the primary refuses DATABASE_AUTH_TOKEN");
  });

  test("runs the migrations at the primary", async () => {
    await using world = await startReplicaWorld();
    await world.server.stop("SIGKILL");
    world.server.empty();
    await world.server.start();
    const options = { url: `file:${world.pathOf("copy")}`, syncUrl: world.proxy.url };
    const { db, migrated } = await openInstallation(options);
    expect(migrated.isNew).toBe(true);
    const tables = await world.primary.statements.execute("SELECT name FROM sqlite_master");
    expect(tables.rows.map(({ name }) => name)).toContain("sessions");
    await db.close();
    const again = await openInstallation(options);
    expect(again.migrated).toMatchObject({ applied: [], isNew: false });
    await again.db.close();
  });
});

test("a local copy follows in libSQL's newer protocol, over restarts and kills", async () => {
  using directory = temporaryDirectory();
  const server = startHranaServer({ file: `${directory.path}/primary.db` });
  const url = `file:${directory.path}/copy.db`;
  const open = () => openDatabase({ url, syncUrl: server.url });
  await migrate(openDatabase({ url: server.url }));
  let received = 0;
  for (const value of ["1", "2", "3"]) {
    const db = open();
    await writeMeta(db, "a", value);
    expect(await readMeta(db, "a")).toBe(value);
    await untilRead(db);
    expect(db.copyStatus()?.renewals).toBe(0);
    // Later on only what is new travels.
    if (received > 0) expect(db.copyStatus()?.received).toBeLessThan(received / 4);
    received ||= db.copyStatus()?.received ?? 0;
    await db.close();
  }
  const child = join(import.meta.dir, "children", "follow.ts");
  const counting = startProcess([child, url, server.url], {});
  await counting.printed(/counted 3;/);
  counting.kill("SIGKILL");
  await counting.ended();
  const db = open();
  expect(Number(await readMeta(db, "number"))).toBeGreaterThanOrEqual(3);
  await untilRead(db);
  expect(db.copyStatus()?.renewals).toBe(0);
  await db.close();
  await server.stop();
});

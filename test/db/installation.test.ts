import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { openInstallation } from "../../src/db/installation.ts";
import { readMeta } from "../../src/db/meta.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { writeMeta } from "../support/meta.ts";

/** Opens the database of a directory, writes or reads its note, and closes it. */
async function start(directory: string): Promise<string | null> {
  const { db } = await openInstallation({ url: `file:${directory}/a.db` });
  const note = await readMeta(db, "note");
  if (note === null) await writeMeta(db, "note", "stored");
  await db.close();
  return note;
}

const losses: [what: string, lose: (path: string) => void][] = [
  ["is missing", (path) => rmSync(path)],
  ["is missing with its log, as after rm a.db*", (path) => rmAll(path)],
  ["was emptied", (path) => truncateSync(path, 0)],
  [
    "holds no tables",
    (path) => {
      rmAll(path);
      // One empty page: a database, but nobody's.
      writeFileSync(path, emptyDatabase());
    },
  ],
];

function rmAll(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

function emptyDatabase(): Uint8Array {
  const database = new Database(":memory:");
  database.run("PRAGMA user_version = 1");
  database.run("CREATE TABLE t (a)");
  database.run("DROP TABLE t");
  return database.serialize();
}

for (const [what, lose] of losses)
  test(`a database that ${what} is not made anew where one was`, async () => {
    using directory = temporaryDirectory();
    expect(await start(directory.path)).toBeNull();
    expect(await start(directory.path)).toBe("stored");
    lose(`${directory.path}/a.db`);
    const refused = start(directory.path);
    await expect(refused).rejects.toThrow(/a\.db (?:is missing|holds nothing).*delete \S+\.mark/);
    await expect(start(directory.path)).rejects.toThrow("put it back from a backup");

    // The way on that the message names.
    rmSync(`${directory.path}/.a.db.mark`);
    expect(await start(directory.path)).toBeNull();
    expect(await start(directory.path)).toBe("stored");
  });

test("a backup is taken, another database is not", async () => {
  using directory = temporaryDirectory();
  using elsewhere = temporaryDirectory();
  const path = `${directory.path}/a.db`;
  await start(directory.path);
  await start(elsewhere.path);
  copyFileSync(path, `${directory.path}/backup.db`);
  rmSync(path);
  renameSync(`${directory.path}/backup.db`, path);
  expect(await start(directory.path)).toBe("stored");
  rmAll(path);
  copyFileSync(`${elsewhere.path}/a.db`, path);
  await expect(start(directory.path)).rejects.toThrow("is not the one that was there");
});

test("a database without a mark gets one, and so does one whose mark was cut off", async () => {
  using directory = temporaryDirectory();
  const mark = `${directory.path}/.a.db.mark`;
  await start(directory.path);
  const written = await Bun.file(mark).text();
  expect(written).toMatch(/^[0-9a-f]{32}\n/);
  for (const text of [null, ""]) {
    if (text === null) rmSync(mark);
    else writeFileSync(mark, text);
    expect(await start(directory.path)).toBe("stored");
    expect(await Bun.file(mark).text()).toBe(written);
  }
});

test("several processes that start at once on a new directory agree", async () => {
  using directory = temporaryDirectory();
  const opened = await Promise.all(
    Array.from({ length: 4 }, () => openInstallation({ url: `file:${directory.path}/x/a.db` })),
  );
  const ids = await Promise.all(opened.map(({ db }) => readMeta(db, "database_id")));
  expect(new Set(ids).size).toBe(1);
  for (const { db } of opened) await db.close();
  expect(readdirSync(`${directory.path}/x`)).toContain(".a.db.mark");
});

test("databases that are no files of ours have no mark", async () => {
  const { db } = await openInstallation({ url: ":memory:" });
  await db.ping();
  await db.close();
});

test("a directory in which no mark can be written does not stop the start", async () => {
  using directory = temporaryDirectory();
  await start(directory.path);
  rmSync(`${directory.path}/.a.db.mark`);
  // Also where the test is root, whom no mode keeps out.
  mkdirSync(`${directory.path}/.a.db.mark`);
  expect(await start(directory.path)).toBe("stored");
});

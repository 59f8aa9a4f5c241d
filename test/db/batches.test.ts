import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { repeatInBatches, writeInBatches } from "../../src/db/batches.ts";
import type { Database } from "../../src/db/connection.ts";
import { readMeta } from "../../src/db/meta.ts";
import { meta } from "../../src/db/schema.ts";
import { writeMeta } from "../support/meta.ts";
import { allStorages, openMemory } from "../support/storage.ts";

/** Counts the turns that the event loop gets while the work is done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const count = () => {
    turns++;
    if (!done) setTimeout(count, 0);
  };
  setTimeout(count, 0);
  await work();
  done = true;
  return turns;
}

/** The database, with a list of how many writes were waited for at once. */
function counted(db: Database): { db: Database; writes: () => number } {
  let writes = 0;
  const write: Database["write"] = (work) => {
    writes++;
    return db.write(work);
  };
  return { db: { ...db, write }, writes: () => writes };
}

for (const [name, open] of allStorages) {
  test(`${name}: all items are written, in far fewer transactions, and each is told`, async () => {
    await using storage = await open();
    const { db, writes } = counted(storage.db);
    const told = new Map<number, number | null>();
    await writeInBatches(
      db,
      Array.from({ length: 300 }, (_, index) => index),
      {
        statement: (index) =>
          index === 7 ? null : db.drizzle.insert(meta).values({ key: `k${index}`, value: "x" }),
        written: (index, rows) => void told.set(index, rows),
      },
    );
    expect(told.size).toBe(299);
    expect(new Set(told.values())).toEqual(new Set([1]));
    expect(await db.read((orm) => orm.$count(meta, sql`key LIKE 'k%'`))).toBe(299);
    expect(writes()).toBeLessThan(100);
  });

  test(`${name}: a taken value and a row that is gone cost the others nothing`, async () => {
    await using storage = await open();
    const { db } = storage;
    await writeMeta(db, "k3", "theirs");
    const told: (number | null)[] = [];
    await writeInBatches(db, [0, 1, 2, 3, 4, 5], {
      statement: (index) =>
        index === 5
          ? db.drizzle.delete(meta).where(sql`key = 'none'`)
          : db.drizzle.insert(meta).values({ key: `k${index}`, value: "mine" }),
      written: (_, rows) => void told.push(rows),
    });
    expect(told).toEqual([1, 1, 1, null, 1, 0]);
    expect([await readMeta(db, "k3"), await readMeta(db, "k4")]).toEqual(["theirs", "mine"]);
  });

  test(`${name}: a statement is repeated until it finds nothing`, async () => {
    await using storage = await open();
    const { db } = storage;
    const insert = (index: number) =>
      db.drizzle.insert(meta).values({ key: `k${index}`, value: "x" });
    await writeInBatches(db, Array(250).keys(), { statement: insert });
    const some = (limit: number) => sql`DELETE FROM meta WHERE key IN
      (SELECT key FROM meta WHERE key LIKE 'k%' LIMIT ${limit})`;
    expect(await repeatInBatches(db, some)).toBe(250);
    expect(await repeatInBatches(db, some)).toBe(0);
  });
}

test("others get their turns while many rows are written, in batches or one by one", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const rows = Array.from({ length: 2_000 }, (_, index) => index);
  const batches = await turnsDuring(() =>
    writeInBatches(db, rows, {
      statement: (index) => db.drizzle.insert(meta).values({ key: `a${index}`, value: "x" }),
    }),
  );
  expect(batches).toBeGreaterThan(3);
  // Nothing is awaited here but the database, which alone would never let a timer run.
  const oneByOne = await turnsDuring(async () => {
    for (const index of rows) await writeMeta(db, `b${index}`, "x");
  });
  expect(oneByOne).toBeGreaterThan(3);
});

test("it ends between two batches when it is told to", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const ending = new AbortController();
  let told = 0;
  await writeInBatches(db, Array(5_000).keys(), {
    signal: ending.signal,
    statement: (index) => db.drizzle.insert(meta).values({ key: `k${index}`, value: "x" }),
    written() {
      told++;
      ending.abort();
    },
  });
  expect(told).toBeLessThan(5_000);
  expect(await db.read((orm) => orm.$count(meta, sql`key LIKE 'k%'`))).toBe(told);
});

test("a failing batch ends the work, and what was told is there", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  let told = 0;
  const writing = writeInBatches(db, Array(200).keys(), {
    statement(index) {
      if (index === 100) throw new Error("cannot be sealed");
      return db.drizzle.insert(meta).values({ key: `k${index}`, value: "x" });
    },
    written: () => void told++,
  });
  await expect(writing).rejects.toThrow("cannot be sealed");
  expect(await db.read((orm) => orm.$count(meta, sql`key LIKE 'k%'`))).toBe(told);
});

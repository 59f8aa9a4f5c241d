import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import type { Database } from "../../src/db/connection.ts";
import { SeenElsewhere } from "../../src/db/seen-elsewhere.ts";
import { openMemory } from "../support/storage.ts";

/** Waits whose sleeps the test ends, and who is registered. */
async function setUp() {
  const storage = await openMemory();
  const { db } = storage;
  const sleeps: { milliseconds: number; end(): void }[] = [];
  let asks = 0;
  const counted: Pick<Database, "read" | "refresh"> = {
    read(work) {
      asks++;
      return db.read(work);
    },
    refresh: db.refresh,
  };
  const own = { id: "own", tell: async () => {} };
  let isMachine = true;
  const elsewhere = new SeenElsewhere(counted, {
    machine: () => (isMachine ? own : null),
    sleep: (milliseconds) =>
      new Promise((end) => {
        sleeps.push({ milliseconds, end });
      }),
  });
  return {
    db,
    elsewhere,
    asks: () => asks,
    /** Ends the next sleep, and resolves with its length. */
    async sleepOver(): Promise<number> {
      while (sleeps.length === 0) await Bun.sleep(1);
      const sleep = sleeps.shift();
      sleep?.end();
      return sleep?.milliseconds ?? 0;
    },
    becomeCli() {
      isMachine = false;
    },
    register: (id: string, seen: number, leaseMs = 10_000) =>
      db.write((orm) =>
        orm.run(sql`INSERT INTO machines (id, machine, host, pid, lease_until, started_at, seen)
          VALUES (${id}, ${id}, 'h', 1, unixepoch('subsec') * 1000 + ${leaseMs}, 0, ${seen})`),
      ),
    told: (id: string, seen: number) =>
      db.write((orm) => orm.run(sql`UPDATE machines SET seen = ${seen} WHERE id = ${id}`)),
    change: () =>
      db.write((orm) =>
        orm.run(sql`INSERT INTO changes (kind, at) VALUES ('upstream.switched', 0)`),
      ),
    end: (id: string) =>
      db.write((orm) => orm.run(sql`UPDATE machines SET ended_at = 1 WHERE id = ${id}`)),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}

/** Whether a promise is still waited for when everything else has had its turn. */
async function isPending(promise: Promise<void>): Promise<boolean> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  await Bun.sleep(5);
  return !isDone;
}

test("a change is seen when each other machine has told so", async () => {
  await using all = await setUp();
  await all.register("own", 0);
  await all.register("one", 1);
  await all.register("two", 1);
  await all.change();
  const waiting = all.elsewhere.wait();
  await all.sleepOver();
  await all.told("one", 2);
  await all.sleepOver();
  expect(await isPending(waiting)).toBe(true);
  await all.told("two", 5);
  await all.sleepOver();
  await waiting;
});

test("machines that have ended, or whose lease is over, are not waited for", async () => {
  await using all = await setUp();
  await all.register("cut off", 0, 50);
  await all.register("ended", 0);
  const waiting = all.elsewhere.wait();
  await all.sleepOver();
  await all.end("ended");
  await Bun.sleep(60);
  await all.sleepOver();
  await waiting;
});

test("a machine without others waits for nobody", async () => {
  await using all = await setUp();
  await all.register("own", 0);
  await all.change();
  await all.elsewhere.wait();
  expect(all.asks()).toBe(1);
});

test("what has not told within the life of a lease is not waited for any longer", async () => {
  await using all = await setUp();
  await all.register("silent", 0);
  const waiting = all.elsewhere.wait();
  let slept = 0;
  while (await Promise.race([waiting.then(() => false), isPending(waiting)]))
    slept += await all.sleepOver();
  expect(slept).toBeGreaterThan(14_000);
  expect(slept).toBeLessThan(17_000);
});

test("processes without leases tell nothing: what they see by themselves is waited for", async () => {
  await using all = await setUp();
  all.becomeCli();
  await all.change();
  const waiting = all.elsewhere.wait();
  expect(await all.sleepOver()).toBe(2_000);
  await waiting;
  expect(all.asks()).toBe(1);
  // The CLI hears machines, too.
  await all.register("one", 2);
  await all.elsewhere.wait();
  expect(all.asks()).toBe(2);
});

test("a thousand who wait share the questions; who comes later asks anew", async () => {
  await using all = await setUp();
  await all.register("one", 1);
  await all.change();
  const first = Promise.all(Array.from({ length: 1_000 }, () => all.elsewhere.wait()));
  // The first question is that of the first who came, the second that of all.
  await all.sleepOver();
  while (all.asks() < 2) await Bun.sleep(1);
  await Bun.sleep(20);
  await all.change();
  const late = all.elsewhere.wait();
  await all.told("one", 2);
  await all.sleepOver();
  await first;
  expect(await isPending(late)).toBe(true);
  await all.told("one", 3);
  await all.sleepOver();
  await late;
  expect(all.asks()).toBeLessThan(6);
});

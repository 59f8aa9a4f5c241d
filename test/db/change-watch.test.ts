import { expect, test } from "bun:test";
import { createChangeWatch } from "../../src/db/change-watch.ts";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { migrate } from "../../src/db/migrate.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import { writeMeta } from "../support/meta.ts";
import { openMemory } from "../support/storage.ts";

test("a file's watch moves for another connection's writes, and not for one's own", async () => {
  using directory = temporaryDirectory();
  const url = `file:${directory.path}/gramway.db`;
  const own = openDatabase({ url });
  await migrate(own);
  const other = openDatabase({ url });
  let time = 0;
  const watch = createChangeWatch(own, { monotonicNow: () => time, intervalMs: 5000 });
  const first = await watch.epoch();
  await own.probeWrite();
  time += 5000;
  expect(await watch.epoch()).toBe(first);

  // Not another probe: in the same millisecond it would write what stands there already.
  await writeMeta(other, "note", "theirs");
  // Not before the interval is over: until then the last look is trusted, and given at once.
  expect(watch.epoch()).toBe(first);
  time += 5000;
  expect(await watch.epoch()).toBeGreaterThan(first);
  expect(watch.epoch()).toBe(watch.latest);
  await own.close();
  await other.close();
});

test("looks at a file that come together are one, and one that fails is tried again", async () => {
  await using storage = await openMemory();
  let looks = 0;
  let fails = true;
  const watch = createChangeWatch({
    ...storage.db,
    kind: "file",
    dataVersion: async () => {
      looks++;
      if (fails) throw new Error("away");
      return "1";
    },
  });
  await expect(watch.epoch()).rejects.toThrow("away");
  fails = false;
  expect(await Promise.all([watch.epoch(), watch.epoch(), watch.epoch()])).toEqual([1, 1, 1]);
  expect(looks).toBe(2);
});

/** A remote database with a clock that a test sets, and the number of queries so far. */
async function setUp({ intervalMs }: { intervalMs?: number } = {}) {
  const server = startHranaServer();
  const remote = openDatabase({ url: server.url });
  await migrate(remote);
  const clock = { time: 0, wall: 1_000_000 };
  let queries = 0;
  let isAway = false;
  const held: (() => void)[] = [];
  let isHeld = false;
  const read: Database["read"] = async (work) => {
    queries++;
    if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
    if (isAway) throw new Error("away");
    return remote.read(work);
  };
  const failures: unknown[] = [];
  const watch = createChangeWatch(
    { ...remote, read },
    {
      now: () => clock.wall,
      monotonicNow: () => clock.time,
      onFailed: (error) => failures.push(error),
      ...(intervalMs === undefined ? {} : { intervalMs }),
    },
  );
  return {
    watch,
    remote,
    clock,
    failures,
    queries: () => queries,
    pass(milliseconds: number) {
      clock.time += milliseconds;
      clock.wall += milliseconds;
    },
    goAway(away: boolean) {
      isAway = away;
    },
    hold(hold: boolean) {
      isHeld = hold;
      if (!hold) for (const release of held.splice(0)) release();
    },
    async [Symbol.asyncDispose]() {
      watch.close();
      await remote.close();
      await server.stop();
    },
  };
}

test("a remote database's watch stays as it is whatever others write, and asks nothing between looks", async () => {
  await using all = await setUp();
  const { watch, remote, queries } = all;
  const first = await watch.epoch();
  const before = queries();
  await writeMeta(remote, "note", "theirs");
  for (let request = 0; request < 1_000; request++) expect(watch.epoch()).toBe(first);
  expect(queries()).toBe(before);
  await watch.look();
  expect(queries()).toBe(before + 1);
  expect(watch.latest).toBe(first);
});

test("the number moves where changes may have been missed: then everything is looked at again", async () => {
  await using all = await setUp();
  const { watch, remote } = all;
  const first = await watch.epoch();
  await remote.statements.execute("INSERT INTO changes (kind, at) VALUES ('key.created', 1)");
  await remote.statements.execute("DELETE FROM changes WHERE at <> 1");
  await watch.look();
  expect(watch.latest).toBe(first + 1);
  await watch.look();
  expect(watch.latest).toBe(first + 1);
});

test("the first request of a process that has slept looks first; those that come together share the look", async () => {
  await using all = await setUp();
  const { watch, clock, queries } = all;
  const first = await watch.epoch();
  const before = queries();
  all.pass(60_000);
  const woken = [watch.epoch(), watch.epoch()];
  expect(woken[0]).toBeInstanceOf(Promise);
  expect(await Promise.all(woken)).toEqual([first, first]);
  expect(queries()).toBe(before + 1);
  expect(watch.epoch()).toBe(first);
  // A suspended machine: its clock that is never set has stood still.
  clock.wall += 60_000;
  expect(watch.epoch()).toBeInstanceOf(Promise);
});

test("a running service looks by itself, and trusts what it knows while the database is away", async () => {
  await using all = await setUp({ intervalMs: 10 });
  const { watch, queries, failures } = all;
  await watch.start();
  const begun = queries();
  while (queries() < begun + 2) await Bun.sleep(5);
  all.goAway(true);
  while (failures.length === 0) await Bun.sleep(5);
  await expect(watch.look()).rejects.toThrow("away");
  // One message for an outage, and a number at once for each request.
  expect(failures).toHaveLength(1);
  expect(watch.epoch()).toBe(watch.latest);
  // So it is after a sleep, too, once a look has failed.
  all.pass(60_000);
  expect(await watch.epoch()).toBe(watch.latest);
  all.goAway(false);
  await watch.look();
  all.goAway(true);
  while (failures.length < 2) await Bun.sleep(5);
  watch.close();
  const ended = queries();
  await Bun.sleep(50);
  expect(queries()).toBe(ended);
});

test("a database that does not answer keeps the first request after a sleep only for a while", async () => {
  await using all = await setUp();
  const { watch } = all;
  const first = await watch.epoch();
  all.hold(true);
  all.pass(60_000);
  expect(await watch.epoch()).toBe(first);
  expect(watch.epoch()).toBe(first);
  all.hold(false);
});

test("without any look nothing is trusted: the first one's failure is told", async () => {
  await using all = await setUp();
  all.goAway(true);
  await expect(all.watch.epoch()).rejects.toThrow("away");
  all.goAway(false);
  expect(await all.watch.epoch()).toBe(1);
});

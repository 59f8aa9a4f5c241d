import { expect, test } from "bun:test";
import { createChangeWatch } from "../../src/db/change-watch.ts";
import { openDatabase } from "../../src/db/connection.ts";
import { migrate } from "../../src/db/migrate.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import { writeMeta } from "../support/meta.ts";

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

test("looks that come together are one", async () => {
  let looks = 0;
  const watch = createChangeWatch({
    kind: "file",
    dataVersion: async () => {
      looks++;
      return "1";
    },
  });
  await Promise.all([watch.epoch(), watch.epoch(), watch.epoch()]);
  expect(looks).toBe(1);
});

test("a remote database may have changed at every look, and one that fails is tried again", async () => {
  const server = startHranaServer({ token: "t0ken" });
  const db = openDatabase({ url: server.url, authToken: "t0ken" });
  await migrate(db);
  let time = 0;
  const watch = createChangeWatch(db, { monotonicNow: () => time, intervalMs: 5000 });
  const first = await watch.epoch();
  time += 5000;
  expect(await watch.epoch()).toBeGreaterThan(first);
  await db.close();
  await server.stop();

  let fails = true;
  const shaky = createChangeWatch({
    kind: "file",
    dataVersion: async () => {
      if (fails) throw new Error("away");
      return "7";
    },
  });
  await expect(shaky.epoch()).rejects.toThrow("away");
  fails = false;
  expect(await shaky.epoch()).toBe(1);
});

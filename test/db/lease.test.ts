import { expect, test } from "bun:test";
import { openDatabase } from "../../src/db/connection.ts";
import { Lease } from "../../src/db/lease.ts";

test("a process elsewhere is alive by a sign that can be recent, whatever its clock says", async () => {
  const now = Date.UTC(2026, 0, 1);
  const lease = new Lease(openDatabase({ url: ":memory:" }), () => now);
  const isAlive = (leftMs: number): boolean =>
    lease.isAlive({ id: "other", host: "another-host", pid: 1, leaseUntil: now + leftMs });
  expect(isAlive(10_000)).toBe(true);
  expect(isAlive(-1)).toBe(false);
  // A clock that is an hour fast must not keep what a dead process has left for an hour.
  expect(isAlive(60 * 60_000)).toBe(false);
});

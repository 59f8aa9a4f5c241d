import { afterAll, describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { createExpiry } from "../../src/db/expiry.ts";
import { dayOf, Usage } from "../../src/usage/usage.ts";
import {
  createUsageReport,
  type UsageGroup,
  type UsageLine,
  usageRetention,
} from "../../src/usage/usage-report.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";
import { allStorages, openMemory } from "../support/storage.ts";

const DAY = 86_400_000;
let time = Date.UTC(2026, 0, 10, 23, 59);
const service = await createTestService({ now: () => time });
afterAll(() => service.close());

const { tenantId, testKey } = service;
const session = await service.login();
const usageOf = async (query: Record<string, string> = {}, key = testKey) =>
  (await service.request("GET", "/usage", { key, query })).body;
const user = (options = {}) =>
  service.request("GET", "/user", {
    key: testKey,
    session,
    query: { username: "instagram" },
    ...options,
  });

describe("usage", () => {
  test("counts requests, errors, upstream calls and bytes by operation", async () => {
    const answers = [
      await user(),
      await user(),
      await user({ session: null }),
      await user({ query: {} }),
    ];
    const form = { text: "a".repeat(500), user_ids: "25025320" };
    await service.request("POST", "/direct/message", { key: testKey, session, form });
    const { items } = await usageOf({ group: "operation" });
    const lines = Object.fromEntries(items.map((item: any) => [item.operation, item]));
    expect(lines.getUser).toMatchObject({
      day: null,
      key_id: null,
      calls: 4,
      errors: 2,
      failures: 0,
    });
    expect(lines.getUser.upstream_calls).toBe(2);
    expect(lines.getUser.bytes_out).toBe(
      answers.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
    );
    expect(lines.postDirectMessage.bytes_in).toBeGreaterThan(500);
    expect(lines.postAuthLogin.calls).toBe(1);
  });

  test("counts each day apart, in UTC", async () => {
    time = Date.UTC(2026, 0, 11, 0, 1);
    await user();
    const { items } = await usageOf({ group: "day", operation: "getUser" });
    expect(items.map(({ day, calls }: any) => [day, calls])).toEqual([
      ["2026-01-10", 4],
      ["2026-01-11", 1],
    ]);
    const later = await usageOf({ from: "2026-01-11", to: "2026-01-11", operation: "getUser" });
    expect(later.items).toHaveLength(1);
  });

  test("adds up what is not told apart, a page at a time", async () => {
    const total = (await usageOf({ group: "none", to: "2026-01-10" })).items;
    expect(total).toHaveLength(1);
    const seen: any[] = [];
    for (let cursor = ""; ; ) {
      const query = { group: "operation", to: "2026-01-10", limit: "2", cursor };
      const { items, next_cursor } = await usageOf(query);
      seen.push(...items);
      if (next_cursor === "") break;
      cursor = next_cursor;
    }
    expect(seen.reduce((sum, { calls }) => sum + calls, 0)).toBe(total[0].calls);
  });

  test("is a tenant's own, and of the mode of its key", async () => {
    const other = await service.createTenant("Other");
    const { key, id } = await service.createKey(other);
    await service.request("GET", "/media/pk", { key, query: { media_id: "1_2" } });
    const { items } = await usageOf({ group: "key,operation" }, key);
    expect(items.every(({ key_id }: any) => key_id === id)).toBe(true);
    expect(JSON.stringify(await usageOf({ group: "key" }))).not.toContain(id);
    const live = await usageOf({ group: "key" }, service.liveKey);
    expect(live.items.map(({ calls }: any) => calls)).not.toContain(4);
    const all = await service.admin("GET", "/admin/usage?group=tenant");
    expect(all.body.items.map(({ tenant_id }: any) => tenant_id).sort()).toEqual(
      [other, tenantId].sort(),
    );
    await service.admin("DELETE", `/admin/tenants/${other}`);
    await service.service.stores.tenants.purge();
    const left = await service.admin("GET", `/admin/usage?group=tenant&tenant_id=${other}`);
    expect(left.body.items).toEqual([]);
    expectProblem(await service.request("GET", "/admin/usage", { key: testKey }), "ScopeRequired");
  });

  test("refuses bad fields by name", async () => {
    for (const [field, value] of Object.entries({
      from: "2026-02-30",
      to: "today",
      group: "day,weekday",
      key_id: "x",
      cursor: "-1",
      limit: "0",
    })) {
      const answer = await service.request("GET", "/usage", {
        key: testKey,
        query: { [field]: value },
      });
      expectProblem(answer, "ValidationError");
      expect(faultyFields(answer), field).toEqual([field]);
    }
    const long = { from: "2025-01-01", to: "2026-01-01" };
    const answer = await service.request("GET", "/usage", { key: testKey, query: long });
    expectProblem(answer, "ValidationError");
  });
});

describe("counters", () => {
  const key = { tenantId: "", keyId: "K", mode: "test" } as const;
  const one = { status: 200, upstreamCalls: 1, bytesIn: 2, bytesOut: 3 };

  for (const [where, open] of allStorages)
    test(`of two processes are added, and none is lost when writing fails (${where})`, async () => {
      await using storage = await open();
      const { createTenantStore } = await import("../../src/tenants/tenants.ts");
      const { id } = await createTenantStore(storage.db).create({ name: "t" });
      const own = { ...key, tenantId: id };
      let isBroken = false;
      const write: typeof storage.db.write = (work) =>
        isBroken ? Promise.reject(new Error("full")) : storage.db.write(work);
      const options = { now: () => time, onFailed: () => {} };
      const first = new Usage({ ...storage.db, write }, options);
      const second = new Usage(storage.db, options);
      for (let count = 0; count < 10; count++) {
        first.note(own, "getUser", one);
        second.note(own, "getUser", { ...one, status: 404 });
        isBroken = count % 2 === 0;
        await first.flush().catch(() => {});
        await second.flush();
      }
      await first.close();
      const { lines } = await createUsageReport(
        storage.db,
        () => time,
      )({
        tenantId: id,
        groups: [],
        limit: 10,
      });
      expect(lines).toMatchObject([
        { calls: 20, errors: 10, failures: 0, upstream_calls: 20, bytes_in: 40, bytes_out: 60 },
      ]);
    });

  test("of too many operations share one, and nothing is kept for tenants that are gone", async () => {
    await using storage = await openMemory();
    const usage = new Usage(storage.db, { now: () => time, onFailed: () => {} });
    for (let count = 0; count < 30_000; count++) usage.note(key, `operation ${count}`, one);
    expect(usage.counters).toBeLessThanOrEqual(20_001);
    await usage.close();
    const report = createUsageReport(storage.db, () => time);
    expect(
      (await report({ tenantId: null, groups: [], limit: 1 })).lines.map(({ calls }) => calls),
    ).not.toContain(30_000);
  });

  test("are added up in pieces, so that others get their turns, to the same pages", async () => {
    await using storage = await openMemory();
    const { db } = storage;
    // Of two tenants: 40 days, 2 keys each, 200 operations.
    await db.write((orm) =>
      orm.run(sql`INSERT INTO usage (day, tenant_id, key_id, mode, operation, calls, refused, failed,
          upstream_calls, bytes_in, bytes_out)
        SELECT ${dayOf(time)} - days.value, 'T' || (keys.value % 2), 'K' || keys.value, 'live',
          'op' || operations.value, 1 + days.value + operations.value, 1, 1, 2, 3, 4
        FROM generate_series(0, 39) AS days, generate_series(1, 4) AS keys,
          generate_series(100, 299) AS operations`),
    );
    const report = createUsageReport(db, () => time);
    for (const tenantId of [null, "T1"])
      for (const groups of [
        [],
        ["day"],
        ["operation"],
        ["day", "key", "operation"],
        ["key", "operation"],
      ] as UsageGroup[][]) {
        const names = groups.map(
          (group) => ({ day: "day", key: "key_id" })[group as "key"] ?? group,
        );
        const of = tenantId === null ? sql`1` : sql`tenant_id = ${tenantId}`;
        const by = groups.length === 0 ? sql`NULL` : sql.raw(names.join(", "));
        const expected = await db.read((orm) =>
          orm.all<{ calls: number; bytes_out: number }>(sql`SELECT sum(calls) AS calls,
              sum(bytes_out) AS bytes_out FROM usage WHERE ${of} AND day > ${dayOf(time) - 30}
            GROUP BY ${by} ORDER BY ${by}`),
        );
        const limit = groups.length < 3 ? 37 : 5_000;
        const lines: UsageLine[] = [];
        for (let cursor: string | undefined; ; ) {
          const page = await report({ tenantId, groups, limit, ...(cursor ? { cursor } : {}) });
          lines.push(...page.lines);
          if (page.nextCursor === null) break;
          cursor = page.nextCursor;
        }
        expect(lines.map(({ calls, bytes_out }) => ({ calls, bytes_out }))).toEqual(expected);
      }

    let turns = 0;
    let isOver = false;
    const others = (async () => {
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        turns++;
      }
    })();
    // Also where nothing matches.
    await report({ tenantId: null, groups: ["operation"], operation: "none", limit: 50 });
    isOver = true;
    await others;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  test("of days that are over are removed", async () => {
    const { db } = service.service.stores;
    time += 100 * DAY;
    const expiry = createExpiry(db, usageRetention(100), { now: () => time, onFailed: () => {} });
    await expiry.sweep();
    const report = createUsageReport(db, () => time);
    const from = "2026-01-10";
    const { lines } = await report({
      tenantId,
      groups: ["day"],
      from,
      to: "2026-01-20",
      limit: 10,
    });
    expect(lines.map(({ day }) => day)).toEqual(["2026-01-11"]);
    await expiry.close();
  });
});

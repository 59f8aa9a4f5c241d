import { afterAll, describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { OPERATOR } from "../../src/announcements.ts";
import { firstIdAt } from "../../src/db/audited.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService, type RequestOptions } from "../support/service.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
let time = START;
const service = await createTestService({ now: () => time, config: { auditDays: 30 } });
afterAll(() => service.close());

const { tenantId } = service;
const admin = await service.createKey(tenantId, { scopes: ["admin", "auth", "read"] });
const liveAdmin = await service.createKey(tenantId, { mode: "live", scopes: ["admin", "read"] });
const audit = (query: Record<string, string> = {}, key = admin.key, options: RequestOptions = {}) =>
  service.request("GET", "/audit", { key, query, ...options });
const adminAudit = (query: Record<string, string> = {}) =>
  service.request("GET", "/admin/audit", { headers: service.adminHeaders, query });
const kindsOf = ({ body }: { body: any }): string[] => body.items.map((item: any) => item.kind);

describe("the record", () => {
  test("tells who did what, to what, when and from where", async () => {
    time = START + 5_000;
    const made = await service.request("POST", `/admin/tenants/${tenantId}/keys`, {
      headers: service.adminHeaders,
      json: { name: "Watched", mode: "test" },
      peer: "203.0.113.7",
    });
    const { id } = made.body;
    const revoked = await service.request("DELETE", `/admin/tenants/${tenantId}/keys/${id}`, {
      key: admin.key,
      peer: "2001:db8::1",
    });
    expect(revoked.status).toBe(200);
    const { body, text } = await audit({ key_id: id });
    expect(body.items).toMatchObject([
      {
        at: "2026-01-01T00:00:05.000Z",
        kind: "key.revoked",
        by: "key",
        by_key_id: admin.id,
        address: "2001:db8::1",
        tenant_id: tenantId,
        mode: "test",
        key_id: id,
        session_id: null,
        details: { name: "Watched" },
      },
      {
        kind: "key.created",
        by: "operator",
        by_key_id: null,
        address: "203.0.113.7",
        details: { name: "Watched", scopes: ["read", "write", "auth"] },
      },
    ]);
    expect(body.next_cursor).toBe("");
    expect(text).not.toContain(made.body.key.slice(-43));
  });

  test("has sessions from their login to their end, and each reading of their settings", async () => {
    const session = await service.login("sandbox", admin.key);
    const settings = await service.request("GET", "/auth/settings", { key: admin.key, session });
    expect(settings.status).toBe(200);
    const form = { locale: "de_DE" };
    await service.request("PATCH", "/auth/settings", { key: admin.key, session, form });
    await service.request("DELETE", "/session", { key: admin.key, session });
    const answer = await audit({ session_id: session });
    expect(kindsOf(answer)).toEqual([
      "session.deleted",
      "session.changed",
      "session.settings_read",
      "session.created",
    ]);
    for (const item of answer.body.items)
      expect(item).toMatchObject({ by: "key", by_key_id: admin.id, mode: "test" });
    const upstream = decodeURIComponent(JSON.stringify(settings.body)).match(
      /\d+:[\w-]{8,}:\d+/,
    )?.[0];
    expect(upstream).toBeDefined();
    expect(answer.text).not.toContain(String(upstream));
  });

  test("has each export of sessions", async () => {
    await service.request("GET", "/sessions/export", { key: admin.key });
    const { body } = await audit({ kind: "sessions.exported" });
    expect(body.items).toMatchObject([{ by_key_id: admin.id, mode: "test", session_id: null }]);
  });

  test("tells of a session whether it is on or off, and which proxy it got instead of which", async () => {
    const proxies: string[] = [];
    for (const host of ["one", "two"]) {
      const json = { url: `http://${host}.example.com:8080`, country: "US" };
      proxies.push(
        (await service.request("POST", "/proxy", { key: admin.key, json })).body.proxy_id,
      );
    }
    const session = await service.login("sandbox", admin.key);
    const { body } = await service.request("GET", "/session", { key: admin.key, session });
    const other = proxies.find((id) => id !== body.proxy_id);
    const changes: Record<string, string>[] = [
      { proxy_id: "another" },
      { enabled: "false" },
      { enabled: "true" },
    ];
    for (const form of changes) {
      const answer = await service.request("PATCH", "/session", { key: admin.key, session, form });
      expect(answer.status).toBe(200);
    }
    const { items } = (await audit({ session_id: session, limit: "3" })).body;
    expect(items).toMatchObject([
      { proxy_id: null, details: { enabled: true } },
      { proxy_id: null, details: { enabled: false } },
      { proxy_id: other, details: { enabled: true, proxy_before: body.proxy_id } },
    ]);
    expect(
      (await audit({ proxy_id: other ?? "", kind: "session.changed" })).body.items,
    ).toHaveLength(1);
    await service.request("DELETE", "/session", { key: admin.key, session });
    for (const id of proxies)
      await service.request("DELETE", `/proxy?proxy_id=${id}`, { key: admin.key });
  });

  test("has what a policy was set to, and a suspension", async () => {
    await service.admin("PATCH", `/admin/tenants/${tenantId}`, { burst: 77, status: "active" });
    const { body } = await audit({ kind: "tenant.changed" });
    expect(body.items[0].details).toMatchObject({
      changed: ["status", "burst"],
      values: { burst: 77, status: "active" },
    });
  });

  test("has nothing of what was refused", async () => {
    const before = (await audit({ limit: "1" })).body.items[0].id;
    await service.admin("PATCH", `/admin/tenants/${tenantId}`, { burst: -1 });
    await service.request("DELETE", `/admin/tenants/${tenantId}/keys/${"0".repeat(26)}`, {
      key: admin.key,
    });
    expect((await audit({ limit: "1" })).body.items[0].id).toBe(before);
  });
});

describe("reading it", () => {
  test("goes page by page, newest first, each record once", async () => {
    time = START + DAY;
    const tenant = await service.createTenant("Paged");
    const key = await service.createKey(tenant, { scopes: ["admin"] });
    for (let count = 0; count < 12; count++)
      await service.admin("PATCH", `/admin/tenants/${tenant}`, { burst: count + 1 });
    const seen: any[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await audit({ limit: "5", cursor }, key.key);
      seen.push(...body.items);
      if (body.next_cursor === "") break;
      cursor = body.next_cursor;
    }
    expect(seen.map(({ details }) => details.values?.burst ?? "-")).toEqual([
      ...Array.from({ length: 12 }, (_, at) => 12 - at),
      "-",
      "-",
    ]);
    const lines = await audit({ limit: "1" }, key.key, {
      headers: { Accept: "application/x-ndjson" },
    });
    expect(lines.headers.get("content-type")).toBe("application/x-ndjson");
    expect(
      lines.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(seen);
    expect((await audit({ format: "ndjson" }, key.key)).text).toBe(lines.text);
  });

  test("filters by time", async () => {
    time = START + 3 * DAY;
    await service.admin("PATCH", `/admin/tenants/${tenantId}`, { burst: 78 });
    time += 1;
    await service.admin("PATCH", `/admin/tenants/${tenantId}`, { burst: 79 });
    const bursts = async (query: Record<string, string>) =>
      (await audit(query)).body.items.map((item: any) => item.details.values.burst);
    expect(await bursts({ since: "2026-01-04" })).toEqual([79, 78]);
    expect(await bursts({ since: "2026-01-04T00:00:00.001Z" })).toEqual([79]);
    const ofAllTime = (await audit({ since: "1969-12-31T23:59:59Z" })).body.items;
    expect(ofAllTime).toEqual((await audit({})).body.items);
    expect((await audit({ until: "0001-01-01" })).body.items).toEqual([]);
    expect(await bursts({ since: "2026-01-04", until: "2026-01-04T00:00:00.001Z" })).toEqual([78]);
  });

  test("refuses bad filters by name", async () => {
    for (const [field, value] of Object.entries({
      kind: "key.forgotten",
      session_id: "abc",
      key_id: "I".repeat(26),
      proxy_id: "'",
      since: "yesterday",
      until: "2026-01-01T00:00:00",
      cursor: "x",
      limit: "101",
      format: "xml",
    })) {
      const answer = await audit({ [field]: value });
      expectProblem(answer, "ValidationError");
      expect(faultyFields(answer), field).toEqual([field]);
    }
    expectProblem(await adminAudit({ tenant_id: "acme" }), "ValidationError");
  });

  test("finds what is rare among very much, in bounded pages", async () => {
    const { db } = service.service.stores;
    const tenant = await service.createTenant("Large");
    const { id, key } = await service.createKey(tenant, { scopes: ["admin"] });
    await db.write((orm) =>
      orm.run(sql`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION SELECT n + 1 FROM numbers LIMIT 5000)
        INSERT INTO audit (id, kind, tenant_id, actor, actor_key_id, details)
        SELECT ${firstIdAt(time + 1).slice(0, 10)} || printf('%016d', n), 'proxy.changed', ${tenant},
          'key', ${id}, '{}' FROM numbers`),
    );
    const found: string[] = [];
    let pages = 0;
    for (let cursor = ""; ; pages++) {
      const { body } = await audit({ key_id: id, kind: "key.created", cursor }, key);
      found.push(...kindsOf({ body }));
      if (body.next_cursor === "") break;
      cursor = body.next_cursor;
    }
    expect(found).toEqual(["key.created"]);
    expect(pages).toBe(2);
    const all = await audit({ format: "ndjson", key_id: id }, key);
    expect(all.text.trim().split("\n")).toHaveLength(5_001);
  });

  test("uses an index for every question", async () => {
    const { db } = service.service.stores;
    const seen: string[] = [];
    const read: typeof db.read = (work) =>
      db.read((orm) =>
        work(
          new Proxy(orm, {
            get(target, name) {
              if (name !== "all") return Reflect.get(target, name);
              return async (query: any) => {
                const plan = await orm.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${query}`);
                seen.push(...plan.map(({ detail }) => detail));
                return orm.all(query);
              };
            },
          }),
        ),
      );
    const { createAuditLog } = await import("../../src/audit/audit-log.ts");
    const log = createAuditLog({ ...db, read }, () => time);
    const ids = { keyId: admin.id, sessionId: admin.id, proxyId: admin.id };
    const questions = [
      {},
      { kind: "key.created" },
      { isTest: true },
      ids,
      ...Object.entries(ids).flatMap(([name, id]) => [
        { [name]: id },
        { [name]: id, kind: "key.created", isTest: true },
      ]),
    ];
    for (const tenant of [null, tenantId])
      for (const question of questions)
        for (const range of [{}, { since: 1, until: time, cursor: admin.id }])
          await log.list({ tenantId: tenant, limit: 50, ...question, ...range });
    const scans = seen.filter((detail) =>
      /^SCAN audit(?! USING (?:COVERING )?INDEX|$)/.test(detail),
    );
    expect(scans).toEqual([]);
    // A sort is of the few ids that were found, never of the table.
    expect(seen.filter((detail) => detail.startsWith("SEARCH audit")).length).toBeGreaterThan(50);
  });
});

describe("whose it is", () => {
  test("a tenant sees its own, the operator all, and those of deleted tenants with their names", async () => {
    const other = await service.createTenant("Doomed");
    const key = await service.createKey(other, { scopes: ["admin"] });
    expect((await audit({}, key.key)).body.items.every((it: any) => it.tenant_id === other)).toBe(
      true,
    );
    const filters: Record<string, string>[] = [{ key_id: admin.id }, { session_id: admin.id }];
    for (const filter of filters)
      expect((await audit(filter, key.key)).text).not.toContain(tenantId);
    await service.admin("DELETE", `/admin/tenants/${other}`);
    await service.service.stores.tenants.purge();
    const kept = await adminAudit({ tenant_id: other });
    expect(kindsOf(kept)).toEqual(["tenant.deleted", "key.created", "tenant.created"]);
    expect(kept.body.items[0].details).toEqual({ name: "Doomed" });
    for (const kind of ["tenant.created", "tenant.deleted"])
      expect((await adminAudit({ kind, limit: "100" })).text).toContain(other);
    expect((await adminAudit({ kind: "key.created", limit: "100" })).text).toContain(tenantId);
  });

  test("a test key sees nothing of live keys and sessions; a live key sees both", async () => {
    const ofLive = (answer: { body: any }) =>
      answer.body.items.filter((item: any) => item.mode === "live").length;
    expect(ofLive(await audit({ limit: "100" }))).toBe(0);
    expect(ofLive(await audit({ key_id: liveAdmin.id }))).toBe(0);
    expect(ofLive(await audit({ limit: "100" }, liveAdmin.key))).toBeGreaterThan(0);
  });

  test("needs the scope admin, and the admin route the operator", async () => {
    expectProblem(await service.request("GET", "/audit"), "ApiKeyRequired");
    expectProblem(await audit({}, service.testKey), "ScopeRequired");
    expectProblem(
      await service.request("GET", "/admin/audit", { key: admin.key }),
      "ScopeRequired",
    );
  });
});

test("old records are removed when their time is over, and no others", async () => {
  time = START;
  await using old = await createTestService({ now: () => time, config: { auditDays: 30 } });
  time = START + 20 * DAY;
  const tenant = await old.createTenant("Young");
  time = START + 31 * DAY;
  await using next = await createTestService({ now: () => time, config: { auditDays: 30 } });
  expect(next.tenantId).not.toBe(tenant);
  const { createExpiry } = await import("../../src/db/expiry.ts");
  const { auditRetention } = await import("../../src/audit/retention.ts");
  const { db } = old.service.stores;
  const expiry = createExpiry(db, auditRetention(db, 30), { now: () => time, onFailed: () => {} });
  expect(await expiry.sweep()).toBeGreaterThan(0);
  const { body } = await old.admin("GET", "/admin/audit");
  expect(body.items.map((item: any) => item.details.name)).toEqual(["Young"]);
  const again = db.write((orm) => orm.run(sql`DELETE FROM audit`)).then(String, String);
  expect(await again).toContain("is kept");
  await expiry.close();
});

test("the CLI's changes are its own", async () => {
  const { tenants } = service.service.stores;
  const { id } = await tenants.create({ name: "By the CLI" }, OPERATOR);
  expect((await adminAudit({ tenant_id: id })).body.items[0]).toMatchObject({
    by: "cli",
    address: null,
  });
});

import { describe, expect, test } from "bun:test";
import { Usage } from "../../src/usage/usage.ts";
import { createUsageReport } from "../../src/usage/usage-report.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { hasLibsqlServer, type LibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { createTestService, type TestService } from "../support/service.ts";

interface OnRemote extends AsyncDisposable {
  server: LibsqlServer;
  proxy: FaultProxy;
  service: TestService;
}

/** A service on a libSQL server, which waits for it only for a short time. */
async function startOnRemote(): Promise<OnRemote> {
  const server = await startLibsqlServer();
  const proxy = await startFaultProxy(server.port);
  const database = { url: proxy.url, remoteTimeoutMs: 1_500 };
  const service = await createTestService({ config: { database } });
  return {
    server,
    proxy,
    service,
    async [Symbol.asyncDispose]() {
      await proxy.heal();
      await service.close();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const form = { username: "sandbox", password: "sandbox", new_session: "true" };
const isWrite = (sql: string): boolean => !/^select/i.test(sql);

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("on a remote database", () => {
  const outages: [Fault, detail: RegExp][] = [
    ["refuse", /cannot be reached/],
    ["stall", /does not answer in time/],
    [{ status: 503 }, /cannot be reached \(HTTP 503\)/],
    [{ status: 401 }, /refuses DATABASE_AUTH_TOKEN/],
  ];
  test.each(outages)(
    "an outage (%j) stops logins before anything is sent, and no session in use",
    async (fault, detail) => {
      await using remote = await startOnRemote();
      const { proxy, service } = remote;
      const { testKey: key } = service;
      const session = await service.login();
      const account = () => service.request("GET", "/account", { key, session });
      const login = () => service.request("POST", "/auth/login", { key, form });
      expect((await account()).status).toBe(200);

      await proxy.fail(fault);
      const hot = await Promise.all(Array.from({ length: 20 }, account));
      expect(new Set(hot.map(({ status }) => status))).toEqual(new Set([200]));
      const refused = await login();
      expect([refused.status, refused.body.exc_type]).toEqual([503, "StorageUnavailable"]);
      expect(refused.body.detail).toMatch(detail);
      expect(refused.body.outcome, "nothing was sent").toBeUndefined();
      expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(refused.headers.get("gramway-upstream-calls")).toBeNull();
      const cold = await service.request("GET", "/account", { key, session: "01ABCDEF" });
      expect([cold.status, cold.body.exc_type]).toEqual([503, "StorageUnavailable"]);
      const ready = await service.request("GET", "/ready");
      expect([ready.status, ready.body.checks.storage.status]).toEqual([503, "error"]);
      expect(ready.body.checks.storage.detail).toMatch(
        new RegExp(`${detail.source}|has not answered within`),
      );
      expect((await service.request("GET", "/health")).status).toBe(200);
      const metrics = await service.request("GET", "/metrics");
      expect(metrics.text).toMatch(
        /gramway_remote_query_failures_total\{kind="write",fault="\w+"\} /,
      );
      expect((await account()).status).toBe(200);

      await proxy.heal();
      await Bun.sleep(1_100);
      expect((await login()).status).toBe(200);
      expect((await service.request("GET", "/ready")).status).toBe(200);
      expect((await account()).status).toBe(200);
    },
  );

  test("requests of a session in use ask it nothing", async () => {
    await using remote = await startOnRemote();
    const { proxy, service } = remote;
    const { testKey: key } = service;
    const session = await service.login();
    const account = () => service.request("GET", "/account", { key, session });
    await account();
    await Bun.sleep(1_100);
    const before = proxy.statements.length;
    for (let at = 0; at < 100; at++) expect((await account()).status).toBe(200);
    const asked = proxy.statements.slice(before);
    // What goes on in the background, however many requests there are.
    expect(asked.filter((sql) => !/\b(?:changes|usage|meta)\b/.test(sql))).toEqual([]);
  });

  test("a slow one is told of, and stops no session in use", async () => {
    await using remote = await startOnRemote();
    const { proxy, service } = remote;
    const { testKey: key } = service;
    const session = await service.login();
    const account = () => service.request("GET", "/account", { key, session });
    await account();
    proxy.latencyMs = 550;
    const hot = await Promise.all(Array.from({ length: 20 }, account));
    expect(new Set(hot.map(({ status }) => status))).toEqual(new Set([200]));
    const ready = await service.request("GET", "/ready");
    expect(ready.status).toBe(200);
    expect(ready.body.checks.storage.detail).toMatch(/^the database is slow: a write took \d+ ms$/);
    const login = await service.request("POST", "/auth/login", { key, form });
    expect(login.status).toBe(200);
    proxy.latencyMs = 0;
  });

  test("a change whose answer was lost is told as unknown, and is made once", async () => {
    await using remote = await startOnRemote();
    const { proxy, service } = remote;
    await proxy.fail("lose", { only: (sql) => /^insert into "?tenants/i.test(sql) });
    const answer = await service.admin("POST", "/admin/tenants", { name: "Lost" });
    expect([answer.status, answer.body.exc_type]).toEqual([503, "StorageUnavailable"]);
    expect(answer.body.outcome).toBe("unknown");
    expect(answer.body.detail).toContain("whether it has stored the change is not known");
    expect(answer.body.hint).toContain("Read first");
    expect(proxy.failed).toBe(1);
    await proxy.heal();
    const { body } = await service.admin("GET", "/admin/tenants");
    expect(body.items.filter(({ name }: { name: string }) => name === "Lost")).toHaveLength(1);
  });

  test("what is written in the background comes after an outage", async () => {
    await using remote = await startOnRemote();
    const { proxy, service } = remote;
    const { testKey: key } = service;
    const session = await service.login();
    await proxy.fail("cut");
    for (let at = 0; at < 10; at++)
      expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
    await service.service.sessions.flush();
    await proxy.heal();
    await Bun.sleep(100);
    await service.service.sessions.flush();
    const stored = await service.service.stores.sessions.find(service.tenantId, "test", session);
    const live = service.service.sessions.peek(session);
    expect(live?.copy.dirty).toBe(false);
    expect(JSON.parse(stored?.settings ?? "{}")).toEqual(live?.state.toSettings() as object);
    await proxy.fail({ status: 500 }, { only: isWrite, times: 1 });
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
  });

  test("what keys use is counted once, though the answers to its writes are lost", async () => {
    await using remote = await startOnRemote();
    const { proxy, service } = remote;
    const { db } = service.service.stores;
    const usage = new Usage(db, { now: Date.now, onFailed: () => {} });
    const key = { tenantId: service.tenantId, keyId: "K", mode: "test" } as const;
    const isUsage = (sql: string): boolean => /INSERT INTO "usage"/.test(sql);
    const faults: Fault[] = ["lose", "half", "cut", "lose", { status: 500 }, { status: 429 }];
    for (const fault of faults) {
      for (let at = 0; at < 5; at++)
        usage.note(key, "getUser", { status: 200, upstreamCalls: 1, bytesIn: 0, bytesOut: 0 });
      await proxy.fail(fault, { only: isUsage, times: 1 });
      await usage.flush().catch(() => {});
      expect(proxy.failed).toBe(1);
      proxy.failed = 0;
    }
    await usage.flush();
    const report = createUsageReport(db, Date.now);
    const { lines } = await report({
      tenantId: service.tenantId,
      groups: [],
      operation: "getUser",
      limit: 9,
    });
    expect(lines).toMatchObject([{ calls: 5 * faults.length }]);
    await usage.close();
  });
});

import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

/** A service whose keys may send one request a second, two at once. */
const limited = () => createTestService({ config: { keyRequestsPerSecond: 1, keyBurst: 2 } });

describe("the limit of an API key", () => {
  test("is told with each answer and ends in 429 with the time to wait", async () => {
    const service = await limited();
    const { testKey: key } = service;
    const ask = (query: Record<string, string> = { media_id: "1_2" }) =>
      service.request("GET", "/media/pk", { key, query });
    for (const left of [1, 0]) {
      const answer = await ask(left === 1 ? {} : undefined);
      expect(answer.status).toBe(left === 1 ? 422 : 200);
      expect(answer.headers.get("ratelimit-limit")).toBe("2");
      expect(answer.headers.get("ratelimit-remaining")).toBe(String(left));
      expect(Number(answer.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
    }
    const refused = await ask();
    const { hint } = expectProblem(refused, "GatewayRateLimited");
    expect(hint).toContain("RateLimit");
    expect(refused.headers.get("ratelimit-remaining")).toBe("0");
    const wait = Number(refused.headers.get("retry-after"));
    expect(wait).toBe(1);
    await Bun.sleep(wait * 1000);
    expect((await ask()).status).toBe(200);
    await service.close();
  });

  test("is each key's own", async () => {
    const service = await limited();
    const query = { media_id: "1_2" };
    for (let request = 0; request < 6; request++)
      await service.request("GET", "/media/pk", { key: service.testKey, query });
    const other = (await service.createKey(service.tenantId)).key;
    expect((await service.request("GET", "/media/pk", { key: other, query })).status).toBe(200);
    const same = await service.request("GET", "/media/pk", { key: service.testKey, query });
    expectProblem(same, "GatewayRateLimited");
    await service.close();
  });

  test("refuses before the body is read and before anything is sent", async () => {
    const service = await limited();
    const { testKey: key } = service;
    for (let request = 0; request < 5; request++)
      await service.request("GET", "/media/pk", { key, query: { media_id: "1" } });
    const headers = { "Content-Type": "application/json" };
    const answer = await service.request("POST", "/auth/login", { key, body: "{broken", headers });
    expectProblem(answer, "GatewayRateLimited");
    expect(answer.headers.get("gramway-upstream-calls")).toBeNull();
    await service.close();
  });

  test("does not bind the operator, nor the system routes", async () => {
    const service = await limited();
    const headers = service.adminHeaders;
    for (let request = 0; request < 10; request++) {
      const admin = await service.request("GET", "/admin/tenants", { headers });
      expect(admin.status).toBe(200);
      expect(admin.headers.get("ratelimit-limit")).toBeNull();
      const health = await service.request("GET", "/health", { key: service.testKey });
      expect(health.status).toBe(200);
    }
    await service.close();
  });

  test("is not used up by somebody who does not have the key", async () => {
    const service = await limited();
    const wrong = `${service.testKey.slice(0, -1)}${service.testKey.endsWith("a") ? "b" : "a"}`;
    const query = { media_id: "1_2" };
    for (let request = 0; request < 10; request++)
      expectProblem(
        await service.request("GET", "/media/pk", { key: wrong, query }),
        "ApiKeyInvalid",
      );
    const answer = await service.request("GET", "/media/pk", { key: service.testKey, query });
    expect(answer.headers.get("ratelimit-remaining")).toBe("1");
    await service.close();
  });
});

test("an answer that is long counts as several requests", async () => {
  const service = await createTestService({ config: { keyRequestsPerSecond: 1, keyBurst: 12 } });
  const session = await service.login();
  const read = (path: string) => service.request("GET", path, { key: service.testKey, session });
  const all = await read("/direct/threads?amount=0");
  expect(all.status).toBe(200);
  expect(all.text.length).toBeGreaterThan(300_000);
  const refused = await read("/account");
  expectProblem(refused, "GatewayRateLimited");
  expect(refused.headers.get("ratelimit-remaining")).toBe("0");
  const wait = Number(refused.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(1);
  expect(wait, "no more than half a minute").toBeLessThanOrEqual(31);
  await service.close();
});

describe("a tenant's own limit", () => {
  test("holds for each of its keys, from the next request on", async () => {
    const service = await limited();
    const headers = service.adminHeaders;
    const query = { media_id: "1_2" };
    const limits = { requests_per_second: 10, burst: 3 };
    const tenantId = await service.createTenant("Own limits", limits);
    const { key } = await service.createKey(tenantId);
    const limitOf = async (of: string) =>
      (await service.request("GET", "/media/pk", { key: of, query })).headers.get(
        "ratelimit-limit",
      );
    expect(await limitOf(key)).toBe("3");
    expect(await limitOf(service.testKey), "the service's").toBe("2");
    const change = (json: Record<string, number | null>) =>
      service.request("PATCH", `/admin/tenants/${tenantId}`, { headers, json });
    await change({ burst: null });
    expect(await limitOf(key), "twice its own").toBe("20");
    await change({ requests_per_second: null });
    expect(await limitOf(key)).toBe("2");
    await service.close();
  });
});

describe("the limit of a tenant", () => {
  test("holds for all its keys together, and for nobody else", async () => {
    let time = 0;
    await using service = await createTestService({
      monotonicNow: () => time,
      config: { keyRequestsPerSecond: 1, keyBurst: 2 },
    });
    const tenant = await service.createTenant("Many keys", { tenant_requests_per_second: 2 });
    const keys: string[] = [];
    for (let made = 0; made < 6; made++) keys.push((await service.createKey(tenant)).key);
    const ask = (key = "") =>
      service.request("GET", "/media/pk", { key, query: { media_id: "1_2" } });
    const first = await ask(keys[0]);
    expect(first.headers.get("ratelimit-policy")).toBe('"key";q=2;w=2, "tenant";q=4;w=2');
    expect(first.headers.get("ratelimit")).toBe('"key";r=1;t=1, "tenant";r=3;t=1');
    for (const key of keys.slice(1, 4)) expect((await ask(key)).status).toBe(200);
    const refused = await ask(keys[5]);
    expectProblem(refused, "GatewayRateLimited");
    expect(refused.body.detail).toContain("tenant");
    expect(refused.headers.get("ratelimit")).toBe('"key";r=2;t=0, "tenant";r=0;t=2');
    expect(refused.headers.get("retry-after")).toBe("1");
    expect((await ask(service.testKey)).status).toBe(200);
    time += 500;
    expect((await ask(keys[5])).status).toBe(200);
    expectProblem(await ask(keys[4]), "GatewayRateLimited");
  });

  test("is four keys' worth where its policy says nothing", async () => {
    await using service = await limited();
    const { key } = await service.createKey(service.tenantId);
    const answer = await service.request("GET", "/media/pk", { key, query: { media_id: "1_2" } });
    expect(answer.headers.get("ratelimit-policy")).toBe('"key";q=2;w=2, "tenant";q=8;w=2');
  });
});

describe("requests without an API key", () => {
  const few = () =>
    createTestService({ config: { keylessRequestsPerSecond: 1 }, monotonicNow: () => 0 });
  const PEER = "203.0.113.9";

  test("are bounded for each address, whatever they ask", async () => {
    await using service = await few();
    const paths = ["/build", "/nothing", "/user", "/docs", "/openapi.json"];
    const ask = (path: string, options = {}) =>
      service.request("GET", path, { peer: PEER, ...options });
    for (let count = 0; count < 10; count++) {
      // Junk for a key makes no difference where no key is asked for.
      const junk = count % 2 === 0 ? {} : { key: "junk" };
      const { status } = await ask(["/build", "/nothing"][count % 2] ?? "", junk);
      expect(status).not.toBe(429);
    }
    for (const path of paths) {
      const answer = await ask(path);
      expectProblem(answer, "GatewayRateLimited");
      expect(answer.headers.get("retry-after")).toBe("1");
    }
    for (const path of ["/build", "/nothing"])
      expectProblem(await ask(path, { key: "junk" }), "GatewayRateLimited");
    const preflight = {
      headers: { Origin: "https://a.example", "Access-Control-Request-Method": "GET" },
    };
    expect((await service.request("OPTIONS", "/user", { peer: PEER, ...preflight })).status).toBe(
      429,
    );
  });

  test("never take anything from probes, from who has a key, or from other addresses", async () => {
    await using service = await few();
    for (let count = 0; count < 30; count++) await service.request("GET", "/build", { peer: PEER });
    for (const path of ["/health", "/ready", "/metrics"])
      expect((await service.request("GET", path, { peer: PEER })).status).toBe(200);
    const key = service.testKey;
    const query = { media_id: "1_2" };
    expect((await service.request("GET", "/media/pk", { peer: PEER, key, query })).status).toBe(
      200,
    );
    const headers = service.adminHeaders;
    expect((await service.request("GET", "/admin/tenants", { peer: PEER, headers })).status).toBe(
      200,
    );
    expect((await service.request("GET", "/build", { peer: "203.0.113.10" })).status).toBe(200);
  });

  test("count for the whole network of an IPv6 address", async () => {
    await using service = await few();
    for (let count = 0; count < 10; count++)
      await service.request("GET", "/build", { peer: `2001:db8:1:2::${count + 1}` });
    const ask = (peer: string) => service.request("GET", "/build", { peer });
    expectProblem(await ask("2001:db8:1:2:ffff::1"), "GatewayRateLimited");
    expect((await ask("2001:db8:1:3::1")).status).toBe(200);
  });
});

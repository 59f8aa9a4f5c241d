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

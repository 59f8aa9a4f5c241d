import { afterAll, describe, expect, test } from "bun:test";
import { createIdSource } from "../../src/db/ids.ts";
import { FailureLimits } from "../../src/http/failure-limits.ts";
import { formatKey, newSecret } from "../../src/tenants/api-key-text.ts";
import { expectProblem } from "../support/problems.ts";
import { type Answer, createTestService } from "../support/service.ts";

const METRICS_TOKEN = "metrics-token-of-the-tests";
const service = await createTestService({ config: { metricsToken: METRICS_TOKEN } });
afterAll(() => service.close());
const { testKey } = service;

const newId = createIdSource();
/** A guess at a key: of the right form, of nobody. */
const guess = () => formatKey({ mode: "test", keyId: newId(), secret: newSecret() });
const withKey = (key: string, peer?: string) =>
  service.request("GET", "/media/pk", {
    key,
    query: { media_id: "1_2" },
    ...(peer === undefined ? {} : { peer }),
  });
const bearer = (path: string, token: string, peer: string) =>
  service.request("GET", path, { headers: { Authorization: `Bearer ${token}` }, peer });
const kind = ({ body }: Answer): string => body.exc_type;

/** Fails until the address is slowed; resolves with how many failures that took. */
async function slowDown(ask: () => Promise<Answer>): Promise<number> {
  for (let failures = 0; failures < 100; failures++)
    if (kind(await ask()) === "TooManyFailures") return failures;
  throw new Error("never slowed");
}

describe("wrong API keys", () => {
  test("slow their address, which is told how long to wait", async () => {
    const peer = "192.0.2.1";
    expect(await slowDown(() => withKey(guess(), peer))).toBe(20);
    const refused = await withKey(guess(), peer);
    expectProblem(refused, "TooManyFailures");
    expect(refused.headers.get("retry-after")).toBe("2");
    expectProblem(await withKey("gw_test_malformed", peer), "TooManyFailures");
    expectProblem(await withKey(guess(), "192.0.2.2"), "ApiKeyInvalid");
  });

  test("are hardly looked up, however many come at once", async () => {
    const burst = Array.from({ length: 500 }, () => withKey(guess(), "192.0.2.3"));
    const kinds = (await Promise.all(burst)).map(kind);
    const judged = kinds.filter((each) => each === "ApiKeyInvalid").length;
    expect(judged).toBeGreaterThanOrEqual(20);
    // Some are being looked up while the twentieth is noted.
    expect(judged).toBeLessThan(30);
    expect(new Set(kinds)).toEqual(new Set(["ApiKeyInvalid", "TooManyFailures"]));
  });

  test("do not shut out a key that has worked, behind the same address", async () => {
    const peer = "192.0.2.4";
    const fresh = (await service.createKey(service.tenantId)).key;
    expect((await withKey(testKey, peer)).status).toBe(200);
    await slowDown(() => withKey(guess(), peer));
    expect((await withKey(testKey, peer)).status).toBe(200);
    expectProblem(await withKey(fresh, peer), "TooManyFailures");
    expect((await withKey(fresh, "192.0.2.5")).status).toBe(200);
    expect((await withKey(fresh, peer)).status, "it has worked elsewhere").toBe(200);
  });

  test("count for the network of an IPv6 customer, and for IPv4 in either form", async () => {
    await slowDown(() => withKey(guess(), "2001:db8:1:2::1"));
    expectProblem(await withKey(guess(), "2001:db8:1:2:ffff::9"), "TooManyFailures");
    expectProblem(await withKey(guess(), "2001:db8:1:3::1"), "ApiKeyInvalid");
    await slowDown(() => withKey(guess(), "::ffff:192.0.2.6"));
    expectProblem(await withKey(guess(), "192.0.2.6"), "TooManyFailures");
    expectProblem(await withKey(guess(), "::ffff:192.0.2.7"), "ApiKeyInvalid");
  });

  test("are not those that have ended, nor is none a wrong one", async () => {
    const peer = "192.0.2.8";
    const { id, key } = await service.createKey(service.tenantId);
    const headers = service.adminHeaders;
    await service.request("DELETE", `/admin/tenants/${service.tenantId}/keys/${id}`, { headers });
    for (let request = 0; request < 50; request++) {
      expectProblem(await withKey(key, peer), "ApiKeyInvalid");
      const none = await service.request("GET", "/media/pk", { peer });
      expectProblem(none, "ApiKeyRequired");
    }
    expectProblem(await withKey(guess(), peer), "ApiKeyInvalid");
  });
});

describe("wrong tokens", () => {
  for (const [path, right, refusal] of [
    ["/admin/tenants", service.adminToken, "AdminTokenRequired"],
    ["/metrics", METRICS_TOKEN, "MetricsTokenRequired"],
  ] as const)
    test(`of ${path} slow their address, and the right one is not told from them`, async () => {
      const peer = `198.51.100.${path.length}`;
      expect((await bearer(path, right, peer)).status).toBe(200);
      expectProblem(await service.request("GET", path, { peer }), refusal);
      let guessed = 0;
      expect(await slowDown(() => bearer(path, `guess-${guessed++}`, peer))).toBe(20);
      expectProblem(await bearer(path, right, peer), "TooManyFailures");
      expect((await bearer(path, right, "198.51.100.99")).status).toBe(200);
    });

  test("and wrong API keys are counted apart", async () => {
    const peer = "198.51.100.50";
    await slowDown(() => withKey(guess(), peer));
    expect((await bearer("/admin/tenants", service.adminToken, peer)).status).toBe(200);
    await slowDown(() => bearer("/admin/tenants", guess(), peer)).catch(() => {});
    await slowDown(() => bearer("/metrics", "wrong", peer));
    expect((await withKey(testKey, peer)).status).toBe(200);
  });

  test("count when they come as an administrator's API key, too", async () => {
    const peer = "198.51.100.51";
    expect(await slowDown(() => bearer("/admin/tenants", guess(), peer))).toBe(20);
  });
});

describe("failures", () => {
  test("are forgiven one in two seconds", () => {
    let now = 0;
    const limits = new FailureLimits(() => now);
    const note = (times: number) => {
      for (let time = 0; time < times; time++) limits.note("token", "192.0.2.1");
    };
    note(19);
    expect(limits.waitSeconds("token", "192.0.2.1")).toBe(0);
    note(1);
    expect(limits.waitSeconds("token", "192.0.2.1")).toBe(2);
    now += 1999;
    expect(limits.waitSeconds("token", "192.0.2.1")).toBe(1);
    now += 1;
    expect(limits.waitSeconds("token", "192.0.2.1")).toBe(0);
    note(1);
    expect(limits.waitSeconds("token", "192.0.2.1")).toBe(2);
    now += 40_000;
    note(19);
    expect(limits.waitSeconds("token", "192.0.2.1")).toBe(0);
  });
});

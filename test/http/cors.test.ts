import { afterAll, describe, expect, test } from "bun:test";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

const PAGE = "https://app.example.com";
const STRANGER = "https://stranger.example";
const admin = service.adminHeaders;
const named = await service.createTenant("Pages", { cors_origins: [PAGE] });
const { key } = await service.createKey(named);

const preflight = (origin: string, path = "/user", headers: Record<string, string> = {}) =>
  service.request("OPTIONS", path, {
    headers: { Origin: origin, "Access-Control-Request-Method": "GET", ...headers },
  });
const ask = (origin: string | null, of = key, query = { media_id: "1_2" }) =>
  service.request("GET", "/media/pk", {
    key: of,
    query,
    headers: origin === null ? {} : { Origin: origin },
  });
const allowed = ({ headers }: { headers: Headers }) => headers.get("access-control-allow-origin");
const change = (json: Record<string, unknown>) =>
  service.request("PATCH", `/admin/tenants/${named}`, { headers: admin, json });

describe("a preflight", () => {
  test("is allowed to an origin that a tenant names, for the methods of the path", async () => {
    const answer = await preflight(PAGE);
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(allowed(answer)).toBe(PAGE);
    expect(answer.headers.get("access-control-allow-methods")).toBe("GET, HEAD");
    const headers = answer.headers.get("access-control-allow-headers")?.toLowerCase();
    const names = ["x-api-key", "x-session-id", "authorization", "content-type"];
    for (const name of [...names, "idempotency-key"]) expect(headers).toContain(name);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("vary")).toContain("Origin");
    for (const path of ["/user/info", "/user/", "/user/info/"])
      expect((await preflight(PAGE, path)).status, path).toBe(204);
    expect((await preflight(PAGE, `/admin/tenants/${named}`)).status).toBe(204);
  });

  test("is answered like any other request to those that no tenant names", async () => {
    for (const origin of [STRANGER, "null", "*", `${PAGE}:444`, `${PAGE}.evil.example`, ""]) {
      const answer = await preflight(origin);
      expect(answer.status, origin).toBe(405);
      expect(allowed(answer)).toBeNull();
    }
    expect((await preflight(PAGE, "/nowhere")).status).toBe(404);
    const plain = await service.request("OPTIONS", "/user", { headers: { Origin: PAGE } });
    expect([plain.status, allowed(plain)]).toEqual([405, null]);
  });

  test("follows the tenants at once: new ones, changes, suspensions, deletions", async () => {
    const status = async () => (await preflight("https://later.example")).status;
    expect(await status()).toBe(405);
    const cors_origins = ["https://later.example"];
    const id = await service.createTenant("Later", { cors_origins });
    expect(await status()).toBe(204);
    const patch = (json: unknown) =>
      service.request("PATCH", `/admin/tenants/${id}`, { headers: admin, json });
    await patch({ status: "suspended" });
    expect(await status()).toBe(405);
    await patch({ status: "active" });
    expect(await status()).toBe(204);
    await patch({ cors_origins: [] });
    expect(await status()).toBe(405);
    await patch({ cors_origins });
    expect(await status()).toBe(204);
    await service.request("DELETE", `/admin/tenants/${id}`, { headers: admin });
    expect(await status()).toBe(405);
  });
});

describe("an answer", () => {
  test("may be read by the pages that the key's own tenant names, errors too", async () => {
    for (const query of [{ media_id: "1_2" }, { media_id: "" }]) {
      const answer = await ask(PAGE, key, query);
      expect(allowed(answer)).toBe(PAGE);
      expect(answer.headers.get("vary")).toContain("Origin");
      const exposed = answer.headers.get("access-control-expose-headers");
      for (const name of ["X-Request-Id", "Gramway-Upstream-Calls", "RateLimit-Remaining"])
        expect(exposed).toContain(name);
    }
  });

  test("may not be read by others, nor with another tenant's key", async () => {
    for (const origin of [STRANGER, "null", null]) {
      const answer = await ask(origin);
      expect([answer.status, allowed(answer)]).toEqual([200, null]);
      expect(answer.headers.get("access-control-expose-headers")).toBeNull();
    }
    const foreign = await ask(PAGE, service.testKey);
    expect([foreign.status, allowed(foreign)]).toEqual([200, null]);
    const nobody = await ask(PAGE, `gw_test_${"0".repeat(26)}${"A".repeat(43)}`);
    expect([nobody.status, allowed(nobody)]).toEqual([401, null]);
  });

  test("follows a change of the policy at once", async () => {
    await change({ cors_origins: [STRANGER] });
    expect(allowed(await ask(PAGE))).toBeNull();
    expect(allowed(await ask(STRANGER))).toBe(STRANGER);
    await change({ cors_origins: [PAGE] });
    expect(allowed(await ask(STRANGER))).toBeNull();
  });
});

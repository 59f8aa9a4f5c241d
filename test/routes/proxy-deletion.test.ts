import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { newProxyTenant, newUrl, type ProxyTenant } from "../support/proxies.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

const USERS = ["sandbox", "sandbox_private"];

/** Logs accounts in, each in a session of its own, through this proxy. */
async function logIn({ ask }: ProxyTenant, proxyId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) {
    const form = {
      username: USERS[at % USERS.length] ?? "",
      password: "sandbox",
      new_session: "true",
      proxy_id: proxyId,
    };
    const answer = await ask("POST", "/auth/login", { form });
    if (answer.status !== 200) throw new Error(answer.text);
    ids.push(answer.body);
  }
  return ids;
}

const sessionsOf = async ({ ask }: ProxyTenant, proxyId: string): Promise<number> =>
  (await ask("GET", "/proxy", { query: { proxy_id: proxyId } })).body.sessions;

describe("a proxy with sessions", () => {
  test("is not deleted, unless they are moved", async () => {
    const tenant = await newProxyTenant(service);
    const proxy = await tenant.add({ country: "DE" });
    const ids = await logIn(tenant, proxy.proxy_id, 4);
    const query = { proxy_id: proxy.proxy_id };
    const refused = await tenant.ask("DELETE", "/proxy", { query });
    expect(expectProblem(refused, "ProxyInUse").sessions).toBe(4);

    const others = [await tenant.add({ country: "DE" }), await tenant.add({ country: "DE" })];
    const abroad = await tenant.add({ country: "FR" });
    const deleted = await tenant.ask("DELETE", "/proxy", { query: { ...query, move: "true" } });
    expect(deleted.body).toEqual({ proxy_id: proxy.proxy_id, deleted: true, moved: 4 });
    expectProblem(await tenant.ask("GET", "/proxy", { query }), "ProxyNotFound");
    for (const { proxy_id } of others) expect(await sessionsOf(tenant, proxy_id)).toBe(2);
    expect(await sessionsOf(tenant, abroad.proxy_id)).toBe(0);
    for (const session of ids) {
      const answer = await tenant.ask("GET", "/user", {
        session,
        query: { username: "instagram" },
      });
      expect(answer.status).toBe(200);
      const used = answer.headers.get("gramway-proxy") ?? "";
      expect(others.map(({ proxy_id }) => proxy_id)).toContain(used);
    }
  });

  test("stays with all of them where there is no room for one", async () => {
    const tenant = await newProxyTenant(service);
    const proxy = await tenant.add({ country: "DE" });
    await logIn(tenant, proxy.proxy_id, 3);
    const other = await tenant.add({ country: "DE", max_sessions: 2 });
    await tenant.add({ country: "FR" });
    const query = { proxy_id: proxy.proxy_id, move: "true" };
    expectProblem(await tenant.ask("DELETE", "/proxy", { query }), "NoProxyAvailable");
    expect(await sessionsOf(tenant, proxy.proxy_id)).toBe(3);
    expect(await sessionsOf(tenant, other.proxy_id)).toBe(0);

    // The places that were held for them are free again.
    await tenant.ask("PATCH", "/proxy", {
      query: { proxy_id: other.proxy_id },
      json: { max_sessions: 3 },
    });
    expect((await tenant.ask("DELETE", "/proxy", { query })).body.moved).toBe(3);
    expect(await sessionsOf(tenant, other.proxy_id)).toBe(3);
  });

  test("is deleted with move=true also where it has none", async () => {
    const tenant = await newProxyTenant(service);
    const proxy = await tenant.add();
    const query = { proxy_id: proxy.proxy_id, move: "true" };
    expect((await tenant.ask("DELETE", "/proxy", { query })).body).toMatchObject({ moved: 0 });
    expectProblem(await tenant.ask("DELETE", "/proxy", { query }), "ProxyNotFound");
  });

  test("of the operator gives each tenant's sessions a place that the tenant may have", async () => {
    const [first, second] = [await newProxyTenant(service), await newProxyTenant(service)];
    const { proxy_id } = (await service.admin("POST", "/admin/proxies", { url: newUrl() })).body;
    await logIn(first, proxy_id, 2);
    await logIn(second, proxy_id, 1);
    const path = `/admin/proxies/${proxy_id}`;
    expect(expectProblem(await service.admin("DELETE", path), "ProxyInUse").sessions).toBe(3);

    // Only the first has another one.
    const own = await first.add();
    const stuck = await service.admin("DELETE", `${path}?move=true`);
    expectProblem(stuck, "NoProxyAvailable");
    expect((await service.admin("GET", path)).body.sessions).toBe(3);
    expect(await sessionsOf(first, proxy_id)).toBe(2);
    expect(await sessionsOf(second, proxy_id)).toBe(1);

    const other = await second.add();
    const deleted = await service.admin("DELETE", `${path}?move=true`);
    expect(deleted.body).toEqual({ proxy_id, deleted: true, moved: 3 });
    expect(await sessionsOf(first, own.proxy_id)).toBe(2);
    expect(await sessionsOf(second, other.proxy_id)).toBe(1);
  });
});

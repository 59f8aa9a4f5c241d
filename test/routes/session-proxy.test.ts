import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { newProxyTenant, newUrl, SECRET } from "../support/proxies.ts";
import { createTestService } from "../support/service.ts";

/* The proxy of a session: how it is shown, found and changed. */

const service = await createTestService();
afterAll(() => service.close());

/** A tenant with two proxies, and a session of it on the first. */
async function tenantWithSession() {
  const tenant = await newProxyTenant(service);
  const first = await tenant.add();
  const session = await service.login("sandbox", tenant.key);
  const second = await tenant.add();
  const show = async () => (await tenant.ask("GET", "/session", { session })).body;
  const move = (proxy_id: string, rest: object = {}) =>
    tenant.ask("PATCH", "/session", { session, json: { proxy_id, ...rest } });
  return { ...tenant, first, second, session, show, move };
}

describe("the proxy of a session", () => {
  test("is shown with its id and without credentials", async () => {
    const { first, show, ask } = await tenantWithSession();
    const shown = await show();
    expect(shown).toMatchObject({ proxy_id: first.proxy_id, proxy: first.url });
    expect(JSON.stringify(shown)).not.toContain(SECRET);
    expect((await ask("GET", "/sessions")).body.items).toMatchObject([{ proxy: first.url }]);
  });

  test("is shown without its host where the operator offers it", async () => {
    const tenant = await newProxyTenant(service);
    const json = { url: newUrl(), mode: "test" };
    const offered = await service.admin("POST", "/admin/proxies", json);
    expect(offered.status, offered.text).toBe(201);
    const session = await service.login("sandbox", tenant.key);
    const { body } = await tenant.ask("GET", "/session", { session });
    expect(body).toMatchObject({ proxy_id: offered.body.proxy_id, proxy: "http://***" });
    const { proxy_id } = body;
    await service.request("DELETE", "/session", { key: tenant.key, session });
    const removed = await service.admin("DELETE", `/admin/proxies/${proxy_id}`);
    expect(removed.status, removed.text).toBe(200);
  });

  test("finds the sessions that are on it, and those without any", async () => {
    const { first, second, session, ask, key } = await tenantWithSession();
    const found = async (query: Record<string, string>) =>
      (await ask("GET", "/sessions", { query })).body.items.map(({ id }: any) => id);
    expect(await found({ proxy_id: first.proxy_id })).toEqual([session]);
    expect(await found({ proxy: second.proxy_id })).toEqual([]);
    expect(await found({ proxy: "none" })).toEqual([]);
    const form = { clear_proxy: "true" };
    await service.request("PATCH", "/auth/settings", { key, session, form });
    expect(await found({ proxy: "none" })).toEqual([session]);
    expect(await found({ proxy_id: first.proxy_id })).toEqual([]);
  });

  test("is changed to one that is named, and to another one", async () => {
    const { first, second, ask, show, move, session } = await tenantWithSession();
    const countOn = async ({ proxy_id }: any) =>
      (await ask("GET", "/proxy", { query: { proxy_id } })).body.sessions;
    const moved = await move(second.proxy_id.toLowerCase(), { label: "moved" });
    expect(moved.body).toMatchObject({
      proxy_id: second.proxy_id,
      proxy: second.url,
      label: "moved",
    });
    expect([await countOn(first), await countOn(second)]).toEqual([0, 1]);
    expect((await move("another")).body.proxy_id).toBe(first.proxy_id);
    expect(await show()).toMatchObject({ proxy_id: first.proxy_id, label: "moved" });
    const answer = await ask("GET", "/account", { session });
    expect(answer.headers.get("gramway-proxy")).toBe(first.proxy_id);
    // The same once more is no change.
    expect((await move(first.proxy_id)).status).toBe(200);
    // An empty field of a form takes no proxy away.
    const form = { proxy_id: "", label: "kept" };
    expect((await ask("PATCH", "/session", { session, form })).body).toMatchObject({
      proxy_id: first.proxy_id,
      label: "kept",
    });
  });

  test("stays where the wanted one cannot be had, with all else", async () => {
    const { first, second, show, move, ask } = await tenantWithSession();
    const before = await show();
    const foreign = await (await newProxyTenant(service)).add();
    const { live } = await newProxyTenant(service);
    const ofLive = await service.request("POST", "/proxy", { key: live, json: { url: newUrl() } });
    for (const id of ["01K9ZJ5M0T6R3F4C2B1A0XYZWV", foreign.proxy_id, ofLive.body.proxy_id])
      expectProblem(await move(id, { label: "no" }), "ProxyNotFound");
    for (const id of ["x", "http://proxy.example:1", "none"])
      expect(faultyFields(await move(id, { label: "no" }))).toEqual(["proxy_id"]);
    expect(faultyFields(await move(second.proxy_id, { region: "nowhere" }))).toEqual(["region"]);
    const json = { proxy_id: second.proxy_id, max_sessions: 1 };
    await ask("PATCH", "/proxy", { json });
    const other = await service.request("POST", "/auth/login", {
      key: (await service.createKey(await tenantOf(first))).key,
      form: {
        username: "sandbox_private",
        password: "sandbox",
        proxy_id: second.proxy_id,
        new_session: "true",
      },
    });
    expect(other.status, other.text).toBe(200);
    expectProblem(await move(second.proxy_id, { label: "no" }), "NoProxyAvailable");
    expectProblem(await move("another", { label: "no" }), "NoProxyAvailable");
    expect(await show()).toEqual(before);
  });

  test("is changed together with the switch", async () => {
    const { second, first, move } = await tenantWithSession();
    const off = await move(second.proxy_id, { enabled: false });
    expect(off.body).toMatchObject({ state: "disabled", proxy_id: second.proxy_id });
    const on = await move(first.proxy_id, { enabled: true });
    expect(on.body).toMatchObject({ state: "active", proxy_id: first.proxy_id });
  });
});

/** The tenant that a proxy belongs to. */
async function tenantOf({ proxy_id }: any): Promise<string> {
  const { rows } = await service.service.stores.db.statements.execute({
    sql: "SELECT tenant_id FROM proxies WHERE id = ?",
    args: [proxy_id],
  });
  return String(rows[0]?.tenant_id);
}

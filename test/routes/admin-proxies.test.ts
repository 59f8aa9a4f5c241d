import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

const { admin, adminKey, liveKey, tenantId } = service;
const URL = "http://user:hush-secret@proxy.example.com:8080";

afterEach(async () => {
  for (const { proxy_id } of (await admin("GET", "/admin/proxies")).body.items)
    await admin("DELETE", `/admin/proxies/${proxy_id}`);
});

describe("the operator", () => {
  test("offers proxies to all tenants, of one mode or both", async () => {
    const both = await admin("POST", "/admin/proxies", {
      url: URL,
      label: "shared",
      country: "DE",
    });
    expect(both.status).toBe(201);
    expect(both.body).toMatchObject({
      url: "http://***@proxy.example.com:8080",
      mode: null,
      offered_by: "operator",
    });
    const live = await admin("POST", "/admin/proxies", { url: URL, mode: "live" });
    expect(live.body).toMatchObject({ mode: "live" });
    expect(live.body.proxy_id).not.toBe(both.body.proxy_id);
    const again = await admin("POST", "/admin/proxies", { url: URL });
    expect([again.status, again.body]).toEqual([200, both.body]);
    expect(faultyFields(await admin("POST", "/admin/proxies", { url: URL, mode: "x" }))).toEqual([
      "mode",
    ]);

    const ids = async (key: string) =>
      (await service.request("GET", "/proxies", { key })).body.items.map(
        (one: any) => one.proxy_id,
      );
    expect(await ids(adminKey)).toEqual([both.body.proxy_id]);
    expect(await ids(liveKey)).toEqual([both.body.proxy_id, live.body.proxy_id]);
  });

  test("changes and deletes them, and no tenant can", async () => {
    const { proxy_id } = (await admin("POST", "/admin/proxies", { url: URL })).body;
    const path = `/admin/proxies/${proxy_id}`;
    const changed = await admin("PATCH", path, { label: "renamed", max_sessions: 9 });
    expect(changed.body).toMatchObject({ label: "renamed", max_sessions: 9 });
    expect((await admin("GET", path)).body).toEqual(changed.body);

    const query = { proxy_id };
    const seen = await service.request("GET", "/proxy", { key: adminKey, query });
    expect(seen.body).toEqual({ ...changed.body, url: "http://***" });
    const patch = { key: adminKey, query, json: { label: "mine" } };
    expectProblem(await service.request("PATCH", "/proxy", patch), "ProxyNotFound");
    expectProblem(
      await service.request("DELETE", "/proxy", { key: adminKey, query }),
      "ProxyNotFound",
    );

    expect((await admin("DELETE", path)).body).toEqual({ proxy_id, deleted: true, moved: 0 });
    expectProblem(await admin("GET", path), "ProxyNotFound");
    expectProblem(await admin("PATCH", path, { label: "x" }), "ProxyNotFound");
    expectProblem(await admin("DELETE", path), "ProxyNotFound");
  });

  test("imports lists, and looks at a tenant's own", async () => {
    const answer = await service.request("POST", "/admin/proxies/import", {
      headers: { ...service.adminHeaders, "Content-Type": "text/plain" },
      query: { mode: "live", country: "FR" },
      body: "proxy-1.example.com:8080:user:hush-secret\nnonsense:\n",
    });
    expect(answer.body).toMatchObject({ created: 1, failed: 1 });
    expect((await admin("GET", "/admin/proxies")).body.items).toMatchObject([
      { mode: "live", country: "FR" },
    ]);

    const own = await service.request("POST", "/proxy", { key: adminKey, json: { url: URL } });
    const query = `?tenant_id=${tenantId}`;
    expect((await admin("GET", `/admin/proxies${query}`)).body.items).toEqual([own.body]);
    const path = `/admin/proxies/${own.body.proxy_id}`;
    expect((await admin("GET", `${path}${query}`)).body).toEqual(own.body);
    expectProblem(await admin("GET", path), "ProxyNotFound");
    expectProblem(await admin("GET", "/admin/proxies?tenant_id=x"), "TenantNotFound");
  });

  test("is the only one who may", async () => {
    const { proxy_id } = (await admin("POST", "/admin/proxies", { url: URL })).body;
    for (const [method, path, json] of [
      ["GET", "/admin/proxies", undefined],
      ["POST", "/admin/proxies", { url: URL }],
      ["GET", `/admin/proxies/${proxy_id}`, undefined],
      ["PATCH", `/admin/proxies/${proxy_id}`, { label: "x" }],
      ["DELETE", `/admin/proxies/${proxy_id}`, undefined],
      ["POST", "/admin/proxies/import", undefined],
    ] as const) {
      const answer = await service.request(method, path, { key: adminKey, json });
      expectProblem(answer, "ScopeRequired", path);
      expectProblem(await service.request(method, path, { json }), "AdminTokenRequired", path);
    }
  });
});

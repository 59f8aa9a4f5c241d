import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { newProxyTenant, newUrl, SECRET } from "../support/proxies.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

const newTenant = () => newProxyTenant(service);

describe("POST /proxy", () => {
  test("adds a proxy, from a form or JSON, and answers with it masked", async () => {
    const { ask } = await newTenant();
    const url = newUrl();
    const fields = {
      url,
      label: " berlin ",
      country: "de",
      region: "FRA",
      max_sessions: "3",
      on_failure: "move",
    };
    const answer = await ask("POST", "/proxy", { form: fields });
    expect(answer.status).toBe(201);
    expect(answer.text).not.toContain(SECRET);
    expect(answer.body).toEqual({
      proxy_id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      url: url.replace(/user:[^@]*/, "***"),
      label: "berlin",
      country: "DE",
      region: "fra",
      max_sessions: 3,
      on_failure: "move",
      mode: "test",
      offered_by: "tenant",
      sessions: 0,
      state: "unknown",
      state_since: expect.stringMatching(/Z$/),
      last_error: null,
      latency_ms: null,
      checked_at: null,
      blocked: 0,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const json = await ask("POST", "/proxy", { json: { url: "socks5h://93.184.216.7" } });
    expect(json.body).toMatchObject({
      url: "socks5h://93.184.216.7:1080",
      label: null,
      country: null,
      region: null,
      max_sessions: null,
      on_failure: "fail",
    });
    const empty = { url: newUrl(), label: "", country: "", region: "", max_sessions: "" };
    expect((await ask("POST", "/proxy", { form: empty })).status).toBe(201);
  });

  test("answers a URL that is there with its proxy as it is, in whatever form it comes", async () => {
    const { ask, live } = await newTenant();
    const first = await ask("POST", "/proxy", {
      json: { url: "http://user:p%40ss@proxy.example.com:8080", label: "first" },
    });
    expect(first.status).toBe(201);
    for (const url of [
      "proxy.example.com:8080:user:p@ss",
      "HTTP://user:p%40ss@PROXY.example.com:8080/",
    ]) {
      const again = await ask("POST", "/proxy", { json: { url, label: "second" } });
      expect(again.status).toBe(200);
      expect(again.body).toEqual(first.body);
    }
    const other = await ask("POST", "/proxy", {
      key: live,
      json: { url: "proxy.example.com:8080:user:p@ss" },
    });
    expect(other.status).toBe(201);
    expect(other.body.mode).toBe("live");
  });

  test("names each field that cannot be used, and quotes none", async () => {
    const { ask } = await newTenant();
    const faulty: Record<string, unknown>[] = [
      { url: "" },
      { url: `ftp://user:${SECRET}@proxy.example.com` },
      { url: `proxy.example.com:99999:user:${SECRET}` },
      { url: `http://user:${SECRET}@` },
      { url: "x".repeat(5_000) },
      { label: "x".repeat(101) },
      { label: "a\u0000b" },
      { country: "XX" },
      { country: "UK" },
      { country: "Germany" },
      { region: "f1a" },
      { region: "frankfurt" },
      { max_sessions: -1 },
      { max_sessions: 1.5 },
      { max_sessions: 1_000_001 },
      { on_failure: "explode" },
      { url: 5 },
      { url: [] },
    ];
    for (const fields of faulty) {
      const json = { url: newUrl(), ...fields };
      const answer = await ask("POST", "/proxy", { json });
      expect(faultyFields(answer), JSON.stringify(fields)).toEqual(Object.keys(fields));
      expect(answer.text).not.toContain(SECRET);
    }
    expect(faultyFields(await ask("POST", "/proxy"))).toEqual(["url"]);
    expect((await ask("GET", "/proxies")).body.items).toEqual([]);
  });

  test("refuses hosts that are not public, for sandbox and live sessions", async () => {
    const { ask, live } = await newTenant();
    for (const host of ["10.0.0.1", "169.254.169.254", "[::1]", "localhost.localhost"])
      for (const key of [undefined, live]) {
        const answer = await ask("POST", "/proxy", {
          ...(key ? { key } : {}),
          json: { url: `http://${host}:8080` },
        });
        expectProblem(answer, "UrlNotAllowed", host);
      }
  });

  test("keeps no more than the tenant's max_proxies", async () => {
    const { tenantId, ask, add } = await newTenant();
    await service.admin("PATCH", `/admin/tenants/${tenantId}`, { max_proxies: 1 });
    await add();
    expectProblem(await ask("POST", "/proxy", { json: { url: newUrl() } }), "ProxyLimitReached");
  });
});

describe("one proxy", () => {
  test("is answered, changed and deleted by its id", async () => {
    const { ask, add } = await newTenant();
    const proxy = await add({ label: "one", country: "DE", region: "fra", max_sessions: 5 });
    const query = { proxy_id: proxy.proxy_id };
    expect((await ask("GET", "/proxy", { query })).body).toEqual(proxy);

    const json = { label: null, country: "fr", max_sessions: null, on_failure: "move" };
    const changed = await ask("PATCH", "/proxy", { query, json });
    expect(changed.body).toEqual({
      ...proxy,
      ...json,
      country: "FR",
      updated_at: expect.any(String),
    });
    // In a form an empty text is null; the id may stand there as well.
    const form = { proxy_id: proxy.proxy_id.toLowerCase(), region: "", url: "" };
    const cleared = await ask("PATCH", "/proxy", { form });
    expect(cleared.body).toMatchObject({ region: null, url: proxy.url, country: "FR" });

    const url = newUrl();
    const moved = await ask("PATCH", "/proxy", { query, json: { url } });
    expect(moved.body.url).toBe(url.replace(/user:[^@]*/, "***"));
    expect(moved.text).not.toContain(SECRET);

    expect((await ask("DELETE", "/proxy", { query })).body).toEqual({
      proxy_id: proxy.proxy_id,
      deleted: true,
      moved: 0,
    });
    for (const method of ["GET", "DELETE"])
      expectProblem(await ask(method, "/proxy", { query }), "ProxyNotFound");
    expectProblem(await ask("PATCH", "/proxy", { query, json: { label: "x" } }), "ProxyNotFound");
  });

  test("is not changed by what cannot be used, nor into another one", async () => {
    const { ask, add } = await newTenant();
    const proxy = await add({ label: "one" });
    const query = { proxy_id: proxy.proxy_id };
    const faulty = {
      url: "ftp://x",
      country: "XX",
      region: "1",
      max_sessions: "x",
      on_failure: "",
    };
    for (const [name, value] of Object.entries(faulty)) {
      const answer = await ask("PATCH", "/proxy", { query, json: { label: "two", [name]: value } });
      expect(faultyFields(answer)).toEqual([name]);
    }
    expect(faultyFields(await ask("PATCH", "/proxy", { query, json: {} }))).toEqual(["url"]);
    expect(faultyFields(await ask("PATCH", "/proxy", { json: { label: "x" } }))).toEqual([
      "proxy_id",
    ]);
    const url = newUrl();
    const other = await add({ url });
    const taken = expectProblem(
      await ask("PATCH", "/proxy", { query, json: { url } }),
      "ProxyExists",
    );
    expect(taken.proxy_id).toBe(other.proxy_id);
    expect((await ask("GET", "/proxy", { query })).body).toEqual(proxy);
    const inside = await ask("PATCH", "/proxy", { query, json: { url: "http://10.0.0.1:80" } });
    expectProblem(inside, "UrlNotAllowed");
  });

  test("of another tenant or mode is answered like one that there is not", async () => {
    const [owner, stranger] = [await newTenant(), await newTenant()];
    const proxy = await owner.add();
    const query = { proxy_id: proxy.proxy_id };
    for (const key of [stranger.key, stranger.live, owner.live]) {
      const unknown = { proxy_id: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" };
      for (const [method, options] of [
        ["GET", {}],
        ["DELETE", {}],
        ["PATCH", { json: { label: "mine" } }],
      ] as const) {
        const foreign = await service.request(method, "/proxy", { key, query, ...options });
        const missing = await service.request(method, "/proxy", {
          key,
          query: unknown,
          ...options,
        });
        const { request_id: _, ...body } = expectProblem(foreign, "ProxyNotFound");
        expect(missing.body).toMatchObject(body);
      }
      expect((await service.request("GET", "/proxies", { key })).body.items).toEqual([]);
    }
    expect((await owner.ask("GET", "/proxy", { query })).body).toEqual(proxy);
  });

  test("may be read with the scope read, and changed with admin only", async () => {
    const { tenantId, add } = await newTenant();
    const proxy = await add();
    const query = { proxy_id: proxy.proxy_id };
    for (const scopes of [["read"], ["read", "write", "auth"]]) {
      const { key } = await service.createKey(tenantId, { scopes });
      expect((await service.request("GET", "/proxy", { key, query })).status).toBe(200);
      expect((await service.request("GET", "/proxies", { key })).status).toBe(200);
      for (const [method, path] of [
        ["POST", "/proxy"],
        ["PATCH", "/proxy"],
        ["DELETE", "/proxy"],
        ["POST", "/proxies/import"],
      ] as const)
        expectProblem(await service.request(method, path, { key, query }), "ScopeRequired");
    }
  });
});

describe("GET /proxies", () => {
  test("walks the tenant's in pages, narrowed down by what they are", async () => {
    const { ask, add } = await newTenant();
    const all: any[] = [];
    for (let at = 0; at < 5; at++)
      all.push(await add({ country: at % 2 ? "DE" : "FR", label: `p${at}`, region: "ams" }));
    const items: unknown[] = [];
    let cursor = "";
    do {
      const { body } = await ask("GET", "/proxies", { query: { limit: "2", cursor } });
      items.push(...body.items);
      cursor = body.next_cursor;
    } while (cursor !== "");
    expect(items).toEqual(all);
    const found = async (query: Record<string, string>) =>
      (await ask("GET", "/proxies", { query })).body.items.map(({ label }: any) => label);
    expect(await found({ country: "de" })).toEqual(["p1", "p3"]);
    expect(await found({ label: "p2", region: "AMS", state: "unknown" })).toEqual(["p2"]);
    expect(await found({ state: "down" })).toEqual([]);
    expect(await found({ state: "", country: "", region: "", label: "" })).toHaveLength(5);
    const faulty = { state: "x", country: "XX", region: "x", limit: "0", cursor: "x" };
    for (const [name, value] of Object.entries(faulty)) {
      const answer = await ask("GET", "/proxies", { query: { [name]: value } });
      expect(faultyFields(answer)).toEqual([name]);
    }
  });
});

test("a deleted tenant's proxies are gone with it", async () => {
  const { tenantId, add, key } = await newTenant();
  await add();
  await service.admin("DELETE", `/admin/tenants/${tenantId}`);
  expectProblem(await service.request("GET", "/proxies", { key }), "ApiKeyInvalid");
  await service.service.stores.tenants.purge();
  const found = await service.service.stores.proxies.list({ owner: { tenantId } });
  expect(found.proxies).toEqual([]);
});

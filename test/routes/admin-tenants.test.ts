import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService, type RequestOptions } from "../support/service.ts";

let time = Date.UTC(2026, 0, 1);
const service = await createTestService({ now: () => time });
afterAll(() => service.close());

const headers = service.adminHeaders;
const ask = (method: string, path: string, options: RequestOptions = {}) =>
  service.request(method, `/admin/tenants${path}`, { headers, ...options });
const NOBODY = "01K9ZJ5M0T6R3F4C2B1A0XYZWV";
const account = (key: string, session: string) =>
  service.request("GET", "/account", { key, session });

describe("a tenant", () => {
  test("is created with 201, and can be got, listed and renamed", async () => {
    const created = await ask("POST", "", { json: { name: "  Acme 💥 " } });
    expect(created.status).toBe(201);
    const { id, ...rest } = created.body;
    expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(rest).toEqual({
      name: "Acme 💥",
      status: "active",
      store_credentials: false,
      proxy_policy: "optional",
      requests_per_second: null,
      tenant_requests_per_second: null,
      burst: null,
      max_in_flight: 64,
      max_sessions: 10_000,
      max_proxies: 10_000,
      cors_origins: [],
      daily_budgets: {},
      pace_ms: 0,
      created_at: new Date(time).toISOString(),
      updated_at: new Date(time).toISOString(),
    });
    expect((await ask("GET", `/${id}`)).body).toEqual(created.body);
    expect((await ask("GET", `/${id.toLowerCase()}`)).body).toEqual(created.body);
    time += 5000;
    const renamed = await ask("PATCH", `/${id}`, { json: { name: "Acme Ltd" } });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toEqual({
      ...created.body,
      name: "Acme Ltd",
      updated_at: new Date(time).toISOString(),
    });
    const listed = (await ask("GET", "", { query: { limit: "100" } })).body.items;
    expect(listed).toContainEqual(renamed.body);
  });

  test("keeps its policy on credentials, from a form too", async () => {
    const form = { name: "Keeps", store_credentials: "true" };
    const { id, store_credentials } = (await ask("POST", "", { form })).body;
    expect(store_credentials).toBe(true);
    const off = await ask("PATCH", `/${id}`, { json: { store_credentials: false } });
    expect(off.body.store_credentials).toBe(false);
    const renamed = await ask("PATCH", `/${id}`, { json: { name: "Kept" } });
    expect(renamed.body.store_credentials).toBe(false);
  });

  test("limits the actions of its sessions by their kinds, from a form too", async () => {
    const { id } = (await ask("POST", "", { json: { name: "Slow" } })).body;
    const limits = { daily_budgets: { follow: 50, like: 0 }, pace_ms: 2000 };
    expect((await ask("PATCH", `/${id}`, { json: limits })).body).toMatchObject(limits);
    const form = { daily_budgets: '{"story": "5"}' };
    const changed = (await ask("PATCH", `/${id}`, { form })).body;
    expect(changed).toMatchObject({ daily_budgets: { story: 5 }, pace_ms: 2000 });
    for (const [json, fields] of [
      [{ daily_budgets: { jump: 5 } }, ["daily_budgets.jump"]],
      [{ daily_budgets: { follow: -1 } }, ["daily_budgets.follow"]],
      [{ daily_budgets: { follow: 1.5 } }, ["daily_budgets.follow"]],
      [{ daily_budgets: { follow: 100_001 } }, ["daily_budgets.follow"]],
      [{ daily_budgets: { follow: null } }, ["daily_budgets.follow"]],
      [{ daily_budgets: [5] }, ["daily_budgets"]],
      [{ daily_budgets: "follow=5" }, ["daily_budgets"]],
      [{ pace_ms: -1 }, ["pace_ms"]],
      [{ pace_ms: 3_600_001 }, ["pace_ms"]],
    ] as const) {
      const answer = await ask("PATCH", `/${id}`, { json });
      expect(answer.status, answer.text).toBe(422);
      expect(faultyFields(answer)).toEqual([...fields]);
    }
    expect((await ask("GET", `/${id}`)).body).toEqual(changed);
    const back = await ask("PATCH", `/${id}`, { json: { daily_budgets: {} } });
    expect(back.body.daily_budgets).toEqual({});
  });

  test("has limits of its own, until they are set back with null or an empty field", async () => {
    const limits = {
      requests_per_second: 7,
      burst: 9,
      max_in_flight: 3,
      max_sessions: 0,
      max_proxies: 1,
    };
    const created = await ask("POST", "", { json: { name: "Limited", ...limits } });
    expect(created.body).toMatchObject(limits);
    const path = `/${created.body.id}`;
    const back = await ask("PATCH", path, { json: { burst: null } });
    expect(back.body).toMatchObject({ ...limits, burst: null });
    const form = { requests_per_second: "", max_sessions: "5" };
    expect((await ask("PATCH", path, { form })).body).toMatchObject({
      requests_per_second: null,
      max_sessions: 5,
      max_in_flight: 3,
    });
    const unsaid = await ask("PATCH", path, { json: { max_sessions: null, name: "Renamed" } });
    expect(unsaid.body).toMatchObject({ name: "Renamed", max_sessions: 5 });
    for (const [name, values] of Object.entries({
      requests_per_second: [0, -1, 1.5, 1_000_001, "many", true],
      burst: [0, 2_000_001, "x"],
      max_in_flight: [0, 10_001, "x"],
      max_sessions: [-1, 10_000_001, "x"],
    }))
      for (const value of values) {
        const answer = await ask("PATCH", path, { json: { [name]: value } });
        expect(faultyFields(answer), `${name} ${value}`).toEqual([name]);
      }
    const { errors } = (await ask("PATCH", path, { json: { burst: 0 } })).body;
    expect(errors).toEqual([
      { field: "burst", message: "must be a whole number from 1 to 2000000, or null" },
    ]);
  });

  test("names origins as browsers send them", async () => {
    const { id } = (await ask("POST", "", { json: { name: "Pages" } })).body;
    const json = {
      cors_origins: [
        " HTTPS://App.Example.com:443/ ",
        "http://localhost:3000",
        "",
        "https://app.example.com",
      ],
    };
    const origins = ["https://app.example.com", "http://localhost:3000"];
    expect((await ask("PATCH", `/${id}`, { json })).body.cors_origins).toEqual(origins);
    expect((await ask("GET", `/${id}`)).body.cors_origins).toEqual(origins);
    for (const origin of [
      "*",
      "null",
      "app.example.com",
      "https://*.example.com",
      "https://app.example.com/page",
      "https://app.example.com?x",
      "https://user@app.example.com",
      "ftp://app.example.com",
      `https://${"a".repeat(300)}.example.com`,
    ]) {
      const answer = await ask("PATCH", `/${id}`, { json: { cors_origins: [origin] } });
      expect(faultyFields(answer), origin).toEqual(["cors_origins"]);
    }
    const many = Array.from({ length: 21 }, (_, index) => `https://${index}.example.com`);
    const answer = await ask("PATCH", `/${id}`, { json: { cors_origins: many } });
    expect(faultyFields(answer)).toEqual(["cors_origins"]);
    const form = { cors_origins: "" };
    expect((await ask("PATCH", `/${id}`, { form })).body.cors_origins).toEqual([]);
  });

  test("has a name of 1 to 100 characters without control characters", async () => {
    for (const name of ["", " ", "x".repeat(101), "a\nb", "a\u0000b", 5.5, true, {}, []]) {
      const answer = await ask("POST", "", { json: { name } });
      if (name === 5.5) expect(answer.status).toBe(201);
      else expect(faultyFields(answer), String(name)).toEqual(["name"]);
    }
    const { errors, detail } = (await ask("POST", "", { json: { name: "a\nb" } })).body;
    expect(errors).toEqual([{ field: "name", message: "must not contain control characters" }]);
    expect(detail).toBe("name must not contain control characters");
    const id = await service.createTenant();
    expect(faultyFields(await ask("PATCH", `/${id}`, { json: { name: " " } }))).toEqual(["name"]);
    expect(faultyFields(await ask("PATCH", `/${id}`, { json: { status: "gone" } }))).toEqual([
      "status",
    ]);
  });

  test("that nobody has is answered 404, in every way", async () => {
    for (const id of [NOBODY, "x", "%20", "0".repeat(500)]) {
      expectProblem(await ask("GET", `/${id}`), "TenantNotFound");
      expectProblem(await ask("PATCH", `/${id}`, { json: { name: "x" } }), "TenantNotFound");
      expectProblem(await ask("DELETE", `/${id}`), "TenantNotFound");
      expectProblem(await ask("GET", `/${id}/keys`), "TenantNotFound");
      const json = { name: "x", mode: "test" };
      expectProblem(await ask("POST", `/${id}/keys`, { json }), "TenantNotFound");
    }
  });
});

describe("the list of tenants", () => {
  test("comes in pages, oldest first, every one exactly once", async () => {
    for (let more = 0; more < 7; more++) await service.createTenant(`Tenant ${more}`);
    const all = (await ask("GET", "", { query: { limit: "100" } })).body;
    expect(all.next_cursor).toBe("");
    expect(all.items.length).toBeGreaterThan(8);
    for (const limit of ["1", "3", String(all.items.length)]) {
      const seen: unknown[] = [];
      let cursor = "";
      do {
        const page = (await ask("GET", "", { query: { limit, cursor } })).body;
        expect(page.items.length).toBeLessThanOrEqual(Number(limit));
        seen.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== "");
      expect(seen).toEqual(all.items);
    }
  });

  test("takes no cursor that it never gave", async () => {
    for (const cursor of ["x", "1", "0".repeat(27), "💥"]) {
      const answer = await ask("GET", "", { query: { cursor } });
      expect(faultyFields(answer)).toEqual(["cursor"]);
      expect(answer.body.detail).toBe("cursor is not one that a list returned");
    }
    expect((await ask("GET", "", { query: { cursor: NOBODY } })).status).toBe(200);
  });
});

describe("a suspended tenant", () => {
  test("is shut out at once and let in again at once", async () => {
    const id = await service.createTenant("On and off");
    const { key } = await service.createKey(id);
    const session = await service.login("sandbox", key);
    expect((await account(key, session)).status).toBe(200);
    await ask("PATCH", `/${id}`, { json: { status: "suspended" } });
    expectProblem(await account(key, session), "TenantSuspended");
    expect((await ask("GET", `/${id}`)).body.status).toBe("suspended");
    await ask("PATCH", `/${id}`, { json: { status: "active" } });
    expect((await account(key, session)).status, "its session is still there").toBe(200);
  });
});

describe("a deleted tenant", () => {
  test("takes its keys and sessions with it, at once, and leaves others theirs", async () => {
    const id = await service.createTenant("Short-lived");
    const { key } = await service.createKey(id);
    const session = await service.login("sandbox", key);
    const other = await service.login();
    expect((await account(key, session)).status).toBe(200);
    const before = await service.service.stores.sessions.countByState();
    const live = service.service.sessions.size;
    const answer = await ask("DELETE", `/${id}`);
    expect([answer.status, answer.body]).toEqual([200, { id, deleted: true }]);
    expectProblem(await account(key, session), "ApiKeyInvalid");
    expect(service.service.sessions.size, "none stays open in memory").toBe(live - 1);
    // The rows, which are what is counted, go in the background.
    await service.service.stores.tenants.purge();
    const after = await service.service.stores.sessions.countByState();
    expect(after.active).toBe(before.active - 1);
    expect(await service.service.stores.sessions.find(id, "test", session)).toBeNull();
    expectProblem(await account(service.testKey, session), "SessionNotFound");
    expect((await account(service.testKey, other)).status).toBe(200);
    expectProblem(await ask("GET", `/${id}`), "TenantNotFound");
    expectProblem(await ask("DELETE", `/${id}`), "TenantNotFound");
  });
});

describe("a key with the scope admin", () => {
  const own = async (fields: Record<string, unknown> = {}) => {
    const id = await service.createTenant("Self-governed");
    const { key } = await service.createKey(id, { mode: "live", scopes: ["admin"], ...fields });
    const as = (method: string, path: string, options: RequestOptions = {}) =>
      ask(method, path, { ...options, headers: {}, key });
    return { id, key, as };
  };

  test("sees and changes its own tenant and its keys", async () => {
    const { id, as } = await own({ scopes: ["admin", "read"] });
    expect((await as("GET", `/${id}`)).body.id).toBe(id);
    expect((await as("PATCH", `/${id}`, { json: { name: "New" } })).body.name).toBe("New");
    const json = { name: "k", mode: "live", scopes: ["read"] };
    const created = await as("POST", `/${id}/keys`, { json });
    expect(created.status).toBe(201);
    expect((await as("GET", `/${id}/keys`)).body.items).toHaveLength(2);
    const path = `/${id}/keys/${created.body.id}`;
    expect((await as("POST", `${path}/rotate`)).status).toBe(201);
    expect((await as("DELETE", path)).status).toBe(200);
  });

  test("works as a bearer token too", async () => {
    const { id, key } = await own();
    const bearer = { Authorization: `Bearer ${key}` };
    expect((await ask("GET", `/${id}`, { headers: bearer })).status).toBe(200);
  });

  test("gets the same answer for another tenant as for none", async () => {
    const { as } = await own();
    const about = { "X-Request-Id": "same" };
    const foreignKey = (await service.createKey(service.tenantId)).id;
    for (const [method, rest, json] of [
      ["GET", "", undefined],
      ["PATCH", "", { name: "x" }],
      ["GET", "/keys", undefined],
      ["POST", "/keys", { name: "x", mode: "test" }],
      ["DELETE", `/keys/${foreignKey}`, undefined],
      ["POST", `/keys/${foreignKey}/rotate`, {}],
    ] as const) {
      const options = { headers: about, ...(json ? { json } : {}) };
      const foreign = await as(method, `/${service.tenantId}${rest}`, options);
      expectProblem(foreign, "TenantNotFound", `${method} ${rest}`);
      const foreignText = foreign.text.replaceAll(foreign.body.request_id, "");
      const unknown = await as(method, `/${NOBODY}${rest}`, options);
      expect(unknown.text.replaceAll(unknown.body.request_id, "")).toBe(foreignText);
    }
    expect((await ask("GET", `/${service.tenantId}`)).body.name).toBe("Test tenant");
  });

  test("may not list, create, delete, suspend or resume tenants", async () => {
    const { id, as } = await own();
    expectProblem(await as("GET", ""), "ScopeRequired");
    expectProblem(await as("POST", "", { json: { name: "x" } }), "ScopeRequired");
    expectProblem(await as("DELETE", `/${id}`), "ScopeRequired");
    expectProblem(await as("DELETE", `/${service.tenantId}`), "ScopeRequired");
    for (const status of ["suspended", "active"])
      expectProblem(await as("PATCH", `/${id}`, { json: { status } }), "ScopeRequired");
    expect((await ask("GET", `/${id}`)).body.status).toBe("active");
  });

  test("may change what concerns its own tenant alone, and not what protects the service", async () => {
    const { id, as } = await own();
    const open = { store_credentials: true, cors_origins: ["https://a.example"] };
    expect((await as("PATCH", `/${id}`, { json: open })).body).toMatchObject(open);
    const before = (await ask("GET", `/${id}`)).body;
    for (const json of [
      { requests_per_second: 1000 },
      { requests_per_second: null },
      { burst: 1000 },
      { max_in_flight: 1000 },
      { max_sessions: 1 },
      { max_proxies: 1 },
    ])
      expectProblem(await as("PATCH", `/${id}`, { json: { name: "x", ...json } }), "ScopeRequired");
    expect((await ask("GET", `/${id}`)).body).toEqual(before);
  });

  test("of the sandbox may not change policies, which hold for live keys too", async () => {
    const { id, as } = await own({ mode: "test" });
    for (const json of [{ store_credentials: true }, { cors_origins: ["https://a.example"] }])
      expectProblem(await as("PATCH", `/${id}`, { json }), "GrantExceeded");
    expect((await as("PATCH", `/${id}`, { json: { name: "New" } })).status).toBe(200);
    expect((await ask("GET", `/${id}`)).body).toMatchObject({
      name: "New",
      store_credentials: false,
      cors_origins: [],
    });
  });

  test("may not touch keys of another tenant through its own", async () => {
    const { id, as } = await own();
    const foreign = await service.createKey(service.tenantId);
    expectProblem(await as("DELETE", `/${id}/keys/${foreign.id}`), "ApiKeyNotFound");
    expectProblem(await as("POST", `/${id}/keys/${foreign.id}/rotate`), "ApiKeyNotFound");
    const answer = await service.request("GET", "/media/pk", {
      key: foreign.key,
      query: { media_id: "1" },
    });
    expect(answer.status).toBe(200);
  });
});

import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService, type RequestOptions } from "../support/service.ts";

const START = Date.UTC(2026, 0, 1);
let time = START;
const service = await createTestService({ now: () => time });
afterAll(() => service.close());

const headers = service.adminHeaders;
const { tenantId } = service;
const keys = `/admin/tenants/${tenantId}/keys`;
const ask = (method: string, path: string, options: RequestOptions = {}) =>
  service.request(method, path, { headers, ...options });
const create = (fields: Record<string, unknown> = {}) =>
  ask("POST", keys, { json: { name: "A key", mode: "test", ...fields } });
/** A request that any key with the scope read may make. */
const use = (key: string) =>
  service.request("GET", "/media/pk", { key, query: { media_id: "1_2" } });
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

describe("creating a key", () => {
  test("answers 201 with the key, shown this once", async () => {
    const answer = await create({ name: " Mobile " });
    expect(answer.status).toBe(201);
    const { id, key, ...rest } = answer.body;
    expect(key).toMatch(/^gw_test_[0-9a-z]{26}[0-9A-Za-z]{43}$/);
    expect(key).toStartWith(`gw_test_${id.toLowerCase()}`);
    expect(rest).toEqual({
      tenant_id: tenantId,
      name: "Mobile",
      mode: "test",
      scopes: ["read", "write", "auth"],
      created_at: iso(time),
      expires_at: null,
      revoked_at: null,
      last_used_at: null,
    });
    expect((await use(key)).status).toBe(200);
    const listed = await ask("GET", keys, { query: { limit: "100" } });
    expect(listed.text).not.toContain(key);
    expect(listed.text).not.toContain(key.slice(-43));
    expect(listed.body.items.map((item: { id: string }) => item.id)).toContain(id);
  });

  test("says the mode in the key", async () => {
    expect((await create({ mode: "live" })).body.key).toStartWith("gw_live_");
  });

  test("takes scopes in any order, once each, from JSON and forms", async () => {
    const scopes = ["admin", "read", "admin"];
    expect((await create({ scopes })).body.scopes).toEqual(["read", "admin"]);
    const form = new URLSearchParams([
      ["name", "From a form"],
      ["mode", "test"],
      ["scopes", "write"],
    ]);
    expect((await ask("POST", keys, { body: form })).body.scopes).toEqual(["write"]);
    const commas = new URLSearchParams({ name: "Commas", mode: "test", scopes: "read, write" });
    expect((await ask("POST", keys, { body: commas })).body.scopes).toEqual(["read", "write"]);
    form.append("scopes", "auth");
    expect((await ask("POST", keys, { body: form })).body.scopes).toEqual(["write", "auth"]);
  });

  test("refuses scopes that there are not", async () => {
    for (const scopes of [[], ["all"], ["read", "READ"], ["read write"], [""], [{}], [null]]) {
      const answer = await create({ scopes });
      expect(faultyFields(answer), JSON.stringify(scopes)).toEqual(["scopes"]);
    }
  });

  test("refuses a mode or name that is none", async () => {
    for (const mode of ["", "TEST", "production", null, 1])
      expect(faultyFields(await create({ mode })), String(mode)).toEqual(["mode"]);
    for (const name of ["", "  ", "x".repeat(101), "a\tb"])
      expect(faultyFields(await create({ name }))).toEqual(["name"]);
  });

  test("refuses an end that is past or no time with a zone", async () => {
    const wrong = [iso(time), iso(time - 1), "2026-02-01T00:00:00", "tomorrow", "01.02.2026"];
    wrong.push("2026-13-01T00:00:00Z", "0", "1767225600000", "Feb 1 2027 00:00:00 GMT");
    for (const expires_at of wrong) {
      const answer = await create({ expires_at });
      expect(faultyFields(answer), expires_at).toEqual(["expires_at"]);
      expect(answer.body.detail).not.toContain("expires_at expires_at");
    }
    expect((await create({ expires_at: "" })).body.expires_at).toBeNull();
    expect((await create({ expires_at: "2026-02-01T01:00:00+01:00" })).body.expires_at).toBe(
      "2026-02-01T00:00:00.000Z",
    );
    expect((await create({ expires_at: "2026-02-01" })).body.expires_at).toBe(
      "2026-02-01T00:00:00.000Z",
    );
    const zoneless = await create({ expires_at: "2026-02-01T00:00:00" });
    expect(zoneless.body.detail).toContain("time zone");
  });
});

describe("the list of keys", () => {
  test("comes in pages, every key exactly once, revoked and expired ones too", async () => {
    const id = await service.createTenant("With many keys");
    const made: string[] = [];
    for (let more = 0; more < 7; more++) made.push((await service.createKey(id)).id);
    await ask("DELETE", `/admin/tenants/${id}/keys/${made[2]}`);
    for (const limit of ["1", "3", "7", "100"]) {
      const seen: string[] = [];
      let cursor = "";
      do {
        const query = { limit, cursor };
        const page = (await ask("GET", `/admin/tenants/${id}/keys`, { query })).body;
        seen.push(...page.items.map((item: { id: string }) => item.id));
        cursor = page.next_cursor;
      } while (cursor !== "");
      expect(seen).toEqual(made);
    }
  });

  test("tells when a key was used last", async () => {
    const { id, key } = (await create()).body;
    const lastUse = async () => {
      const { items } = (await ask("GET", keys, { query: { limit: "100" } })).body;
      return items.find((item: { id: string }) => item.id === id).last_used_at;
    };
    expect(await lastUse()).toBeNull();
    time += 1000;
    await use(key);
    expect(await lastUse()).toBe(iso(time));
    time += 1000;
    await use(key);
    expect(await lastUse()).toBe(iso(time));
  });
});

describe("revoking a key", () => {
  test("ends it at once, and again changes nothing", async () => {
    const { id, key } = (await create()).body;
    expect((await use(key)).status).toBe(200);
    const revoked = await ask("DELETE", `${keys}/${id}`);
    expect([revoked.status, revoked.body.revoked_at]).toEqual([200, iso(time)]);
    expect(revoked.text).not.toContain(key);
    expectProblem(await use(key), "ApiKeyInvalid");
    time += 1000;
    expect((await ask("DELETE", `${keys}/${id}`)).body).toEqual(revoked.body);
  });

  test("of an unknown key is answered 404", async () => {
    for (const id of ["01K9ZJ5M0T6R3F4C2B1A0XYZWV", "x", "%20"]) {
      expectProblem(await ask("DELETE", `${keys}/${id}`), "ApiKeyNotFound");
      expectProblem(await ask("POST", `${keys}/${id}/rotate`), "ApiKeyNotFound");
    }
  });

  test("leaves the tenant's other keys and sessions in use", async () => {
    const { id, key } = (await create()).body;
    const session = await service.login("sandbox", key);
    await ask("DELETE", `${keys}/${id}`);
    const answer = await service.request("GET", "/account", { key: service.testKey, session });
    expect(answer.status).toBe(200);
  });
});

describe("rotating a key", () => {
  test("gives a new one like it; the old one works until the overlap ends", async () => {
    const expires_at = iso(time + 10 * 86_400_000);
    const old = (await create({ name: "Rotating", scopes: ["read"], expires_at })).body;
    const answer = await ask("POST", `${keys}/${old.id}/rotate`, { json: { overlap_seconds: 60 } });
    expect(answer.status).toBe(201);
    const { id, key, created_at, ...rest } = answer.body;
    expect(id).not.toBe(old.id);
    expect(key).not.toBe(old.key);
    expect(created_at).toBe(iso(time));
    const { id: _id, key: _key, created_at: _created, ...oldRest } = old;
    expect(rest).toEqual(oldRest);
    time += 59_999;
    for (const each of [old.key, key]) expect((await use(each)).status).toBe(200);
    time += 1;
    const refused = expectProblem(await use(old.key), "ApiKeyInvalid");
    expect(refused.detail).toContain("expired");
    expect((await use(key)).status).toBe(200);
  });

  test("without a body overlaps for a day", async () => {
    const old = (await create()).body;
    const { key } = (await ask("POST", `${keys}/${old.id}/rotate`)).body;
    time += 86_399_000;
    expect((await use(old.key)).status).toBe(200);
    time += 1_000;
    expectProblem(await use(old.key), "ApiKeyInvalid");
    expect((await use(key)).status).toBe(200);
  });

  test("with no overlap ends the old one at once", async () => {
    const old = (await create()).body;
    expect((await use(old.key)).status).toBe(200);
    const form = { overlap_seconds: "0" };
    const { key } = (await ask("POST", `${keys}/${old.id}/rotate`, { form })).body;
    expectProblem(await use(old.key), "ApiKeyInvalid");
    expect((await use(key)).status).toBe(200);
  });

  test("never makes the old one live longer than it would have", async () => {
    const old = (await create({ expires_at: iso(time + 30_000) })).body;
    await ask("POST", `${keys}/${old.id}/rotate`, { json: { overlap_seconds: 86_400 } });
    time += 30_000;
    expectProblem(await use(old.key), "ApiKeyInvalid");
  });

  test("refuses an overlap out of range", async () => {
    const { id } = (await create()).body;
    for (const overlap_seconds of [-1, 1.5, "x", 90 * 86_400 + 1]) {
      const answer = await ask("POST", `${keys}/${id}/rotate`, { json: { overlap_seconds } });
      expect(faultyFields(answer)).toEqual(["overlap_seconds"]);
    }
  });

  test("of a revoked or expired key is answered 409", async () => {
    const revoked = (await create()).body;
    await ask("DELETE", `${keys}/${revoked.id}`);
    expectProblem(await ask("POST", `${keys}/${revoked.id}/rotate`), "ApiKeyNotActive");
    const expired = (await create({ expires_at: iso(time + 1000) })).body;
    time += 1000;
    expectProblem(await ask("POST", `${keys}/${expired.id}/rotate`), "ApiKeyNotActive");
  });
});

describe("a key that expires", () => {
  test("works to its last millisecond, cached or not", async () => {
    const { key } = (await create({ expires_at: iso(time + 10_000) })).body;
    expect((await use(key)).status).toBe(200);
    time += 9_999;
    expect((await use(key)).status).toBe(200);
    time += 1;
    expectProblem(await use(key), "ApiKeyInvalid");
  });
});

describe("a key that makes keys", () => {
  /** A key of the tenant as somebody who makes, replaces and revokes others. */
  const maker = async (fields: Record<string, unknown>) => {
    const { id, key } = (await create({ mode: "live", scopes: ["admin", "read"], ...fields })).body;
    const as = (method: string, path: string, json?: unknown) =>
      service.request(method, keys + path, { key, ...(json === undefined ? {} : { json }) });
    const make = (wanted: Record<string, unknown> = {}) =>
      as("POST", "", { name: "Made", mode: "live", scopes: ["read"], ...wanted });
    return { id, as, make };
  };
  const count = async () => (await ask("GET", keys, { query: { limit: "100" } })).body.items.length;

  test("gives its scopes and no others, its own where none are said", async () => {
    const { make } = await maker({});
    expect((await make({ scopes: ["read", "admin"] })).body.scopes).toEqual(["read", "admin"]);
    const before = await count();
    for (const scope of ["write", "auth"]) {
      const { detail } = expectProblem(await make({ scopes: ["read", scope] }), "GrantExceeded");
      expect(detail).toContain(scope);
    }
    expect(await count()).toBe(before);
    const unsaid = { name: "Made", mode: "live" };
    const { as } = await maker({ scopes: ["read", "write", "admin"] });
    expect((await as("POST", "", unsaid)).body.scopes).toEqual(["read", "write"]);
    const administrator = await maker({ scopes: ["admin"] });
    expect((await administrator.as("POST", "", unsaid)).body.scopes).toEqual(["admin"]);
  });

  test("gives no later end than its own", async () => {
    const end = time + 1_000_000;
    const { make } = await maker({ expires_at: iso(end) });
    expect((await make()).body.expires_at).toBe(iso(end));
    expect((await make({ expires_at: iso(end - 1) })).body.expires_at).toBe(iso(end - 1));
    const refused = expectProblem(await make({ expires_at: iso(end + 1) }), "GrantExceeded");
    expect(refused.detail).toContain(iso(end));
  });

  test("that is being replaced cannot outlive its own end by replacing itself", async () => {
    const { id, as, make } = await maker({});
    await ask("POST", `${keys}/${id}/rotate`, { json: { overlap_seconds: 60 } });
    const before = await count();
    expectProblem(await as("POST", `/${id}/rotate`, {}), "GrantExceeded");
    expect(await count()).toBe(before);
    expect((await make()).body.expires_at).toBe(iso(time + 60_000));
  });

  test("replaces no key that has more than itself", async () => {
    const wider = (await create({ mode: "live" })).body;
    const lasting = (await create({ mode: "live", scopes: ["read"] })).body;
    const { as } = await maker({ expires_at: iso(time + 1_000_000) });
    for (const { id } of [wider, lasting])
      expectProblem(await as("POST", `/${id}/rotate`, {}), "GrantExceeded");
    expect((await as("DELETE", `/${wider.id}`)).status, "to end one is to give nothing").toBe(200);
  });

  test("of the sandbox has no say over live keys; a live one has over both", async () => {
    const live = (await create({ mode: "live", scopes: ["read"] })).body;
    const test = await maker({ mode: "test" });
    expectProblem(await test.make(), "GrantExceeded");
    expectProblem(await test.as("POST", `/${live.id}/rotate`, {}), "GrantExceeded");
    expectProblem(await test.as("DELETE", `/${live.id}`), "GrantExceeded");
    const listed = (await ask("GET", keys, { query: { limit: "100" } })).body.items;
    const record = listed.find((item: { id: string }) => item.id === live.id);
    expect(record).toMatchObject({ revoked_at: null, expires_at: null });
    const sandbox = await test.make({ mode: "test" });
    expect(sandbox.body.mode).toBe("test");
    const both = await maker({});
    expect((await both.make({ mode: "test" })).status).toBe(201);
    expect((await both.as("DELETE", `/${sandbox.body.id}`)).status).toBe(200);
    expect((await both.as("DELETE", `/${live.id}`)).status).toBe(200);
  });
});

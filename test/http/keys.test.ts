import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

let time = Date.UTC(2026, 0, 1);
const sandbox = await sandboxOfFile({ now: () => time });

const admin = sandbox.adminHeaders;
const guarded = sandbox.entries.filter(
  ({ access }) => access.kind !== "public" && access.kind !== "admin",
);
const administrative = sandbox.entries.filter(({ access }) => access.kind === "admin");
const named = ({ method, path }: Operation): string => `${method} ${path}`;

/** A key's text that is well formed and belongs to nobody. */
const UNKNOWN = `gw_test_${"0".repeat(26)}${"A".repeat(43)}`;

const suspendedTenant = await sandbox.createTenant("Suspended");
const suspended = (await sandbox.createKey(suspendedTenant)).key;
await sandbox.request("PATCH", `/admin/tenants/${suspendedTenant}`, {
  headers: admin,
  json: { status: "suspended" },
});
const revoked = await sandbox.createKey(sandbox.tenantId);
await sandbox.request("DELETE", `/admin/tenants/${sandbox.tenantId}/keys/${revoked.id}`, {
  headers: admin,
});
const expired = (
  await sandbox.createKey(sandbox.tenantId, {
    expires_at: new Date(time + 60_000).toISOString(),
  })
).key;
time += 120_000;
const byScope: Record<string, string> = {};
for (const scope of ["read", "write", "auth", "admin"])
  byScope[scope] = (await sandbox.createKey(sandbox.tenantId, { scopes: [scope] })).key;

/** The scope that an operation needs, as its problem tells. */
const scopeOf = ({ path, method, tag }: Operation): string => {
  if (path.startsWith("/auth")) return "auth";
  // They hand out all logins, and tell who did what.
  if (path === "/sessions/export" || path === "/audit") return "admin";
  if (method === "GET") return "read";
  return { Proxy: "admin", Session: "auth" }[tag] ?? "write";
};

describe("each operation of a tenant", () => {
  test("there are some, of every kind", () => {
    expect(new Set(guarded.map(({ access }) => access.kind))).toEqual(
      new Set(["key", "session", "optional-session"]),
    );
  });

  for (const entry of guarded) {
    test(`${named(entry)} answers 401 without an API key`, async () => {
      expectProblem(await sandbox.call(entry, { key: null }), "ApiKeyRequired");
      expectProblem(await sandbox.call(entry, { key: "  " }), "ApiKeyRequired");
    });

    test(`${named(entry)} answers 401 to keys that open nothing`, async () => {
      const cases = { malformed: "gw_test_abc", unknown: UNKNOWN, revoked: revoked.key, expired };
      for (const [reason, key] of Object.entries(cases)) {
        const body = expectProblem(await sandbox.call(entry, { key }), "ApiKeyInvalid", reason);
        expect(body.detail.toLowerCase()).toContain(reason === "malformed" ? "form" : reason);
        expect(JSON.stringify(body)).not.toContain(key);
      }
    });

    test(`${named(entry)} answers 403 to a key of a suspended tenant`, async () => {
      expectProblem(await sandbox.call(entry, { key: suspended }), "TenantSuspended");
    });

    test(`${named(entry)} answers 403 to a key without the scope, and names it`, async () => {
      const scope = scopeOf(entry);
      for (const [other, key] of Object.entries(byScope)) {
        if (other === scope) continue;
        const body = expectProblem(await sandbox.call(entry, { key }), "ScopeRequired", other);
        expect(body.detail).toContain(scope);
        expect(body.hint).toContain(scope);
      }
      const answer = await sandbox.call(entry, { key: byScope[scope] ?? "" });
      expect(answer.body?.exc_type).not.toBe("ScopeRequired");
    });

    test(`${named(entry)} refuses a bad key before it looks at the input`, async () => {
      const { path } = await sandbox.example(entry);
      for (const key of [null, "nonsense", UNKNOWN]) {
        const answer = await sandbox.request(entry.method, path, {
          key,
          query: { amount: "x", user_id: "", media_pk: "", url: "" },
          ...(entry.body
            ? { body: "{broken", headers: { "Content-Type": "application/json" } }
            : {}),
        });
        expectProblem(answer, key === null ? "ApiKeyRequired" : "ApiKeyInvalid");
      }
    });
  }
});

describe("each administrative operation", () => {
  test("there are some", () => expect(administrative.length).toBeGreaterThan(0));

  for (const entry of administrative) {
    test(`${named(entry)} answers 401 without the admin token, or with a wrong one`, async () => {
      const { path, options } = await sandbox.example(entry);
      const { adminToken } = sandbox;
      const wrong: Record<string, string>[] = [
        {},
        { Authorization: "Bearer " },
        { Authorization: "Bearer wrong" },
        { Authorization: `Bearer ${adminToken}x` },
        { Authorization: `Bearer ${adminToken.slice(0, -1)}` },
        { Authorization: `Basic ${adminToken}` },
        { Authorization: adminToken },
        { "X-API-Key": adminToken },
      ];
      for (const headers of wrong) {
        const answer = await sandbox.request(entry.method, path, { ...options, headers });
        expectProblem(answer, "AdminTokenRequired", JSON.stringify(Object.keys(headers)));
        expect(answer.text).not.toContain(adminToken);
      }
    });

    test(`${named(entry)} takes API keys with the scope admin only`, async () => {
      const { path, options } = await sandbox.example(entry);
      const withKey = (key: string) =>
        sandbox.request(entry.method, path, { ...options, headers: {}, key });
      for (const scope of ["read", "write", "auth"]) {
        const body = expectProblem(await withKey(byScope[scope] ?? ""), "ScopeRequired");
        expect(body.detail).toContain("admin");
      }
      expectProblem(await withKey(UNKNOWN), "ApiKeyInvalid");
      expectProblem(await withKey(revoked.key), "ApiKeyInvalid");
      expectProblem(await withKey(expired), "ApiKeyInvalid");
      expectProblem(await withKey(suspended), "TenantSuspended");
    });

    test(`${named(entry)} refuses a wrong token before it looks at the input`, async () => {
      const { path } = await sandbox.example(entry);
      const answer = await sandbox.request(entry.method, path, {
        headers: { Authorization: "Bearer wrong", "Content-Type": "application/json" },
        query: { limit: "x" },
        ...(entry.body ? { body: "{broken" } : {}),
      });
      expectProblem(answer, "AdminTokenRequired");
    });
  }
});

describe("the API key", () => {
  const ask = (headers: Record<string, string>) =>
    sandbox.request("GET", "/media/pk", { headers, query: { media_id: "1_2" } });

  test("is taken from X-API-Key and as a bearer token, in any case and with blanks around", async () => {
    const { testKey } = sandbox;
    const spellings: Record<string, string>[] = [
      { "X-API-Key": testKey },
      { "x-api-key": ` ${testKey} ` },
      { Authorization: `Bearer ${testKey}` },
      { Authorization: `bearer   ${testKey}` },
      { authorization: `BEARER ${testKey}` },
    ];
    for (const headers of spellings) expect((await ask(headers)).status).toBe(200);
  });

  test("in X-API-Key outranks a bearer token", async () => {
    const { testKey } = sandbox;
    const good = await ask({ "X-API-Key": testKey, Authorization: "Bearer nonsense" });
    expect(good.status).toBe(200);
    const bad = await ask({ "X-API-Key": "nonsense", Authorization: `Bearer ${testKey}` });
    expectProblem(bad, "ApiKeyInvalid");
  });

  test("is not taken from the query, a cookie, or another scheme", async () => {
    const { testKey } = sandbox;
    expectProblem(await ask({ Authorization: `Basic ${testKey}` }), "ApiKeyRequired");
    expectProblem(await ask({ Cookie: `X-API-Key=${testKey}` }), "ApiKeyRequired");
    const answer = await sandbox.request("GET", "/media/pk", {
      query: { media_id: "1_2", api_key: testKey, "X-API-Key": testKey },
    });
    expectProblem(answer, "ApiKeyRequired");
  });

  test("of the other mode with the same secret is unknown", async () => {
    const other = sandbox.testKey.replace("gw_test_", "gw_live_");
    expectProblem(await ask({ "X-API-Key": other }), "ApiKeyInvalid");
  });

  test("with one digit changed is unknown", async () => {
    const last = sandbox.testKey.at(-1) === "a" ? "b" : "a";
    expectProblem(await ask({ "X-API-Key": sandbox.testKey.slice(0, -1) + last }), "ApiKeyInvalid");
  });
});

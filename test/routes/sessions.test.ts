import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService, type TestService } from "../support/service.ts";

/* GET /sessions, and whose sessions it and the other routes of sessions show. */

let service: TestService;
let otherKey: string;
const own: string[] = [];
beforeAll(async () => {
  service = await createTestService();
  otherKey = (await service.createKey(await service.createTenant("Other"))).key;
  for (let made = 0; made < 5; made++) own.push(await service.login());
  await service.login("sandbox", otherKey);
});
afterAll(() => service.close());

const list = (query: Record<string, string> = {}, key = service.testKey) =>
  service.request("GET", "/sessions", { key, query });
const idsOf = ({ body }: { body: any }): string[] => body.items.map(({ id }: any) => id);

describe("GET /sessions", () => {
  test("lists the tenant's sessions of the key's mode, and no others", async () => {
    expect(idsOf(await list())).toEqual(own);
    expect(idsOf(await list({}, otherKey))).toHaveLength(1);
    expect(own).not.toContain(idsOf(await list({}, otherKey))[0]);
    expect(idsOf(await list({}, service.liveKey))).toEqual([]);
  });

  test("gives pages whose cursors lead through all of them", async () => {
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await list({ limit: "2", cursor });
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }: any) => id));
      cursor = body.next_cursor;
    } while (cursor !== "");
    expect(seen).toEqual(own);
  });

  test("takes filters, and an empty one for none", async () => {
    const [first = "", second = ""] = own;
    const patch = (session: string, form: Record<string, string>) =>
      service.request("PATCH", "/session", { key: service.testKey, session, form });
    await patch(first, { label: "acme", enabled: "false" });
    await patch(second, { label: "acme" });
    expect(idsOf(await list({ label: " acme " }))).toEqual([first, second]);
    expect(idsOf(await list({ label: "acm" }))).toEqual([]);
    expect(idsOf(await list({ label: "acme", state: "disabled" }))).toEqual([first]);
    expect(idsOf(await list({ state: "active", limit: "2" }))).toEqual(own.slice(1, 3));
    expect(idsOf(await list({ username: " @SANDBOX " }))).toEqual(own);
    expect(idsOf(await list({ username: "nobody" }))).toEqual([]);
    expect(idsOf(await list({ proxy: "none" }))).toEqual(own);
    expect(idsOf(await list({ proxy_id: "01k9zj5m0t6r3f4c2b1a0xyzwv" }))).toEqual([]);
    const empty = { state: "", username: "", label: "", proxy: "", proxy_id: " ", cursor: "" };
    expect(idsOf(await list(empty))).toEqual(own);
    await patch(first, { label: "", enabled: "true" });
    await patch(second, { label: "" });
  });

  test.each([
    [{ state: "asleep" }, "state"],
    [{ limit: "0" }, "limit"],
    [{ limit: "101" }, "limit"],
    [{ cursor: "x" }, "cursor"],
    [{ username: "two words" }, "username"],
    [{ label: "x".repeat(101) }, "label"],
    [{ proxy_id: "http://proxy.example" }, "proxy_id"],
    [{ proxy: "' OR 1=1 --" }, "proxy"],
    [{ proxy: "none", proxy_id: "none" }, "proxy"],
  ])("refuses %j", async (query, field) => {
    expect(faultyFields(await list(query))).toEqual([field]);
  });

  test("needs a key with the scope read", async () => {
    expectProblem(await service.request("GET", "/sessions"), "ApiKeyRequired");
    const { key } = await service.createKey(service.tenantId, { scopes: ["write", "auth"] });
    expectProblem(await list({}, key), "ScopeRequired");
  });

  test("gives ids with which the session can be named", async () => {
    const [id = ""] = idsOf(await list({ limit: "1" }));
    for (const options of [{ session: id }, { query: { sessionid: id.toLowerCase() } }]) {
      const answer = await service.request("GET", "/session", { key: service.testKey, ...options });
      expect(answer.body.id).toBe(id);
    }
  });
});

describe("another tenant, or a key of the other mode", () => {
  test("neither sees, changes, checks nor deletes a session", async () => {
    const [session = ""] = own;
    const { testKey, liveKey, request } = service;
    const before = (await request("GET", "/session", { key: testKey, session })).text;
    for (const key of [otherKey, liveKey])
      for (const [method, path, json] of [
        ["GET", "/session"],
        ["GET", "/session/health"],
        ["PATCH", "/session", { enabled: false }],
        ["DELETE", "/session"],
      ] as const)
        expectProblem(await request(method, path, { key, session, json }), "SessionNotFound", path);
    expect((await request("GET", "/session", { key: testKey, session })).text).toBe(before);
  });

  test("neither does a key without the scope", async () => {
    const { createKey, tenantId, request } = service;
    const { key: reader } = await createKey(tenantId, { scopes: ["read", "write"] });
    const { key: writer } = await createKey(tenantId, { scopes: ["auth"] });
    const [session = ""] = own;
    const json = { label: "x" };
    expectProblem(
      await request("PATCH", "/session", { key: reader, session, json }),
      "ScopeRequired",
    );
    expectProblem(await request("DELETE", "/session", { key: reader, session }), "ScopeRequired");
    expectProblem(await request("GET", "/session", { key: writer, session }), "ScopeRequired");
  });
});

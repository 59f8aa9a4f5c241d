import { describe, expect, expectTypeOf, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import type { Administrator } from "../../src/http/access/administrator.ts";
import {
  operations,
  unlisted,
  withAdministrator,
  withKey,
  withOptionalSession,
  withoutKey,
  withSession,
} from "../../src/http/route.ts";
import { RouteTable } from "../../src/http/route-table.ts";
import type { SessionInUse } from "../../src/sessions/session-in-use.ts";
import type { AuthenticatedKey } from "../../src/tenants/key-cache.ts";

const { get, post } = operations("Test");
const said = { operationId: "getTest", summary: "Test", returns: Type.Boolean() };

// The type check runs these; nothing calls them.
describe("a handler is given", () => {
  test("what its route's access asks for, and nothing else", () => {
    get("/a", { ...said, access: withSession("read") }, (given) => {
      expectTypeOf(given.session).toEqualTypeOf<SessionInUse>();
      expectTypeOf(given.key).toEqualTypeOf<AuthenticatedKey>();
      expectTypeOf(given).not.toHaveProperty("administrator");
    });
    get("/a", { ...said, access: withOptionalSession("read") }, ({ session }) => {
      expectTypeOf(session).toEqualTypeOf<SessionInUse | null>();
    });
    get("/a", { ...said, access: withKey("read") }, (given) => {
      expectTypeOf(given.key).toEqualTypeOf<AuthenticatedKey>();
      expectTypeOf(given).not.toHaveProperty("session");
    });
    get("/a", { ...said, access: withAdministrator }, (given) => {
      expectTypeOf(given.administrator).toEqualTypeOf<Administrator>();
      expectTypeOf(given).not.toHaveProperty("key");
    });
    get("/a", { ...said, access: withoutKey }, (given) => {
      expectTypeOf(given).not.toHaveProperty("key");
    });
  });

  test("the fields and path parameters that its route declares", () => {
    const query = { pk: Type.String(), amount: Type.Optional(Type.Integer()) };
    const body = { ids: Type.Array(Type.String()) };
    post("/a/:one/b/:two", { ...said, access: withoutKey, query, body }, (given) => {
      expectTypeOf(given.query).toEqualTypeOf<{ pk: string; amount?: number }>();
      expectTypeOf(given.body).toEqualTypeOf<{ ids: string[] }>();
      expectTypeOf(given.params.one).toEqualTypeOf<string>();
      expectTypeOf(given.params.two).toEqualTypeOf<string>();
      expectTypeOf(given.params).not.toHaveProperty("three");
    });
  });
});

describe("the routes of a service", () => {
  const first = get("/a", { ...said, access: withoutKey, aliases: ["/b"] }, () => true);

  test("cannot claim one path twice, under whatever name", () => {
    for (const path of ["/a", "/b"])
      expect(
        () => new RouteTable([first, unlisted("GET", path, { access: withoutKey }, () => true)]),
      ).toThrow(`GET ${path} is claimed twice`);
    new RouteTable([first, unlisted("POST", "/a", { access: withoutKey }, () => true)]);
  });

  test("are listed but for those that are declared as unlisted", () => {
    const table = new RouteTable([
      first,
      unlisted("GET", "/c", { access: withoutKey }, () => true),
    ]);
    expect(table.operations).toEqual([first]);
    expect(table.methodsOf("/c")).toEqual(["GET", "HEAD"]);
  });
});

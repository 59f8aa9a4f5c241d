import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const named = ({ method, path }: Operation): string => `${method} ${path}`;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

describe("HEAD", () => {
  for (const entry of sandbox.entries.filter(({ method }) => method === "GET"))
    test(`on ${entry.path} answers as GET without a body`, async () => {
      for (const path of [entry.path, ...(entry.aliases ?? [])]) {
        const example = await sandbox.example(entry, path);
        const get = await sandbox.request("GET", example.path, example.options);
        const head = await sandbox.request("HEAD", example.path, example.options);
        expect(head.status, path).toBe(get.status);
        expect(head.headers.get("content-type"), path).toBe(get.headers.get("content-type"));
        expect(head.text, path).toBe("");
      }
    });

  test("refuses like GET: without a key, without a session, for an unknown user", async () => {
    const entry = sandbox.entry("getUser");
    const { path } = entry;
    const { testKey: key, session } = sandbox;
    expect((await sandbox.request("HEAD", path)).status).toBe(401);
    expect((await sandbox.request("HEAD", path, { key })).status).toBe(401);
    const query = { user_id: "999" };
    expect((await sandbox.request("HEAD", path, { key, session, query })).status).toBe(404);
  });

  test("on an operation that only writes is refused", async () => {
    const answer = await sandbox.request("HEAD", "/auth/login");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("POST");
  });
});

describe("a wrong method", () => {
  const paths = new Map<string, Set<string>>();
  for (const { method, path, aliases = [] } of sandbox.entries)
    for (const known of [path, ...aliases])
      paths.set(known, (paths.get(known) ?? new Set()).add(method));
  // Of /admin/proxies/import, the route of /admin/proxies/:proxy_id takes the other methods.
  for (const [path, methods] of paths)
    for (const [other, more] of paths)
      if (other.includes(":") && new RegExp(`^${other.replaceAll(/:\w+/g, "[^/:]+")}$`).test(path))
        for (const method of more) methods.add(method);

  for (const [path, methods] of paths)
    test(`on ${path} is answered 405 with what it takes`, async () => {
      const literal = path.replaceAll(/:\w+/g, "01K9ZJ5M0T6R3F4C2B1A0XYZWV");
      for (const method of [...METHODS.filter((one) => !methods.has(one)), "OPTIONS"])
        for (const [key, at] of [
          [null, literal],
          [sandbox.testKey, `${literal}/`],
        ] as const) {
          const answer = await sandbox.request(method, at, { key });
          expectProblem(answer, "MethodNotAllowed", `${method} ${at}`);
          const allowed = (answer.headers.get("allow") ?? "").split(", ").sort();
          const wanted = [...methods, ...(methods.has("GET") ? ["HEAD"] : [])].sort();
          expect(allowed, `${method} ${at}`).toEqual(wanted);
        }
    });
});

describe("an unknown path", () => {
  const unknown = [
    "/nothing",
    "/user/nothing",
    "/User",
    "/auth",
    "/admin",
    "/admin/tenants/x/y",
    "/docs/assets/none.js",
    "/docs/assets/..%2f..%2fpackage.json",
    "/-/docs",
    "/-/openapi.json",
    "/%ff",
    "/%",
    "/user%00",
    `/${"x".repeat(5000)}`,
  ];
  for (const path of unknown)
    test(`${path.slice(0, 40)} is answered 404, whoever asks`, async () => {
      for (const key of [null, sandbox.testKey, "nonsense"]) {
        const answer = await sandbox.request("GET", path, { key });
        const body = expectProblem(answer, "NotFound");
        expect(answer.text).not.toContain("xxxx");
        if (!path.includes("/docs/assets")) expect(body.hint).toContain("/openapi.json");
      }
    });
});

describe("a path", () => {
  test("may end with one slash, canonical or alias", async () => {
    for (const name of ["getUser", "getAccount", "postAuthTotp"]) {
      const entry = sandbox.entry(name);
      for (const path of [entry.path, ...(entry.aliases ?? [])]) {
        const answer = await sandbox.call(entry, {}, `${path}/`);
        expect(answer.status, path).toBe(200);
        const twice = await sandbox.call(entry, {}, `${path}//`);
        expect(expectProblem(twice, "NotFound").hint, path).toContain(`Did you mean ${path}?`);
      }
    }
  });

  test("whose parameter is no valid percent-encoding is refused as invalid", async () => {
    const headers = sandbox.adminHeaders;
    for (const segment of ["%ff", "%", "%zz", "%c3%28"])
      for (const entry of sandbox.entries.filter(({ path }) => path.includes(":"))) {
        const path = entry.path.replaceAll(/:\w+/g, segment);
        const json = { name: "x", mode: "test" };
        const answer = await sandbox.request(entry.method, path, {
          headers,
          ...(entry.body ? { json } : {}),
        });
        expectProblem(answer, "ValidationError", `${named(entry)} ${segment}`);
      }
  });
});

test("a request with cookies is answered as one without", async () => {
  const { testKey: key, session } = sandbox;
  const requests: [method: string, path: string, form?: Record<string, string>][] = [
    ["GET", "/user?username=instagram"],
    ["GET", "/user/info/?username=instagram"],
    ["HEAD", "/user?username=instagram"],
    ["GET", "/media/comment/infos?media_ids=3755350675776297567&media_ids=3755350675776297567"],
    ["POST", "/auth/totp", { verification_code: "x" }],
    ["DELETE", "/user"],
    ["GET", "/nothing"],
    ["GET", "/user?amount"],
    ["POST", "/photo/upload"],
  ];
  for (const [method, path, form] of requests) {
    const options = { key, session, ...(form ? { form } : {}) };
    const id = { "X-Request-Id": "same" };
    const without = await sandbox.request(method, path, { ...options, headers: id });
    const headers = { ...id, Cookie: 'theme=dark; odd="%"; sessionid=' };
    const answer = await sandbox.request(method, path, { ...options, headers });
    expect([answer.status, answer.text], `${method} ${path}`).toEqual([
      without.status,
      without.text,
    ]);
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
});

describe("the request id", () => {
  test("of the caller is kept where it is sensible, and comes back with errors too", async () => {
    for (const id of ["abc", "a-b_c.d:e", "0".repeat(64)]) {
      const headers = { "X-Request-Id": id };
      const good = await sandbox.request("GET", "/health", { headers });
      expect(good.headers.get("x-request-id")).toBe(id);
      const bad = await sandbox.request("GET", "/account", { headers });
      expect(bad.body.request_id).toBe(id);
    }
  });

  test("that is too long or odd is replaced", async () => {
    for (const id of ["", "0".repeat(65), "a b", "a\tb", "<script>", 'a"b', "é"]) {
      const answer = await sandbox.request("GET", "/health", { headers: { "X-Request-Id": id } });
      expect(answer.headers.get("x-request-id")).toMatch(/^[\w-]{26,36}$/);
    }
  });

  test("differs from request to request", async () => {
    const ids = new Set<string | null>();
    for (let at = 0; at < 50; at++)
      ids.add((await sandbox.request("GET", "/health")).headers.get("x-request-id"));
    expect(ids.size).toBe(50);
  });
});

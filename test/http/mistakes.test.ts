import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { testKey: key, session } = sandbox;
const get = (path: string, query: Record<string, string> = {}) =>
  sandbox.request("GET", path, { key, session, query });
const login = (fields: object) => sandbox.request("POST", "/auth/login", { key, json: fields });

describe("what people mistype is answered with what they may have meant:", () => {
  test("a path", async () => {
    for (const [typed, meant] of [
      ["/user/folowers", "/user/followers"],
      ["/user/followrs", "/user/followers"],
      ["/users", "/user"],
      ["/User", "/user"],
      ["/auth/log-in", "/auth/login"],
    ] as const)
      expect(expectProblem(await get(typed), "NotFound", typed).hint).toStartWith(
        `Did you mean ${meant}?`,
      );
  });

  test("and no path where none is near", async () => {
    for (const path of ["/nothing/like/it", "/x", `/user/${"followers".repeat(10)}`])
      expect(expectProblem(await get(path), "NotFound", path).hint).not.toContain("Did you mean");
  });

  test("a field, where one of nearly its name is missing", async () => {
    for (const typed of ["user_name", "userName", "usernme", "Username"]) {
      const { errors } = (await login({ [typed]: "sandbox", password: "x" })).body;
      expect(errors).toEqual([
        { field: "username", message: `is required; ${typed} was sent instead` },
      ]);
    }
    const query = await get("/media/likers", { mediaId: "1" });
    expect(query.body.errors).toEqual([
      { field: "media_id", message: "is required; mediaId was sent instead" },
    ]);
  });

  test("and no field that is nothing like it, or is known", async () => {
    for (const other of [{ account: "a" }, { proxy: "a" }, { constructor: "a" }, {}])
      expect((await login({ ...other, password: "x" })).body.errors).toEqual([
        { field: "username", message: "is required" },
      ]);
  });
});

describe("JSON without its content type", () => {
  const body = '{"username":"sandbox","password":"sandbox"}';

  test("is told from a form, and from nothing", async () => {
    for (const [type, exception] of [
      ["application/x-www-form-urlencoded", "ValidationError"],
      ["text/plain", "UnsupportedMedia"],
      ["", "UnsupportedMedia"],
    ] as const) {
      const bytes = new TextEncoder().encode(body);
      const headers: Record<string, string> = type ? { "Content-Type": type } : {};
      const answer = await sandbox.request("POST", "/auth/login", { key, body: bytes, headers });
      expect(expectProblem(answer, exception, type).hint).toContain(
        "send Content-Type: application/json",
      );
      expect(answer.text).not.toContain("sandbox");
    }
  });
});

describe("a list", () => {
  test("is told how to be sent", async () => {
    const { detail } = expectProblem(
      await sandbox.request("POST", `/admin/tenants/${sandbox.tenantId}/keys`, {
        headers: sandbox.adminHeaders,
        json: { name: "x", mode: "test", scopes: { read: true } },
      }),
      "ValidationError",
    );
    expect(detail).toContain("scopes=…&scopes=…");
  });
});

describe("a session ID that is too short", () => {
  test("is told from one that is unknown", async () => {
    const ask = (id: string) => sandbox.request("GET", "/account", { key, session: id });
    for (const short of ["sandbox", "123", session.slice(0, 25)])
      expect(expectProblem(await ask(short), "SessionNotFound").detail).toContain("too short");
    const unknown = `${session.slice(0, 25)}${session.endsWith("0") ? "1" : "0"}`;
    expect(expectProblem(await ask(unknown), "SessionNotFound").detail).toBe("Session not found");
    const form = { sessionid: "123" };
    const login = await sandbox.request("POST", "/auth/login/by/sessionid", { key, form });
    expect(expectProblem(login, "ValidationError").detail).toContain("too short");
  });
});

describe("a locale", () => {
  const change = (locale: string) =>
    sandbox.request("PATCH", "/auth/settings", { key, session, form: { locale } });

  test("of a phone is taken", async () => {
    for (const locale of ["en_US", "de-AT", "sr_RS", "zh_TW", "fil_PH", "es_419", "iw_IL", "de"])
      expect((await change(locale)).status, locale).toBe(200);
  });

  test("of a language or a country that there is not is refused", async () => {
    for (const locale of ["zz_QQ", "zz", "en_QQ", "en_ZZ", "mul_US", "english", "EN_us", "en_US_x"])
      expect(expectProblem(await change(locale), "ValidationError", locale).errors).toHaveLength(1);
  });
});

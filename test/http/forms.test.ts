import { describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { RequestOptions } from "../support/service.ts";

const sandbox = await sandboxOfFile();

const { testKey: key, session } = sandbox;
const SECRET = "sEcReT-in-the-body";
const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };

const login = (options: RequestOptions) =>
  sandbox.request("POST", "/auth/login", { key, ...options });

function multipartOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

describe("a large body", () => {
  test("is read no further than the limit", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const answer = await login({ body: endless, headers: FORM_TYPE });
    expectProblem(answer, "PayloadTooLarge");
    expect(pulled).toBeLessThan(4);
  });

  test("of many bytes in few characters is measured in bytes", async () => {
    const text = "😀".repeat(17 * 1024);
    expectProblem(await login({ json: { username: text } }), "PayloadTooLarge");
  });

  test("below the limit is taken", async () => {
    const answer = await login({
      form: { username: "sandbox", password: "sandbox", more: "x".repeat(60 * 1024) },
    });
    expect(answer.status).toBe(200);
  });
});

describe("a form", () => {
  test("without any body lacks what is required", async () => {
    expect(faultyFields(await login({}))).toEqual(["username", "password"]);
    expect(faultyFields(await login({ body: "", headers: JSON_TYPE }))).toHaveLength(2);
    expect(faultyFields(await login({ body: "", headers: FORM_TYPE }))).toHaveLength(2);
  });

  test("counts the last of a repeated field", async () => {
    const body = "username=nobody_here&username=sandbox&password=x&password=sandbox";
    expect((await login({ body, headers: FORM_TYPE })).status).toBe(200);
    const multipart = new FormData();
    for (const name of ["nobody_here", "sandbox"]) multipart.append("username", name);
    multipart.append("password", "sandbox");
    expect((await login({ body: multipart })).status).toBe(200);
  });

  test("takes + as a blank and percent-encoded UTF-8", async () => {
    const body = "username=+sandbox+&password=s%61ndbox";
    expect((await login({ body, headers: FORM_TYPE })).status).toBe(200);
    const odd = "username=sandbox&password=p%C3%A4ss%2Bword%26";
    expectProblem(await login({ body: odd, headers: FORM_TYPE }), "BadPassword");
  });

  test("with broken percent-encoding is no failure of ours", async () => {
    const body = "username=sandbox&password=%zz%ff%";
    expectProblem(await login({ body, headers: FORM_TYPE }), "BadPassword");
  });

  test("with a file where text belongs is refused", async () => {
    const multipart = multipartOf({ username: "sandbox" });
    multipart.set("password", new File([SECRET], "password.txt"));
    const answer = await login({ body: multipart });
    expect(faultyFields(answer)).toEqual(["password"]);
    expect(answer.text).not.toContain(SECRET);
  });
});

describe("JSON", () => {
  test("keeps every digit of a number where text is wanted", async () => {
    const settings = (await sandbox.call(sandbox.entry("getAuthSettings"))).body;
    settings.some_id = "marker";
    const text = JSON.stringify(settings).replace('"marker"', "3012345678901234567");
    const stored = await sandbox.request("PATCH", "/auth/settings", {
      key,
      session,
      form: { settings: text },
    });
    expect(stored.status).toBe(200);
    const read = await sandbox.call(sandbox.entry("getAuthSettings"));
    expect(read.text).toContain('"some_id":3012345678901234567');
  });

  test("takes numbers for text fields: codes, passwords, time zones", async () => {
    const twoFactor = { username: "sandbox_2fa", password: "sandbox", verification_code: 123456 };
    expect((await login({ json: twoFactor })).status).toBe(200);
    expectProblem(
      await login({ json: { username: "sandbox_private", password: 12345 } }),
      "BadPassword",
    );
    const zone = { username: "sandbox", password: "sandbox", timezone: 10800 };
    expect((await login({ json: zone })).status).toBe(200);
  });

  test("null counts as not given", async () => {
    const json = { username: "sandbox", password: "sandbox", proxy: null, verification_code: null };
    expect((await login({ json })).status).toBe(200);
    expect(faultyFields(await login({ json: { username: null, password: null } }))).toHaveLength(2);
  });

  test("objects and lists are no text", async () => {
    for (const value of [{}, { a: 1 }, [], [{}], true, [[]]]) {
      const json = { username: "sandbox", password: value };
      const answer = await login({ json });
      expectProblem(answer, "ValidationError", JSON.stringify(value));
    }
  });

  test("names of the language's own objects change nothing", async () => {
    const bodies = [
      '{"__proto__":{"username":"sandbox","password":"sandbox"}}',
      '{"constructor":{"prototype":{"username":"sandbox","password":"sandbox"}}}',
      '{"hasOwnProperty":1,"toString":2,"valueOf":3}',
    ];
    for (const body of bodies)
      expect(faultyFields(await login({ body, headers: JSON_TYPE }))).toHaveLength(2);
    const form = "__proto__=x&__proto__[username]=sandbox&constructor=y&password=sandbox";
    expect(faultyFields(await login({ body: form, headers: FORM_TYPE }))).toEqual(["username"]);
    const multipart = multipartOf({ __proto__: "x", constructor: "y", password: "sandbox" });
    multipart.set("__proto__", "x");
    expect(faultyFields(await login({ body: multipart }))).toEqual(["username"]);
    const query = "/user?__proto__=x&__proto__[username]=instagram&constructor=y";
    expect(faultyFields(await sandbox.request("GET", query, { key, session }))).toEqual([
      "user_id",
    ]);
    expect(({} as Record<string, unknown>).username).toBeUndefined();
  });

  test("nested deeply is no failure of ours", async () => {
    const deep = `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    const answer = await login({ body: deep, headers: JSON_TYPE });
    expectProblem(answer, "ValidationError");
  });

  test("may begin with a byte order mark", async () => {
    const body = '\ufeff{"username":"sandbox","password":"sandbox"}';
    expect((await login({ body, headers: JSON_TYPE })).status).toBe(200);
  });

  test("of a vendor's type is JSON", async () => {
    const body = '{"username":"sandbox","password":"sandbox"}';
    const headers = { "Content-Type": "application/vnd.api+json" };
    expect((await login({ body, headers })).status).toBe(200);
  });
});

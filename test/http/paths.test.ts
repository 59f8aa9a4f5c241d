import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { reply } from "../support/fake-instagram.ts";
import { importSession } from "../support/live.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
/** A session that meets Instagram itself: URLs go out as they are written. */
const live = { key: sandbox.liveKey, session: await importSession(sandbox) };

const NO_SEGMENTS = ["..", ".", "%2e%2e", "../..", "..%2f..", "./", "a/../b", "?x=1", "#", "//"];

const namesOf = ({ query, body }: Operation): string[] =>
  Object.keys({ ...query?.properties, ...body?.properties });

describe("no value leads to another path of Instagram's:", () => {
  const entries = sandbox.entries.filter(
    (entry) => /session/.test(entry.access.kind) && entry.query !== null,
  );
  for (const entry of entries)
    test(`${entry.method} ${entry.path}`, async () => {
      const { path, options } = await sandbox.example(entry);
      for (const name of namesOf(entry))
        for (const value of NO_SEGMENTS) {
          sandbox.instagram.reset();
          const query = { ...options.query, [name]: value };
          const answer = await sandbox.request(entry.method, path, { ...live, query });
          expect(answer.status, `${name}=${value} ${answer.text}`).toBeLessThan(500);
          for (const { url } of sandbox.instagram.calls) {
            const { pathname } = new URL(url);
            expect(url.split("?", 1)[0], `${name}=${value}`).toBe(
              `${new URL(url).origin}${pathname}`,
            );
            expect(pathname, `${name}=${value}`).not.toContain("//");
          }
        }
    });
});

test("a username of dots is none, and is not asked for", async () => {
  for (const username of ["..", ".", "...", "@.."]) {
    const answer = await sandbox.request("GET", "/user", { ...live, query: { username } });
    expect(faultyFields(answer), username).toEqual(["username"]);
    expect(sandbox.instagram.calls).toEqual([]);
  }
});

describe("names that every object of JavaScript has", () => {
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty"];

  test("are no assets of /docs", async () => {
    for (const name of names)
      expectProblem(await sandbox.request("GET", `/docs/assets/${name}`), "NotFound");
  });

  test("may be what Instagram says", async () => {
    for (const name of names) {
      const text = JSON.stringify({ message: name, error_type: name, status: "fail" });
      sandbox.instagram.on("accounts/current_user/", reply(400, text));
      const answer = await sandbox.get("/account");
      expectProblem(answer, "UnknownError", name);
      expect(answer.body.detail).toBe(name);
    }
  });

  test("may be names of cookies, which come back as they were", async () => {
    const { testKey: key } = sandbox;
    const settings = (await sandbox.call(sandbox.entry("getAuthSettings"))).text;
    for (const name of names) {
      const form = { settings: settings.replace('"cookies":{', `"cookies":{"${name}":"a",`) };
      const session = (await sandbox.request("PATCH", "/auth/settings", { key, form })).body;
      const answer = await sandbox.request("GET", "/auth/settings", { key, session });
      expect(answer.text).toContain(`"${name}":"a"`);
    }
  });
});

test("half a surrogate pair is refused, wherever it stands", async () => {
  const { testKey: key, session } = sandbox;
  for (const text of ["\ud800", "a\udfff"]) {
    const json = { username: text, password: "sandbox" };
    expectProblem(await sandbox.request("POST", "/auth/login", { key, json }), "ValidationError");
    for (const field of ["proxy", "locale", "settings"]) {
      const body = { key, session, json: { [field]: text } };
      expectProblem(await sandbox.request("PATCH", "/auth/settings", body), "ValidationError");
    }
    const last_json = `{"challenge":{"api_path":"/challenge/1/a/"},"x":${JSON.stringify(text)}}`;
    const challenge = { key, session, form: { last_json } };
    expectProblem(
      await sandbox.request("POST", "/auth/challenge/resolve", challenge),
      "ValidationError",
    );
  }
});

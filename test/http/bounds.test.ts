import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { MAX_JSON_DEPTH } from "../../src/instagram/json.ts";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const sandbox = await sandboxOfFile();

const { testKey: key, session, adminHeaders: admin } = sandbox;
const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };
const nested = (depth: number): string => '{"a":'.repeat(depth) + 1 + "}".repeat(depth);

const login = (body: string, headers: Record<string, string>) =>
  sandbox.request("POST", "/auth/login", { key, body, headers });

describe("a body is refused when it holds more than any caller needs:", () => {
  test("JSON that is nested deeper than 32", async () => {
    const account = '"username":"sandbox","password":"sandbox"';
    const taken = await login(`{${account},"x":${nested(MAX_JSON_DEPTH - 1)}}`, JSON_TYPE);
    expect(taken.status, taken.text).toBe(200);
    for (const depth of [MAX_JSON_DEPTH, 1_000, 10_000]) {
      const refused = await login(`{${account},"x":${nested(depth)}}`, JSON_TYPE);
      expectProblem(refused, "ValidationError");
      expect(refused.body.detail).toContain("nested deeper than 32");
    }
  });

  test("brackets within texts are no nesting", async () => {
    const json = { username: "sandbox", password: "sandbox", x: `${"[".repeat(500)}\\"{{` };
    expect((await sandbox.request("POST", "/auth/login", { key, json })).status).toBe(200);
  });

  test("more than 1,000 fields of a form", async () => {
    const account = "username=sandbox&password=sandbox";
    const taken = await login(`${account}${"&a=1".repeat(998)}`, FORM_TYPE);
    expect(taken.status, taken.text).toBe(200);
    for (const more of ["&a=1".repeat(999), "&".repeat(60_000)]) {
      const refused = await login(account + more, FORM_TYPE);
      expectProblem(refused, "ValidationError");
      expect(refused.body.detail).toContain("1000 fields");
    }
  });

  test("integers of more than 40 digits", async () => {
    const withDigits = (digits: number) =>
      login(`{"username":"sandbox","password":"sandbox","x":${"9".repeat(digits)}}`, JSON_TYPE);
    expect((await withDigits(40)).status).toBe(200);
    for (const digits of [41, 60_000]) {
      const refused = await withDigits(digits);
      expectProblem(refused, "ValidationError");
      expect(refused.body.detail).toContain("40 digits");
    }
  });

  test("lists of more than 1,000 items, with one message for all of them", async () => {
    const keys = `/admin/tenants/${sandbox.tenantId}/keys`;
    for (const scope of ["read", 7]) {
      const json = { name: "Many", mode: "test", scopes: Array(1_001).fill(scope) };
      const refused = await sandbox.request("POST", keys, { headers: admin, json });
      expect(faultyFields(refused)).toEqual(["scopes"]);
      expect(refused.text.length).toBeLessThan(1_000);
    }
  });

  test("JSON of more than 1,100 values, wherever they stand", async () => {
    const account = { username: "sandbox", password: "sandbox" };
    const keyed = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, ","]));
    const taken = { ...account, x: keyed(1_098) };
    expect((await login(JSON.stringify(taken), JSON_TYPE)).status).toBe(200);
    const { password, username } = account;
    for (const wide of [
      { ...account, x: keyed(1_099) },
      { ...keyed(1_099), username, password },
      { ...account, x: Array(20_000).fill(7) },
    ]) {
      const refused = await login(JSON.stringify(wide), JSON_TYPE);
      expectProblem(refused, "ValidationError");
      expect(refused.body.detail).toContain("1100 values");
    }
  });

  test("saved settings and challenges of more than 1,100 values", async () => {
    const text = JSON.stringify(
      Object.fromEntries(Array.from({ length: 1_101 }, (_, index) => [`key${index}`, "x"])),
    );
    for (const [method, path, field] of [
      ["PATCH", "/auth/settings", "settings"],
      ["POST", "/auth/challenge/resolve", "last_json"],
    ] as const)
      for (const value of field === "settings" ? [text, JSON.stringify(text)] : [text]) {
        const form = { [field]: value };
        const refused = await sandbox.request(method, path, { key, session, form });
        expect(faultyFields(refused)).toEqual([field]);
        expect(refused.body.detail).toContain("1100 values");
      }
  });

  test("saved settings and challenges of more than 64 KB, or nested deeper than 32", async () => {
    const large = JSON.stringify({ x: "x".repeat(64 * 1024) });
    for (const [text, about] of [
      [large, "65536"],
      [nested(40), "nested deeper than 32"],
      [nested(10_000), "nested deeper than 32"],
      [`{"pk":${"9".repeat(50_000)}}`, "40 digits"],
    ] as const)
      for (const [method, path, field] of [
        ["PATCH", "/auth/settings", "settings"],
        ["POST", "/auth/challenge/resolve", "last_json"],
      ] as const) {
        const form = { [field]: text };
        const refused = await sandbox.request(method, path, { key, session, form });
        expect(faultyFields(refused), about).toEqual([field]);
        expect(refused.body.detail).toContain(about);
      }
  });
});

/** Long texts that backtracking patterns take the square of their length for, or worse. */
const LONG = [
  `${"9".repeat(10_000)}x`,
  `${"1.".repeat(5_000)}e`,
  `${" ".repeat(10_000)}x ${" ".repeat(10_000)}x`,
  `${"a".repeat(10_000)}!`,
  `${"@".repeat(10_000)} `,
  `${"-_".repeat(5_000)}\n`,
  `https://www.instagram.com/${"p/".repeat(4_000)}`,
  `http://${"a.".repeat(5_000)}:${"1".repeat(3_000)}`,
  `${"%25".repeat(3_000)}%`,
  `${"\\'\"".repeat(3_000)}`,
  `gw1-${".".repeat(9_000)}`,
  "[{".repeat(5_000),
];

const fieldsOf = ({ query, body }: Operation): string[] =>
  Object.keys({ ...query?.properties, ...body?.properties });

describe("a long text is refused or taken, by each field of", () => {
  for (const entry of sandbox.entries.filter((one) => fieldsOf(one).length > 0))
    test(`${entry.method} ${entry.path}`, async () => {
      const { path, options } = await sandbox.example(entry);
      const given = options.form ?? options.query ?? {};
      for (const name of fieldsOf(entry))
        for (const text of LONG) {
          const changed = { ...given, [name]: text };
          const answer: Answer = await sandbox.request(entry.method, path, {
            ...options,
            ...(entry.body ? { form: changed } : { query: changed }),
          });
          expect(answer.status, `${name} ${answer.text.slice(0, 300)}`).toBeLessThan(500);
        }
    });
});

describe("an answer of Instagram's that is nested deep", () => {
  const deep = `{"user":{"pk":1,"username":"a","x":${nested(100_000)}},"status":"ok"}`;

  test("is an UpstreamError where it is wanted", async () => {
    sandbox.instagram.on("accounts/current_user/", reply(200, deep));
    expectProblem(await sandbox.get("/account"), "UpstreamError");
  });

  test("is no part of a refusal", async () => {
    const refusal = `{"message":"challenge_required","challenge":${nested(100_000)},"status":"fail"}`;
    sandbox.instagram.on("accounts/current_user/", reply(403, refusal));
    const answer = await sandbox.get("/account");
    expect(answer.status).toBe(403);
    expect(answer.text.length).toBeLessThan(2_000);
  });
});

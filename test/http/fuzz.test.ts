import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Operation } from "../../src/http/route.ts";
import { expectProblemForm } from "../support/problems.ts";
import { keyFor, sandboxOfFile, sessionFor } from "../support/sandbox.ts";
import type { Answer, RequestOptions } from "../support/service.ts";

const sandbox = await sandboxOfFile();

const RUNS = { numRuns: 60, seed: 20_260_101, endOnFailure: true };
const headers = sandbox.adminHeaders;
/** Ends the tenant or the key that the other runs use, or stops all requests. */
const DESTRUCTIVE = new Set(["deleteAdminTenant", "deleteAdminTenantKey", "patchAdminUpstream"]);

/** Values that have broken parsers, schemas and upstream requests before. */
const oddText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom(
    "",
    " ",
    "0",
    "-1",
    "1.5",
    "1e400",
    "NaN",
    "null",
    "true",
    "\u0000",
    "\r\nSet-Cookie: a=b",
    "\ud800",
    "%00",
    "../../etc/passwd",
    "__proto__",
    "constructor",
    "toString",
    "gw1.",
    "gw999999.x",
    "{}",
    '{"challenge":{"api_path":"/challenge/1/a/"}}',
    '{"challenge":{"api_path":"//evil.example/"}}',
    '{"challenge":{"api_path":"https://evil.example/"}}',
    "https://www.instagram.com/p/",
    "https://www.instagram.com/share/p/%ff/",
    "instagram.com.evil.example/p/abc",
    "http://[::1",
    "socks5://u:p@h:1",
    "18446744073709551615",
    "9".repeat(100),
  ),
  fc.bigInt().map(String),
  fc.double().map(String),
);

/** What JSON can hold and UTF-8 cannot. */
const brokenText = fc
  .tuple(fc.string({ maxLength: 3 }), fc.constantFrom("\ud800", "\udfff", "\udc00\ud800"))
  .map((parts) => parts.join(""));

const oddJson = fc.oneof(
  brokenText,
  oddText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, 0, -1, 1.5, 1e300, [], {}, [[]], [null]),
);

/** Every object of JavaScript has these. */
const inheritedName = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
);

function namesOf(entry: Operation): string[] {
  return [
    ...Object.keys(entry.query?.properties ?? {}),
    ...Object.keys(entry.body?.properties ?? {}),
  ];
}

function fieldsOf(entry: Operation, value: fc.Arbitrary<any>): fc.Arbitrary<Record<string, any>> {
  const known = fc.record(Object.fromEntries(namesOf(entry).map((name) => [name, value])), {
    requiredKeys: [],
  });
  const name = fc.oneof(fc.string({ maxLength: 8 }), inheritedName);
  const other = fc.dictionary(name, value, { maxKeys: 2 });
  return fc.tuple(known, other).map(([named, more]) => ({ ...more, ...named }));
}

/** Expects no failure of ours: success, or a problem with a status below 500. */
function expectSound(answer: Answer, about: string): void {
  expect(answer.status, `${about} ${answer.text.slice(0, 400)}`).toBeLessThan(500);
  if (answer.status >= 400) expectProblemForm(answer, about);
}

const access = async (entry: Operation): Promise<RequestOptions> =>
  entry.access.kind === "admin"
    ? { headers }
    : {
        key: keyFor(sandbox, entry),
        ...(/session/.test(entry.access.kind)
          ? { session: await sessionFor(sandbox, entry.operationId) }
          : {}),
      };

describe("no input fails the service", () => {
  for (const entry of sandbox.entries.filter(({ operationId }) => !DESTRUCTIVE.has(operationId))) {
    const about = `${entry.method} ${entry.path}`;
    const fitting = (fields: Record<string, string>): RequestOptions =>
      entry.body ? { form: fields } : { query: fields };

    test(`of ${about}: fields`, async () => {
      const { path } = await sandbox.example(entry);
      await fc.assert(
        fc.asyncProperty(fieldsOf(entry, oddText), async (fields) => {
          const answer = await sandbox.request(entry.method, path, {
            ...(await access(entry)),
            ...fitting(fields),
          });
          expectSound(answer, `${about} ${JSON.stringify(fields)}`);
        }),
        RUNS,
      );
    }, 30_000);

    if (entry.body)
      test(`of ${about}: JSON and raw bodies`, async () => {
        const { path } = await sandbox.example(entry);
        const types = [
          "application/json",
          "application/x-www-form-urlencoded",
          "multipart/form-data",
        ];
        await fc.assert(
          fc.asyncProperty(
            fieldsOf(entry, oddJson),
            fc.uint8Array({ maxLength: 80 }),
            fc.constantFrom(...types, "multipart/form-data; boundary=b", "text/plain", ""),
            async (json, bytes, type) => {
              const own = await access(entry);
              const asJson = await sandbox.request(entry.method, path, { ...own, json });
              expectSound(asJson, `${about} ${JSON.stringify(json)}`);
              const raw = await sandbox.request(entry.method, path, {
                ...own,
                body: bytes,
                headers: { ...own.headers, ...(type ? { "Content-Type": type } : {}) },
              });
              expectSound(raw, `${about} ${type} ${Buffer.from(bytes).toString("hex")}`);
            },
          ),
          RUNS,
        );
      }, 30_000);
  }

  test("of saved settings, whatever they hold", async () => {
    const key = sandbox.testKey;
    const settings = (await sandbox.call(sandbox.entry("getAuthSettings"))).body;
    const names = Object.keys(settings);
    const name = fc.oneof(fc.string({ maxLength: 12 }), inheritedName);
    const value = fc.oneof(oddJson, fc.dictionary(name, oddJson));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), value, async (name, odd) => {
        const form = { settings: JSON.stringify({ ...settings, [name]: odd }) };
        const answer = await sandbox.request("PATCH", "/auth/settings", { key, form });
        expectSound(answer, form.settings);
        if (answer.status !== 200) return;
        const used = await sandbox.request("GET", "/account", { key, session: answer.body });
        expectSound(used, `read with ${name}=${JSON.stringify(odd)}`);
      }),
      { ...RUNS, numRuns: 300 },
    );
  }, 30_000);

  test("of session ids, API keys, request ids, in all their places", async () => {
    const printable = fc.string({ unit: "grapheme-ascii", maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(printable, printable, fc.boolean(), async (text, other, useKey) => {
        const answer = await sandbox.request("GET", "/account", {
          headers: {
            "X-Request-Id": other,
            "X-Session-ID": text,
            Cookie: `sessionid=${text}; ${other}`,
            Authorization: `Bearer ${other}`,
            ...(useKey ? { "X-API-Key": sandbox.testKey } : {}),
          },
          query: { sessionid: other },
        });
        expect(answer.status, `${text} ${other}`).toBe(401);
        expectProblemForm(answer);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });

  test("of paths", async () => {
    const segment = fc.oneof(
      fc.string({ unit: "grapheme-ascii", maxLength: 20 }),
      inheritedName,
      fc.constantFrom("user", "admin", "tenants", "%ff", "..", "%2e%2e", "docs", "assets", ":id"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 5 }), async (segments) => {
        const path = `/${segments.join("/")}`.replace(/^\/+/, "/");
        const url = URL.parse(path, "http://localhost");
        if (url?.host !== "localhost") return;
        for (const method of ["GET", "POST", "DELETE"])
          expectSound(await sandbox.request(method, path, { headers }), `${method} ${path}`);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });
});

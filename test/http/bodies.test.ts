import { describe, expect, test } from "bun:test";
import type { TSchema } from "@sinclair/typebox";
import { largestBodyOf } from "../../src/http/body-size.ts";
import { maxFileBytes } from "../../src/http/file-field.ts";
import type { Operation } from "../../src/http/route.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer, RequestOptions } from "../support/service.ts";

const sandbox = await sandboxOfFile();

const writing = sandbox.entries.filter(({ body }) => body !== null);
const named = ({ method, path }: Operation): string => `${method} ${path}`;
const SECRET = "sEcReT-in-the-body";
const JSON_TYPE = { "Content-Type": "application/json" };
const FORM_TYPE = { "Content-Type": "application/x-www-form-urlencoded" };

/** Sends what `change` makes of the form of the operation's example. */
async function send(
  entry: Operation,
  change: (form: Record<string, string>) => RequestOptions,
): Promise<Answer> {
  const { path, options: example } = await sandbox.example(entry);
  const { form = {}, files: _files, ...rest } = example;
  const changed = change(form);
  return sandbox.request(entry.method, path, {
    ...rest,
    ...changed,
    headers: { ...rest.headers, ...changed.headers },
  });
}

const fileFields = ({ body }: Operation): string[] =>
  Object.entries<TSchema>(body?.properties ?? {}).flatMap(([name, schema]) =>
    maxFileBytes(schema) === null ? [] : [name],
  );
const needsFile = (entry: Operation): boolean =>
  fileFields(entry).some((name) => entry.body?.required?.includes(name));

function multipartOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

describe("each operation with a body of fields alone", () => {
  for (const entry of writing.filter((one) => fileFields(one).length === 0)) {
    // What is there already is answered like what is new.
    const statuses = [
      entry.successStatus ?? 200,
      ...Object.keys(entry.sameBodyFor ?? {}).map(Number),
    ];

    test(`${named(entry)} takes a form, multipart and JSON alike`, async () => {
      const ways: Record<string, (form: Record<string, string>) => RequestOptions> = {
        form: (form) => ({ form }),
        multipart: (form) =>
          Object.keys(form).length > 0 ? { body: multipartOf(form) } : { form },
        json: (json) => ({ json }),
        "json with charset": (form) => ({
          body: JSON.stringify(form),
          headers: { "Content-Type": "Application/JSON ; charset=UTF-8" },
        }),
      };
      for (const [name, way] of Object.entries(ways)) {
        const answer = await send(entry, way);
        expect(statuses, `${name} ${answer.text}`).toContain(answer.status);
      }
    });

    test(`${named(entry)} ignores fields that it does not know`, async () => {
      const answer = await send(entry, (form) => ({
        json: { ...form, nothing: 1, deep: { a: [1] }, "": "", toString: 1 },
      }));
      expect(statuses, answer.text).toContain(answer.status);
    });
  }
});

describe("each operation with a body", () => {
  for (const entry of writing) {
    test(`${named(entry)} refuses other content types with 415`, async () => {
      const types = ["text/plain", "application/xml", "text/json", "application/octet-stream", "x"];
      for (const type of types) {
        const answer = await send(entry, () => ({
          body: SECRET,
          headers: { "Content-Type": type },
        }));
        expectProblem(answer, "UnsupportedMedia", type);
        expect(answer.text).not.toContain(SECRET);
      }
    });
  }
});

describe("each operation that needs a file", () => {
  for (const entry of writing.filter(needsFile))
    test(`${named(entry)} takes multipart/form-data alone`, async () => {
      for (const headers of [JSON_TYPE, FORM_TYPE])
        expectProblem(await send(entry, () => ({ body: "{}", headers })), "UnsupportedMedia");
    });
});

describe("each operation whose body may be JSON", () => {
  for (const entry of writing.filter((one) => !needsFile(one))) {
    test(`${named(entry)} refuses a body that is not what its content type says`, async () => {
      const bodies: [string, Record<string, string>][] = [
        [`{"password": "${SECRET}`, JSON_TYPE],
        [`["${SECRET}"]`, JSON_TYPE],
        [`"${SECRET}"`, JSON_TYPE],
        ["null", JSON_TYPE],
        ["1", JSON_TYPE],
        [`password=${SECRET}`, JSON_TYPE],
        [`{"a": NaN, "b": "${SECRET}"}`, JSON_TYPE],
        [`password=${SECRET}`, { "Content-Type": "multipart/form-data" }],
        [`password=${SECRET}`, { "Content-Type": "multipart/form-data; boundary=x" }],
        ["", { "Content-Type": "multipart/form-data; boundary=x" }],
      ];
      for (const [body, headers] of bodies) {
        const answer = await send(entry, () => ({ body, headers }));
        expectProblem(answer, "ValidationError", `${body} as ${headers["Content-Type"]}`);
        expect(answer.text).not.toContain(SECRET);
      }
    });

    test(`${named(entry)} refuses bytes that are no UTF-8`, async () => {
      const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
      for (const headers of [JSON_TYPE, FORM_TYPE])
        expectProblem(await send(entry, () => ({ body: bytes, headers })), "ValidationError");
    });

    test(`${named(entry)} refuses a body that is too large, declared or not`, async () => {
      const limit = largestBodyOf(entry);
      const body = `{"x":"${"x".repeat(limit)}"}`;
      expectProblem(await send(entry, () => ({ body, headers: JSON_TYPE })), "PayloadTooLarge");
      const declared = { ...JSON_TYPE, "Content-Length": "999999999" };
      expectProblem(
        await send(entry, () => ({ body: "{}", headers: declared })),
        "PayloadTooLarge",
      );
      // Beside files there is more room: test/http/upload-bodies.test.ts.
      if (fileFields(entry).length > 0) return;
      const multipart = multipartOf({ x: body });
      expectProblem(await send(entry, () => ({ body: multipart })), "PayloadTooLarge");
    });
  }
});

import { describe, expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { FieldReader } from "../../src/http/fields.ts";
import { fingerprintOf } from "../../src/http/fingerprint.ts";
import { jsonDocument } from "../../src/http/json-document.ts";
import { testFiles } from "../support/spool.ts";

const body = Type.Object({
  text: Type.String(),
  count: Type.Optional(Type.Integer({ default: 3 })),
  undo: Type.Optional(Type.Boolean({ default: false })),
  ids: Type.Optional(Type.Array(Type.String(), { default: [] })),
  extra: Type.Optional(jsonDocument({ description: "Extra." })),
  file: Type.Optional(Type.Any()),
});
const reader = new FieldReader(body);

/** The fingerprint of a request with these fields, read as a request's are. */
const of = (given: Record<string, unknown>, operationId = "postThing"): Promise<string> =>
  fingerprintOf(
    { operationId, query: null, body },
    { params: {}, query: {}, body: reader.read(given) },
  );

const id = fc.stringMatching(/^\d{1,20}$/);
const document = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,6}$/),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  { maxKeys: 4 },
);
const request = fc.record(
  {
    text: fc.string({ unit: "binary" }),
    count: fc.integer(),
    undo: fc.boolean(),
    ids: fc.array(id, { minLength: 2, maxLength: 4 }),
    extra: document,
  },
  { requiredKeys: ["text"] },
);
const shuffled = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).reverse());

describe("the fingerprint of a request", () => {
  test("does not depend on the order of fields, nor on form or JSON", async () => {
    await fc.assert(
      fc.asyncProperty(request, async (fields) => {
        const form = {
          ...fields,
          ...(fields.count === undefined ? {} : { count: ` ${fields.count} ` }),
          ...(fields.undo === undefined ? {} : { undo: fields.undo ? "on" : "0" }),
          ...(fields.ids === undefined ? {} : { ids: fields.ids.join(", ") }),
          ...(fields.extra === undefined
            ? {}
            : { extra: JSON.stringify(shuffled(fields.extra), null, 2) }),
        };
        const first = await of(fields);
        expect(await of(shuffled(fields))).toBe(first);
        expect(await of(form)).toBe(first);
        expect(await of(shuffled(form))).toBe(first);
      }),
    );
  });

  test("is the same when a default is written out", async () => {
    expect(await of({ text: "a", count: "3", undo: "false" })).toBe(await of({ text: "a" }));
  });

  test("differs when any field does", async () => {
    await fc.assert(
      fc.asyncProperty(request, request, async (one, other) => {
        const areEqual =
          JSON.stringify(plain(one), sortedKeys) === JSON.stringify(plain(other), sortedKeys);
        expect((await of(one)) === (await of(other))).toBe(areEqual);
      }),
    );
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["a text and a list that look alike", { text: "a", ids: ["1,2"] }, { text: "a", ids: "1,3" }],
    ["a text that holds another field", { text: 'a","count":4' }, { text: "a", count: 4 }],
    [
      "long numbers of a document",
      doc('{"pk":3012345678901234567}'),
      doc('{"pk":3012345678901234568}'),
    ],
    ["a number and a text in a document", doc('{"pk":1}'), doc('{"pk":"1"}')],
    ["a document and its parts in another order of a list", doc("[1,2]"), doc("[2,1]")],
    ["an infinite number and null", doc('{"a":1e999}'), doc('{"a":null}')],
    ["documents that are none", doc("{a"), doc("{b")],
    ["items of a list in another order", { text: "a", ids: "1,2" }, { text: "a", ids: "2,1" }],
  ])("differs for %s", async (_, one, other) => {
    expect(await of(one)).not.toBe(await of(other));
  });

  test("differs between operations", async () => {
    expect(await of({ text: "a" })).not.toBe(await of({ text: "a" }, "deleteThing"));
  });

  test("counts files by their content, whatever their names", async () => {
    const files = testFiles();
    const file = async (content: string, name: string) => ({
      text: "a",
      file: await files.save(new Blob([content]).stream(), { name, type: "" }, ANY_SIZE),
    });
    const first = await of(await file("one", "a.jpg"));
    expect(await of(await file("one", "b.jpg"))).toBe(first);
    expect(await of(await file("two", "a.jpg"))).not.toBe(first);
    await files.close();
  });
});

const ANY_SIZE = { maxBytes: 1024, tooLarge: () => new Error("too large") };

function doc(extra: string): Record<string, unknown> {
  return { text: "a", extra };
}

/** The fields with the defaults of those that are missing. */
const plain = (fields: Record<string, unknown>) => ({ count: 3, undo: false, ids: [], ...fields });

/** Replacer of JSON.stringify() that writes the names of objects in their order. */
const sortedKeys = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

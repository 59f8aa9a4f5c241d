import { describe, expect, test } from "bun:test";
import { type Static, Type } from "@sinclair/typebox";
import fc from "fast-check";
import { FieldReader } from "../../src/http/fields.ts";
import { jsonContent, jsonId, jsonItems, jsonObject } from "../../src/http/json-fields.ts";
import { type JsonInput, parseExact, stringifyJson } from "../../src/instagram/json.ts";
import { InvalidInput } from "../../src/problems/problem.ts";

const Tag = Type.Object({
  user: Type.Object({ pk: jsonId("User pk.") }),
  x: Type.Number({ minimum: 0, maximum: 1 }),
  note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
const body = Type.Object({
  tags: Type.Optional(jsonItems(Tag, { maxItems: 3, description: "Tags." })),
  one: Type.Optional(jsonObject(Tag, { description: "A tag." })),
});
const reader = new FieldReader(body);
const read = (fields: object) =>
  reader.read(fields as Record<string, unknown>) as Static<typeof body>;

function faultsOf(fields: object): string[] {
  try {
    reader.read(fields as Record<string, unknown>);
  } catch (error) {
    if (error instanceof InvalidInput)
      return error.faults.map(({ field, message }) => `${field} ${message}`);
    throw error;
  }
  return [];
}

const A = { user: { pk: "1" }, x: 0.5 };
const B = { user: { pk: "12345678901234567890" }, x: 1 };
const text = (value: object) => JSON.stringify(value);

describe("a field with JSON objects", () => {
  test("is read alike from repeated fields, one array, and a JSON body", () => {
    for (const tags of [
      [text(A), text(B)],
      text([A, B]),
      [text([A, B])],
      [text([A]), text(B)],
      [A, B],
      [text(A), B],
      ["", text(A), "  ", text(B)],
    ])
      expect(read({ tags }).tags).toEqual([A, B]);
    for (const tags of [text(A), [text(A)], A, [A]]) expect(read({ tags }).tags).toEqual([A]);
    for (const one of [text(A), [text(B), text(A)], A]) expect(read({ one }).one).toEqual(A);
  });

  test("is left out as missing, blank or null", () => {
    for (const given of [{}, { tags: "", one: " " }, { tags: null, one: null }, { tags: [] }])
      expect(read(given)).toEqual({ tags: [] });
  });

  test("takes ids and numbers as texts or numbers, with every digit, and drops other fields", () => {
    expect(
      read({ tags: '{"user": {"pk": 12345678901234567890, "a": {}}, "x": "0.5", "b": 1}' }).tags,
    ).toEqual([{ user: { pk: "12345678901234567890" }, x: 0.5 }]);
    expect(read({ one: '{"user": {"pk": 1}, "x": 1, "note": ""}' }).one?.note).toBe("");
    expect(read({ one: '{"user": {"pk": 1}, "x": 1, "note": null}' }).one?.note).toBeNull();
  });

  test("hands content that is not declared on as it was written", () => {
    const more = { extra: Type.Optional(Type.Union([jsonContent("Any."), Type.Null()])) };
    const field = jsonItems(Type.Object(more), { maxItems: 3, description: "Items." });
    const items = new FieldReader(Type.Object({ items: Type.Optional(field) }));
    const written = (text: string): string => {
      const read = items.read({ items: `{"extra":${text}}` }) as { items: { extra: JsonInput }[] };
      return stringifyJson(read.items[0]?.extra);
    };
    for (const text of ['{"a":1.0,"b":[12345678901234567890,{"c":"é","d":null}]}', "{}", "null"])
      expect(written(text)).toBe(text);
    for (const text of ["1.5", "1", '"a"', "[]", "true"])
      expect(() => written(text), text).toThrow("items[0].extra must be a JSON object, or null");
  });

  test("names the field and its position when it is wrong", () => {
    const cases: [given: object, faults: string[]][] = [
      [
        { tags: [text(A), text({ ...A, user: { pk: "instagram" } })] },
        ["tags[1].user.pk must be a numeric id"],
      ],
      [
        { tags: text([A, A, { x: 2 }]) },
        ["tags[2].user is required", "tags[2].x must be a number from 0 to 1"],
      ],
      [{ tags: [{ ...A, user: {} }] }, ["tags[0].user.pk is required"]],
      [{ tags: [{ ...A, user: null }] }, ["tags[0].user must be a JSON object"]],
      [{ tags: [text(A), "{nonsense"] }, ["tags[1] must be a JSON object"]],
      [{ tags: ["instagram"] }, ["tags[0] must be a JSON object"]],
      [{ tags: ["[[]]"] }, ["tags[0] must be a JSON object"]],
      [{ tags: 7 }, ["tags[0] must be a JSON object"]],
      [{ tags: "null" }, ["tags[0] must be a JSON object"]],
      [{ tags: [A, A, A, A] }, ["tags must have 3 items at the most"]],
      [{ one: "[]" }, ["one must be a JSON object"]],
      [{ one: "{" }, ["one must be a JSON object"]],
      [{ one: { ...A, x: true } }, ["one.x must be a number from 0 to 1"]],
      [{ one: { ...A, x: "" } }, ["one.x must be a number from 0 to 1"]],
      [{ one: { ...A, note: 1 < 2 } }, ["one.note must be text, or null"]],
    ];
    for (const [given, faults] of cases) expect(faultsOf(given), text(given)).toEqual(faults);
  });

  test("is bounded: deep nesting and floods of values are no JSON objects", () => {
    for (const value of ["[".repeat(30_000), `[${"1,".repeat(30_000)}1]`, `{"a":${"[".repeat(99)}`])
      expect(faultsOf({ one: value })).toEqual(["one must be a JSON object"]);
  });

  test("is read or refused, whatever it holds, and never quoted", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const given of [value, JSON.stringify(value), [JSON.stringify(value)]])
          for (const name of ["tags", "one"])
            for (const fault of faultsOf({ [name]: given })) expect(fault).toStartWith(name);
      }),
    );
  });

  test("keeps what it takes over the way through its text", () => {
    const tag = fc.record({
      user: fc.record({ pk: fc.bigInt(0n, 2n ** 64n - 1n) }),
      x: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 3 }), (given) => {
        const expected = given.map(({ user, x }) => ({ user: { pk: String(user.pk) }, x: x + 0 }));
        const written = stringifyJson(given);
        expect(read({ tags: written }).tags).toEqual(expected);
        expect(read({ tags: parseExact(written) }).tags).toEqual(expected);
      }),
    );
  });
});

import { describe, expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import type { Json } from "../../../src/instagram/json.ts";
import {
  anything,
  boolean,
  date,
  defaulted,
  eachIn,
  type Field,
  filled,
  firstOf,
  id,
  identity,
  inside,
  integer,
  key,
  list,
  listIn,
  number,
  object,
  optional,
  passthrough,
  text,
  uri,
  within,
} from "../../../src/instagram/models/fields.ts";
import { isModelSchema, model, pageOf } from "../../../src/instagram/models/model.ts";

/** What a field of a model makes of a raw object, and the drift that it counts. */
function read(field: Field<unknown>, raw: Json | undefined) {
  const drift: string[] = [];
  const report = (name: string, counted: string) => drift.push(`${name}.${counted}`);
  const result = model("Thing", { field }).read(raw, report);
  return { value: result?.field, drift };
}
const ODD = { drift: ["Thing.field"] };
const FINE = { drift: [] };

describe("a required field", () => {
  const kinds: [Field<unknown>, Json, unknown][] = [
    [text(), {}, ""],
    [integer(), 4.5, 0],
    [number(), "x", 0],
    [boolean(), "x", false],
    [id(), "x", ""],
    [uri(), "x", "about:blank"],
    [date(), "x", "1970-01-01T00:00:00Z"],
    [passthrough(), [], {}],
  ];

  test("has the fallback of its kind, counted, for null, missing and unreadable", () => {
    for (const [field, unreadable, fallback] of kinds)
      for (const raw of [{}, { field: null }, { field: unreadable }, null, 7, []] as Json[])
        expect(read(field, raw)).toEqual({ value: fallback, ...ODD });
  });

  test("with a value for missing has that, and counts only what is unreadable", () => {
    expect(read(integer({ missing: 5 }), {})).toEqual({ value: 5, ...FINE });
    expect(read(integer({ missing: 5 }), { field: null })).toEqual({ value: 5, ...FINE });
    expect(read(integer({ missing: 5 }), { field: "x" })).toEqual({ value: 5, ...ODD });
  });
});

test("an optional field keeps null, and has its own value for missing and unreadable", () => {
  expect(read(optional(text()), {})).toEqual({ value: null, ...FINE });
  for (const missing of [null, "none"]) {
    const field = optional(text(), { missing });
    expect(read(field, { field: "a" })).toEqual({ value: "a", ...FINE });
    expect(read(field, { field: null })).toEqual({ value: null, ...FINE });
    expect(read(field, {})).toEqual({ value: missing, ...FINE });
    expect(read(field, { field: [] })).toEqual({ value: missing, ...ODD });
  }
});

test("a defaulted field has its default for null and missing, and for unreadable, counted", () => {
  const field = defaulted(boolean(), true);
  expect(read(field, { field: 0 })).toEqual({ value: false, ...FINE });
  expect(read(field, { field: null })).toEqual({ value: true, ...FINE });
  expect(read(field, {})).toEqual({ value: true, ...FINE });
  expect(read(field, { field: "x" })).toEqual({ value: true, ...ODD });
});

describe("a key", () => {
  test("leaves its object out, and is counted, when it has no value", () => {
    for (const raw of [{}, { field: null }, { field: 0 }, { field: "x" }, null] as Json[])
      expect(read(identity("field", "other"), raw)).toEqual({ value: undefined, ...ODD });
    expect(read(identity("field", "other"), { field: 0, other: "12" })).toEqual({
      value: "12",
      ...FINE,
    });
    expect(read(key(text({ from: filled("field") })), { field: "" })).toMatchObject(ODD);
  });

  test("is looked for before the other fields, which then do not count", () => {
    const Keyed = model("Keyed", { name: text(), pk: identity("pk"), owner: object(Owner) });
    const drift: string[] = [];
    expect(Keyed.read({}, (name, field) => drift.push(`${name}.${field}`))).toBeNull();
    expect(drift).toEqual(["Keyed.pk", "Owner.pk"]);
    expect(Object.keys(Keyed.read({ pk: 1, owner: { pk: 2 } }, () => {}) ?? {})).toEqual([
      "name",
      "pk",
      "owner",
    ]);
  });
});

const Owner = model("Owner", { pk: identity("pk"), name: optional(text()) });
const Size = model("Size", { width: integer() });

describe("a nested object", () => {
  test("of a model with a key leaves the outer one out when it is", () => {
    expect(read(object(Owner), { field: { pk: 1 } }).value).toEqual({ pk: "1", name: null });
    expect(read(object(Owner), { field: 7 })).toEqual({ value: undefined, drift: ["Owner.pk"] });
  });

  test("of a model without a key is read from an empty object where there is none", () => {
    expect(read(object(Size), {})).toEqual({
      value: { width: 0 },
      drift: ["Thing.field", "Size.width"],
    });
  });

  test("that is the key leaves the outer one out where there is none", () => {
    expect(read(key(object(Size)), { field: { width: 1 } }).value).toEqual({ width: 1 });
    for (const raw of [{}, { field: null }, { field: 7 }] as Json[])
      expect(read(key(object(Size)), raw)).toEqual({ value: undefined, ...ODD });
  });

  test("that is optional is null where there is none", () => {
    for (const field of [optional(object(Owner)), optional(object(Size))]) {
      expect(read(field, { field: null })).toEqual({ value: null, ...FINE });
      expect(read(field, { field: 7 })).toEqual({ value: null, ...ODD });
    }
  });
});

test("a list leaves out odd items, counted, and keeps the others in order", () => {
  expect(read(list(Owner), { field: [{ pk: 1 }, {}, 7, { pk: 2 }] })).toEqual({
    value: [
      { pk: "1", name: null },
      { pk: "2", name: null },
    ],
    drift: ["Owner.pk", "Owner.pk"],
  });
  expect(read(list(Size), { field: [{ width: 1 }, 7] })).toEqual({ value: [{ width: 1 }], ...ODD });
  expect(read(list(integer()), { field: [1, "2", "x"] })).toEqual({ value: [1, 2], ...ODD });
  expect(read(list(anything()), { field: [1, null, "x"] })).toEqual({ value: [1, "x"], ...FINE });
  for (const field of [list(Size), defaulted(list(Size), [])]) {
    expect(read(field, {})).toEqual({ value: [], ...FINE });
    expect(read(field, { field: {} })).toEqual({ value: [], ...ODD });
  }
});

test("lists of two objects are never the same one", () => {
  const Listing = model("Listing", { items: defaulted(list(Size), []) });
  const [a, b] = [Listing.read({}, () => {}), Listing.read({}, () => {})];
  expect(a.items).not.toBe(b.items);
});

describe("a value is found", () => {
  const found = (from: Parameters<typeof text>[0] & object, raw: Json) => read(text(from), raw);

  test("under another name, or the first of several", () => {
    expect(found({ from: "other" }, { other: "a", field: "b" }).value).toBe("a");
    const either = optional(text(), { from: firstOf("a", "b"), missing: "none" });
    expect(read(either, { a: null, b: "b" }).value).toBe("b");
    expect(read(either, { a: "a", b: "b" }).value).toBe("a");
    expect(read(either, {}).value).toBe("none");
  });

  test("inside an object, which counts when it is something else", () => {
    const inner = text({ missing: "", from: within("outer", "inner") });
    expect(read(inner, { outer: { inner: "a" } })).toEqual({ value: "a", ...FINE });
    expect(read(inner, { outer: null })).toEqual({ value: "", ...FINE });
    expect(read(inner, { outer: "x" })).toEqual({ value: "", drift: ["Thing.outer"] });
    const { field } = inside("outer", { field: text() });
    expect(read(field, { outer: { field: "a" }, field: "b" }).value).toBe("a");
  });

  test("where there is a list, and not where there is something else", () => {
    const sizes = optional(list(integer()), { from: listIn("sizes") });
    expect(read(sizes, { sizes: [1, 2] }).value).toEqual([1, 2]);
    for (const odd of [null, 7, {}]) expect(read(sizes, { sizes: odd }).value).toBeNull();
    expect(read(sizes, {}).value).toBeNull();
  });

  test("in each item of a list", () => {
    const owners = list(Owner, { from: eachIn("tags", "owner") });
    const { value, drift } = read(owners, { tags: [{ owner: { pk: 1 } }, 7] });
    expect(value).toEqual([{ pk: "1", name: null }]);
    expect(drift).toEqual(["Owner.pk"]);
  });
});

test("what hangs on several fields is mended at the end, and a wrapped object is unwrapped", () => {
  const Wrapped = model(
    "Wrapped",
    { a: integer(), b: integer() },
    {
      unwrap: (value) => (Array.isArray(value) ? { a: 1 } : null),
      finish(value) {
        value.b ||= value.a + 1;
      },
    },
  );
  expect(Wrapped.read([], () => {})).toEqual({ a: 1, b: 2 });
  expect(Wrapped.read({}, () => {})).toBeNull();
});

test("the schema says what can be null, what need not be sent and what is the default", () => {
  const { schema } = model("Thing", {
    a: text(),
    b: optional(integer()),
    c: optional(text(), { missing: "" }),
    d: optional(integer(), { missing: 0, default: null }),
    e: defaulted(boolean(), true),
    f: list(Size),
  });
  const nullable = (of: object, options = {}) =>
    Type.Optional(Type.Union([of as never, Type.Null()], { ...options, nullable: true }));
  expect(asJson(schema)).toEqual(
    asJson(
      Type.Object(
        {
          a: Type.String(),
          b: nullable(Type.Integer()),
          c: nullable(Type.String(), { default: "" }),
          d: nullable(Type.Integer()),
          e: Type.Optional(Type.Boolean({ default: true })),
          f: Type.Array(Size.schema),
        },
        { title: "Thing" },
      ),
    ),
  );
  expect(isModelSchema(schema)).toBe(true);
  expect(isModelSchema(Type.Object({}))).toBe(false);
  expect(pageOf(Size).schema.title).toBe("SizePage");
});

const asJson = (schema: object): unknown => JSON.parse(JSON.stringify(schema));

import { describe, expect, expectTypeOf, test } from "bun:test";
import fc from "fast-check";
import {
  asPlain,
  type ExactJson,
  type ExactJsonObject,
  type Json,
  type NumberText,
  parseExact,
  parsePlain,
  parseVerbatim,
  stringifyJson,
  type VerbatimJson,
  type VerbatimJsonObject,
} from "../../src/instagram/json.ts";
import type { UserShort } from "../../src/instagram/models/user-short.ts";

/** What parsePlain must give: parseExact's value with each bigint as its digits. */
function withDigits(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(withDigits);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withDigits(item)]));
  return value;
}

/** JSON text with 64-bit integers among its values, and digits, quotes and escapes in its texts. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('"', "\\", ":", ",", "[", "]", "1", "9", " ", "-", "}", "{") }),
  fc.bigInt({ min: 10n ** 15n, max: 10n ** 20n }).map((id) => `a:${id},"b":${id}}`),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(text, tie("json"), { maxKeys: 4 }),
  ),
}));

/** Numbers in every way in which JSON can write them. */
const numbers = fc.array(
  fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.constantFrom("0", "4", "17841400000000001", "17841400000000000", "9007199254740993"),
      fc.option(fc.stringMatching(/^\d{1,25}$/), { nil: null }),
      fc.constantFrom("", "e3", "E-2", "e+400"),
    )
    .map(
      ([sign, whole, part, power]) => `${sign}${whole}${part === null ? "" : `.${part}`}${power}`,
    ),
  { maxLength: 6 },
);

describe("parseVerbatim", () => {
  test("gives what is written again with the same characters", () => {
    fc.assert(
      fc.property(numbers, (written) => {
        const text = `{"a":[${written.join(",")}],"b":{"c":"4.0","d":null}}`;
        expect(stringifyJson(parseVerbatim(text))).toBe(text);
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  test("reads integers of any length", () => {
    expect(parseVerbatim('{"a":7,"b":[3012345678901234567,17841400000000000],"c":0.5}')).toEqual({
      a: 7,
      b: [3012345678901234567n, 17841400000000000n],
      c: 0.5,
    });
  });
});

describe("asPlain", () => {
  test("gives what plain parsing gives, whichever way the text was parsed", () => {
    fc.assert(
      fc.property(json, numbers, (value, written) => {
        const text = `{"a":${stringifyJson(value as never)},"b":[${written.join(",")}]}`;
        const plain = parsePlain(text);
        expect(asPlain(parseExact(text))).toEqual(plain);
        expect(asPlain(parseVerbatim(text))).toEqual(plain);
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  test("is what a model wants: it takes no JSON that was parsed another way", () => {
    type Read = Parameters<typeof UserShort.read>[0];
    expectTypeOf<Json>().toExtend<Read>();
    expectTypeOf<ExactJson>().not.toExtend<Read>();
    expectTypeOf<VerbatimJson>().not.toExtend<Read>();
    expectTypeOf<ExactJsonObject>().not.toExtend<Read>();
    expectTypeOf<VerbatimJsonObject>().not.toExtend<Read>();
    expectTypeOf<NumberText>().not.toExtend<Read>();
  });
});

describe("parseExact", () => {
  test("keeps every digit of a 64-bit id", () => {
    expect(stringifyJson(parseExact('{"pk":3012345678901234567}'))).toBe(
      '{"pk":3012345678901234567}',
    );
  });

  test("gives back any JSON digit for digit", () => {
    fc.assert(
      fc.property(json, (value) => {
        const written = stringifyJson(value as never);
        expect(stringifyJson(parseExact(written))).toBe(written);
      }),
    );
  });
});

describe("parsePlain", () => {
  test("gives long integers as text and leaves strings alone", () => {
    const caption = "id: 3012345678901234567, [3012345678901234567]";
    const body = parsePlain(
      JSON.stringify({ caption, n: "N" }).replace('"N"', "3012345678901234567"),
    );
    expect(body).toEqual({ caption, n: "3012345678901234567" });
  });

  test("differs from parseExact only in long integers being text", () => {
    fc.assert(
      fc.property(json, fc.constantFrom("", " ", "\n  "), (value, blanks) => {
        const compact = stringifyJson(value as never);
        const written = compact.replaceAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (token) =>
          token.startsWith('"') ? token : blanks + token + blanks,
        );
        expect(parsePlain(written)).toEqual(withDigits(parseExact(written)) as never);
      }),
      { numRuns: 3000 },
    );
  });

  test("refuses what is no JSON", () => {
    for (const broken of ["", "{", '{"a":12345678901234567890', "01234567890123456789x"])
      expect(() => parsePlain(broken)).toThrow(SyntaxError);
  });
});

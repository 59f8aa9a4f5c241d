import { beforeAll, describe, expect, test } from "bun:test";
import { FormatRegistry } from "@sinclair/typebox";
import fc from "fast-check";
import type { Json } from "../../../src/instagram/json.ts";
import {
  toBoolean,
  toDate,
  toId,
  toIdentity,
  toInteger,
  toNumber,
  toText,
  toUri,
} from "../../../src/instagram/models/values.ts";
import { registerFormats } from "../../support/models/recorded.ts";

beforeAll(registerFormats);

describe("ids", () => {
  test("keep every digit, as number and text", () => {
    expect(toId(25025320)).toBe("25025320");
    expect(toId("340282366841710300949128137443944319108")).toBe(
      "340282366841710300949128137443944319108",
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (id) => {
        expect(toId(id.toString())).toBe(id.toString());
      }),
    );
  });

  test("are not read from numbers that have already lost digits, fractions or other text", () => {
    for (const value of [
      2 ** 53,
      1.5,
      -1,
      "-1",
      Number.NaN,
      "",
      "1_2",
      "abc",
      "1e3",
      true,
      null,
      {},
    ])
      expect(toId(value)).toBeUndefined();
  });

  test("identify nothing when they are 0", () => {
    for (const value of [0, "0"]) {
      expect(toId(value)).toBe("0");
      expect(toIdentity(value)).toBeUndefined();
    }
  });
});

describe("dates", () => {
  test.each<[Json, string]>([
    [1760000000, "2025-10-09T08:53:20Z"],
    ["1760000000", "2025-10-09T08:53:20Z"],
    [1760000000.5, "2025-10-09T08:53:20.500Z"],
    [1760000000000, "2025-10-09T08:53:20Z"],
    [1760000000123, "2025-10-09T08:53:20.123Z"],
    [1760000000000000, "2025-10-09T08:53:20Z"],
    ["1760000000123456", "2025-10-09T08:53:20.123Z"],
    [0, "1970-01-01T00:00:00Z"],
    [-1, "1969-12-31T23:59:59Z"],
  ])("%p is %s", (value, expected) => {
    expect(toDate(value)).toBe(expected);
  });

  test("are unreadable beyond any magnitude that the upstream uses", () => {
    for (const value of [
      1e300,
      -99999999999,
      "100000000000000000000",
      "soon",
      true,
      null,
      [1760000000],
    ])
      expect(toDate(value)).toBeUndefined();
  });
});

describe("URIs", () => {
  test("of the CDN stay as they are", () => {
    const uri =
      "https://scontent-fra3-1.cdninstagram.com/v/t51/a.jpg?stp=dst-jpg_s150x150&_nc_ht=x%3D";
    expect(toUri(uri)).toBe(uri);
  });

  test("with characters that no URI has are percent-encoded", () => {
    expect(toUri("https://example.com/ü b|c?q=100%#d#e")).toBe(
      "https://example.com/%C3%BC%20b%7Cc?q=100%25#d%23e",
    );
  });

  test("of a host alone get a path", () => {
    expect(toUri("https://www.instagram.com")).toBe("https://www.instagram.com/");
    expect(toUri("https://example.com?next=/a#b")).toBe("https://example.com/?next=/a#b");
    expect(toUri("https://www.instagram.com/")).toBe("https://www.instagram.com/");
  });

  test("are written as the Python service's URL type writes them", () => {
    const written = {
      "https://Example.COM/Path": "https://example.com/Path",
      "HTTPS://example.com:443/x": "https://example.com/x",
      "http://example.com:8080/x": "http://example.com:8080/x",
      " https://example.com/x ": "https://example.com/x",
      "https://example.com/a/../b/./c": "https://example.com/b/c",
      "https://example.com/.well-known/x": "https://example.com/.well-known/x",
      "https://example.com/it's?q='a'": "https://example.com/it's?q=%27a%27",
      "https://münchen.de/x": "https://xn--mnchen-3ya.de/x",
      "https://user:word@example.com/": "https://user:word@example.com/",
    };
    for (const [text, uri] of Object.entries(written)) expect(toUri(text), text).toBe(uri);
    expect(toUri("https://example.com:99999/")).toBeUndefined();
  });

  test("are nothing but http and https", () => {
    for (const value of ["", "x", "//x/y", "javascript:alert(1)", "data:,", "https://", 1, null])
      expect(toUri(value)).toBeUndefined();
  });

  test("satisfy format: uri whatever the text", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.webUrl());
    fc.assert(
      fc.property(
        fc.constantFrom("http://", "https://a.b/", "HTTPS://a/?", ""),
        text,
        (start, end) => {
          const uri = toUri(start + end);
          if (uri !== undefined) expect(FormatRegistry.Get("uri")?.(uri)).toBe(true);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

test("numbers come from numbers and decimal text, integers only from whole ones", () => {
  for (const value of [4, "4", "4.0", " 4 ", "4e0"]) expect(toInteger(value)).toBe(4);
  expect([toInteger(true), toNumber(false)]).toEqual([1, 0]);
  expect(toDate(true)).toBeUndefined();
  for (const value of [4.5, "4.5"]) {
    expect(toNumber(value)).toBe(4.5);
    expect(toInteger(value)).toBeUndefined();
  }
  for (const value of ["", " ", "0x10", "four", "1e999", Number.NaN, Infinity, "1".repeat(400), []])
    expect(toNumber(value)).toBeUndefined();
});

test("booleans come from booleans, 1 and 0 only", () => {
  expect([true, 1].map(toBoolean)).toEqual([true, true]);
  expect([false, 0].map(toBoolean)).toEqual([false, false]);
  for (const value of ["true", "1", "", 2, null, {}]) expect(toBoolean(value)).toBeUndefined();
});

test("text comes from text and numbers, with every digit", () => {
  expect(["a", 106078429431815, "3012345678901234567", 4.5].map(toText)).toEqual([
    "a",
    "106078429431815",
    "3012345678901234567",
    "4.5",
  ]);
  for (const value of [true, null, undefined, [], {}, Number.NaN])
    expect(toText(value)).toBeUndefined();
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stringifyJson } from "../../src/instagram/json.ts";
import { parseLikePython, pythonFloat, pythonRound } from "../../src/instagram/python-json.ts";

const written = (text: string): string => stringifyJson(parseLikePython(text));

describe("a float as Python writes it", () => {
  // Each is what python3 prints for json.dumps(float).
  test.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [0.5, "0.5"],
    [0.21830457, "0.21830457"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [1e-100, "1e-100"],
    [123456789012345680, "1.2345678901234568e+17"],
    [9999999999999998, "9999999999999998.0"],
    [1e16, "1e+16"],
    [-1.5e300, "-1.5e+300"],
  ])("%d is %s", (value, text) => {
    expect(stringifyJson([pythonFloat(value)])).toBe(`[${text}]`);
  });

  test("is the same number again", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = stringifyJson(pythonFloat(value));
        expect(Number(text)).toBe(value);
        expect(text).toMatch(/[.e]/);
      }),
    );
  });
});

describe("a number rounded as Python does", () => {
  // Each is what python3 prints for round(value, 7). The first lie exactly in the middle.
  test.each([
    [0.00390625, 0.0039062],
    [0.01171875, 0.0117188],
    [0.01953125, 0.0195312],
    [-0.00390625, -0.0039062],
    [-0.01171875, -0.0117188],
    [0.50998676, 0.5099868],
    [0.12345675, 0.1234568],
    [2.00000005, 2.0000001],
    [123456.78901235, 123456.7890123],
    [1e-9, 0],
    [0.5, 0.5],
    [1e22, 1e22],
  ])("%d is %d", (value, rounded) => {
    expect(pythonRound(value, 7)).toBe(rounded);
  });

  test("is as near as it can be", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        const rounded = pythonRound(value, 7);
        expect(Math.abs(rounded - value)).toBeLessThan(0.5000001e-7);
        expect(pythonRound(rounded, 7)).toBe(rounded);
      }),
    );
  });
});

describe("JSON text read and written as Python does", () => {
  test("keeps integers, with all their digits, apart from floats", () => {
    expect(written('{"a": [1, 1.0, 1.50, 1e2, -7, 12345678901234567890, 0.1E-4]}')).toBe(
      '{"a":[1,1.0,1.5,100.0,-7,12345678901234567890,1e-05]}',
    );
  });

  test("leaves everything else as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(written(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});

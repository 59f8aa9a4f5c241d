import { type NumberText, type VerbatimJson, verbatimNumber } from "./json.ts";

/*
 * Numbers as Python's json writes them. The recorded client is a Python program, and some fields
 * hold JSON text of its making: there 0 as a float is 0.0.
 */

/** From this exponent on, and below -4, Python writes an exponent. */
const LARGEST_WITHOUT_EXPONENT = 16;

/** A number that Python holds as a float: `0` becomes 0.0, `0.00001` becomes 1e-05. */
export function pythonFloat(value: number): NumberText {
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  const size = Number(exponent);
  if (size < -4 || size >= LARGEST_WITHOUT_EXPONENT) {
    const digits = String(Math.abs(size)).padStart(2, "0");
    return verbatimNumber(`${mantissa}e${size < 0 ? "-" : "+"}${digits}`);
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return verbatimNumber(Number.isInteger(value) ? `${text}.0` : text);
}

/**
 * A number rounded to some digits after the point as Python's round() does it: by its exact binary
 * value, and from the middle to the even digit.
 */
export function pythonRound(value: number, digits: number): number {
  if (value === 0) return value;
  const text = value.toFixed(digits);
  // Only such a value lies in the middle, and there toFixed() goes away from zero.
  const isMiddle = Math.abs(value * 2 ** (digits + 1)) % 2 === 1;
  if (!isMiddle || Number(text.at(-1)) % 2 === 0) return Number(text);
  return Number((Number(text) - Math.sign(value) * 10 ** -digits).toFixed(digits));
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => VerbatimJson;

const INTEGER = /^-?\d+$/;

/**
 * Parses JSON text as Python does: what has a point or an exponent is a float, everything else an
 * integer with all its digits. Throws SyntaxError like JSON.parse. For text whose length and depth
 * are bounded.
 */
export const parseLikePython = (text: string): VerbatimJson =>
  parseWithSource(text, (_key, value, { source = "" }) => {
    if (typeof value !== "number") return value;
    if (!INTEGER.test(source)) return pythonFloat(value);
    return Number.isSafeInteger(value) ? value : verbatimNumber(source);
  });

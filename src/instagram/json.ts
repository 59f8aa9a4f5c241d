/**
 * JSON as the mobile API speaks it: ids are 64-bit integers that a JavaScript number cannot hold.
 * The one parser and the one serialiser of the project.
 */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** What may be serialised: JSON values, and fields left out by being undefined. */
export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | undefined
  | readonly JsonInput[]
  | { readonly [key: string]: JsonInput };

// 16 digits is where integers can leave the safe range. A match inside a string only costs the
// slower path, never a wrong value.
const MAYBE_UNSAFE = /\d{16}/;
const INTEGER = /^-?\d+$/;

interface ReviverContext {
  source?: string;
}
type SourceReviver = (key: string, value: unknown, context: ReviverContext) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver?: SourceReviver) => Json;

const exactIntegers: SourceReviver = (_key, value, context) => {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context.source;
  return source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
};

/**
 * Parses JSON text without losing a digit: integers beyond 2^53 become bigint, all others number.
 * Throws SyntaxError as JSON.parse does.
 */
export function parseJson(text: string): Json {
  return MAYBE_UNSAFE.test(text) ? parseWithSource(text, exactIntegers) : parseWithSource(text);
}

interface RawJsonFactory {
  rawJSON(text: string): unknown;
}
const { rawJSON } = JSON as unknown as RawJsonFactory;

const writeBigInt = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? rawJSON(value.toString()) : value;

/** Serialises compactly; a bigint is written as the JSON number it stands for. */
export function stringifyJson(value: JsonInput): string {
  return JSON.stringify(value, writeBigInt);
}

/** True for a JSON object (not null, not an array). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

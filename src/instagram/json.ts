/**
 * A value of the mobile API's JSON. Its ids are 64-bit integers, which a JavaScript number cannot
 * hold, so this file has the project's own parsers and its serialiser.
 */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** What can be serialised: JSON values. A field that is undefined is left out. */
export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | undefined
  | readonly JsonInput[]
  | { readonly [key: string]: JsonInput };

// Integers from 16 digits on may be unsafe. A match inside a string costs time but no correctness.
const MAYBE_UNSAFE = /\d{16}/;
const INTEGER = /^-?\d+$/;

/** Longer integers are no ids, and converting them to bigint takes quadratic time. */
const MAX_INTEGER_DIGITS = 40;
const isExactInteger = (source: string): boolean =>
  INTEGER.test(source) && source.replace("-", "").length <= MAX_INTEGER_DIGITS;

interface ReviverContext {
  source?: string;
}
type SourceReviver = (key: string, value: unknown, context: ReviverContext) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver?: SourceReviver) => Json;

const exactIntegers: SourceReviver = (_key, value, context) => {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context.source;
  return source !== undefined && isExactInteger(source) ? BigInt(source) : value;
};

/**
 * Parses JSON text without losing a digit: integers beyond 2^53 become bigint; all other numbers,
 * and integers of more than 40 digits, become number. Throws SyntaxError like JSON.parse,
 * RangeError for deep nesting.
 */
export function parseJson(text: string): Json {
  return MAYBE_UNSAFE.test(text) ? parseWithSource(text, exactIntegers) : parseWithSource(text);
}

/** Parses text; undefined if the parser throws. */
export function tryParse(text: string, parse: (text: string) => Json): Json | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** A caller's JSON text exceeds a limit. The message says which. */
export class JsonRefused extends Error {
  override readonly name = "JsonRefused";
}

/** How deep callers' JSON may be nested. */
export const MAX_JSON_DEPTH = 32;

/**
 * Parses a caller's JSON text like parseJson(), within limits that keep the cost linear. Throws
 * JsonRefused for deeper nesting (32 unless given), integers of more than 40 digits and text that
 * UTF-8 cannot represent; SyntaxError for text that is not JSON.
 */
export function parseBoundedJson(text: string, maxDepth = MAX_JSON_DEPTH): Json {
  if (isNestedDeeper(text, maxDepth))
    throw new JsonRefused(`must not be nested deeper than ${maxDepth}`);
  return parseWithSource(text, MAYBE_OUT_OF_BOUNDS.test(text) ? boundedValues : undefined);
}

/**
 * How many values callers' JSON may hold: a list of 1,000 and some fields beside it. Objects with
 * thousands of keys cost far more than the length of their text.
 */
export const MAX_JSON_VALUES = 1_100;

/** Like parseBoundedJson(), but also throws JsonRefused for more than 1,100 values. */
export function parseCallersJson(text: string): Json {
  if (holdsMoreValues(text, MAX_JSON_VALUES))
    throw new JsonRefused(`must not hold more than ${MAX_JSON_VALUES} values`);
  return parseBoundedJson(text);
}

/** Whether JSON text holds more than `limit` values, counted by the commas between them. */
function holdsMoreValues(text: string, limit: number): boolean {
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA && ++values > limit) return true;
  }
  return false;
}

// Long digits, and escapes of half a surrogate pair, which are wrong only without the other half.
const MAYBE_OUT_OF_BOUNDS = /\d{16}|\\u[dD][89a-fA-F]/;

const boundedValues: SourceReviver = (key, value, context) => {
  if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed()))
    throw new JsonRefused("must not hold half a surrogate pair: it is no character");
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const { source = "" } = context;
  if (!isExactInteger(source) && INTEGER.test(source))
    throw new JsonRefused(`must not hold integers of more than ${MAX_INTEGER_DIGITS} digits`);
  return exactIntegers(key, value, context);
};

/** Whether brackets in JSON text are nested deeper than `limit`. Reads each character once. */
export function isNestedDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > limit) return true;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
    }
  }
  return false;
}

/**
 * The position of the quote that closes the string opened at `open`; the text's length if none
 * does.
 */
export function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close > 0 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close < 0 ? text.length : close;
}

function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(position - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

interface RawJsonFactory {
  rawJSON(text: string): unknown;
}
const { rawJSON } = JSON as unknown as RawJsonFactory;

/** Keeps the text of numbers that JavaScript would write differently: 4.0, 1e2, and long ones. */
const verbatimNumbers: SourceReviver = (_key, value, { source }) => {
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return exactIntegers(_key, value, { source }) === value ? rawJSON(source) : BigInt(source);
};

/**
 * Parses JSON text of which parts are handed on: stringifyJson() writes them exactly as they were.
 * A number that JavaScript would write differently becomes an opaque value, so read only integers
 * from the result (beyond 2^53 they are bigint). Throws SyntaxError like JSON.parse.
 */
export function parseVerbatim(text: string): Json {
  return parseWithSource(text, verbatimNumbers);
}

/**
 * Turns the bigints in a value from parseJson() into text, as parseJsonIds() would have: ids are
 * text in every model. Changes the value in place.
 */
export function idsAsText(value: Json): Json {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) for (const [at, item] of value.entries()) value[at] = idsAsText(item);
  else if (isJsonObject(value))
    for (const [key, item] of Object.entries(value)) value[key] = idsAsText(item);
  return value;
}

const CANDIDATE = /\d{16,}/g;
const MIN_LONG_DIGITS = 16;

/**
 * Parses JSON text; integers beyond 2^53 become text of their digits, which no JavaScript client
 * can round. Several times faster than parseJson() on answers of the mobile API, as nearly all hold
 * such integers. Throws SyntaxError like JSON.parse.
 */
export function parseJsonIds(text: string): Json {
  return parseWithSource(MAYBE_UNSAFE.test(text) ? quoteLongIntegers(text) : text);
}

/** Puts quotes around the integers in JSON text that a number cannot hold. */
function quoteLongIntegers(text: string): string {
  let quoted = "";
  let copied = 0;
  const strings = new StringsOf(text);
  CANDIDATE.lastIndex = 0;
  // A match would be an object and a text for each: counting back its digits costs far less.
  while (CANDIDATE.test(text)) {
    const end = CANDIDATE.lastIndex;
    let start = end - MIN_LONG_DIGITS;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    if (text.charCodeAt(start - 1) === MINUS) start--;
    // Most long digits are ids in quotes already: the characters beside them show it.
    if (!isBoundary(text.charCodeAt(start - 1)) || !isBoundary(text.charCodeAt(end))) continue;
    if (!isAfterKey(text, start)) {
      const close = strings.endAround(start);
      if (close !== null) {
        CANDIDATE.lastIndex = Math.max(end, close);
        continue;
      }
    }
    const digits = text.slice(start, end);
    // Some integers of 16 digits are safe; longer ones never are.
    const isShortest = end - start - (digits.startsWith("-") ? 1 : 0) === MIN_LONG_DIGITS;
    if (isShortest && Number.isSafeInteger(Number(digits))) continue;
    quoted += `${text.slice(copied, start)}"${digits}"`;
    copied = end;
  }
  return copied === 0 ? text : quoted + text.slice(copied);
}

const MINUS = 0x2d;

/**
 * Whether a key of word characters and its colon come right before `position`. A string cannot hold
 * these unescaped, so a value follows; that saves searching for a string around the position.
 */
function isAfterKey(text: string, position: number): boolean {
  let at = position - 1;
  if (text.charCodeAt(at) <= 0x20) at--;
  if (text.charCodeAt(at) !== COLON || text.charCodeAt(at - 1) !== QUOTE) return false;
  let start = at - 2;
  while (isWord(text.charCodeAt(start))) start--;
  return start < at - 2 && text.charCodeAt(start) === QUOTE;
}

const COLON = 0x3a;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

const isWord = (code: number): boolean =>
  isDigit(code) ||
  (code >= 0x41 && code <= 0x5a) ||
  code === 0x5f ||
  (code >= 0x61 && code <= 0x7a);

/** Whether a character can be next to a number in JSON: white space, comma, colon, bracket, end. */
function isBoundary(code: number): boolean {
  return (
    code <= 0x20 ||
    code === 0x2c ||
    code === 0x3a ||
    code === 0x5b ||
    code === 0x5d ||
    code === 0x7d ||
    Number.isNaN(code)
  );
}

/**
 * Finds the strings in JSON text that surround given positions. Positions must be in rising order.
 */
class StringsOf {
  /** Opening quote of the first string that was not passed yet; -1 if there is none. */
  #open: number;

  constructor(readonly text: string) {
    this.#open = text.indexOf('"');
  }

  /** Where the string around `position` closes; null if the position is in no string. */
  endAround(position: number): number | null {
    while (this.#open >= 0 && this.#open < position) {
      const close = endOfString(this.text, this.#open);
      if (close > position) return close;
      this.#open = this.text.indexOf('"', close + 1);
    }
    return null;
  }
}

const writeBigInt = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? rawJSON(value.toString()) : value;

/** Serialises without blanks. A bigint is written as a JSON number. */
export function stringifyJson(value: JsonInput): string {
  try {
    // JSON.stringify throws for a bigint. Without a replacer it is several times faster.
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, writeBigInt);
  }
}

/** JSON text exactly as Instagram wrote it, for answers that are handed on. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** Whether a value is a JSON object: not null, not an array. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The object itself, or an empty one for anything else, so that fields can be read without a check.
 */
export const objectOr = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/**
 * A scalar as text; "" for null, undefined, objects and arrays. String() would throw for a JSON
 * object whose `toString` is not a function.
 */
export const scalarText = (value: Json | undefined): string =>
  typeof value === "object" && value !== null ? "" : String(value ?? "");

/** The text itself, or "" for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/*
 * The mobile API's JSON. Its ids are 64-bit integers, which a JavaScript number cannot hold, so this
 * file has the project's own parsers and its serialiser. Each of the three ways to parse has types
 * of its own: what reads one kind of JSON does not compile with another.
 */

/** A JSON value; `Other` is what stands for numbers that a JavaScript number cannot hold or write. */
export type JsonOf<Other> =
  | null
  | boolean
  | number
  | string
  | Other
  | JsonOf<Other>[]
  | JsonObjectOf<Other>;
export interface JsonObjectOf<Other> {
  [key: string]: JsonOf<Other>;
}

/** Plain: integers beyond 2^53 are their digits as text. This is what models read. */
export type Json = JsonOf<never>;
export type JsonObject = JsonObjectOf<never>;

/** Exact: integers beyond 2^53 are bigint, so that they are written again as numbers. */
export type ExactJson = JsonOf<bigint>;
export type ExactJsonObject = JsonObjectOf<bigint>;

/** Verbatim: every number is written again with the same characters. For what is handed on. */
export type VerbatimJson = JsonOf<bigint | NumberText>;
export type VerbatimJsonObject = JsonObjectOf<bigint | NumberText>;

/** A number that JavaScript would write with other characters (4.0, 1e2), only to be handed on. */
export interface NumberText {
  readonly rawJSON: string;
}

/** What can be serialised: JSON values. A field that is undefined is left out. */
export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | NumberText
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
const parseWithSource = JSON.parse as <T>(text: string, reviver?: SourceReviver) => T;

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
export function parseExact(text: string): ExactJson {
  return MAYBE_UNSAFE.test(text) ? parseWithSource(text, exactIntegers) : parseWithSource(text);
}

/** Parses text; undefined if the parser throws. */
export function tryParse<T>(text: string, parse: (text: string) => T): T | undefined {
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
 * Parses a caller's JSON text like parseExact(), within limits that keep the cost linear. Throws
 * JsonRefused for deeper nesting (32 unless given), integers of more than 40 digits and text that
 * UTF-8 cannot represent; SyntaxError for text that is not JSON.
 */
export function parseBoundedJson(text: string, maxDepth = MAX_JSON_DEPTH): ExactJson {
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
export function parseCallersJson(text: string): ExactJson {
  if (holdsMoreValues(text, MAX_JSON_VALUES))
    throw new JsonRefused(`must not hold more than ${MAX_JSON_VALUES} values`);
  return parseBoundedJson(text);
}

/** Whether JSON text holds more than `limit` values, counted by the commas between them. */
export function holdsMoreValues(text: string, limit: number): boolean {
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

interface RawJson {
  rawJSON(text: string): NumberText;
  isRawJSON(value: unknown): value is NumberText;
}
const { rawJSON, isRawJSON } = JSON as unknown as RawJson;

/** A number that stringifyJson() writes with exactly these characters. */
export const verbatimNumber = (text: string): NumberText => rawJSON(text);

/** Whether a value was made by verbatimNumber(), or by parseVerbatim() of such a number. */
export const isNumberText = (value: unknown): value is NumberText => isRawJSON(value);

/** Keeps the text of numbers that JavaScript would write differently: 4.0, 1e2, and long ones. */
const verbatimNumbers: SourceReviver = (key, value, context) => {
  const exact = exactIntegers(key, value, context);
  const { source } = context;
  return typeof exact !== "number" || source === undefined || String(exact) === source
    ? exact
    : rawJSON(source);
};

/**
 * Parses JSON text of which parts are handed on: stringifyJson() writes them exactly as they were.
 * Integers beyond 2^53 become bigint, other numbers that JavaScript would write differently a
 * NumberText. Throws SyntaxError like JSON.parse.
 */
export function parseVerbatim(text: string): VerbatimJson {
  return parseWithSource(text, verbatimNumbers);
}

/**
 * Turns a value that another parser gave into what parsePlain() would have given. Integers of more
 * than 40 digits, which are no ids, stay rounded. Changes the value in place.
 */
export function asPlain(value: VerbatimJson): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (isRawJSON(value)) return parsePlain(value.rawJSON);
  if (Array.isArray(value)) for (const [at, item] of value.entries()) value[at] = asPlain(item);
  else for (const [key, item] of Object.entries(value)) value[key] = asPlain(item);
  return value as Json;
}

const CANDIDATE = /\d{16,}/g;
const MIN_LONG_DIGITS = 16;

/**
 * Parses JSON text; integers beyond 2^53 become text of their digits, which no JavaScript client
 * can round. Several times faster than parseExact() on answers of the mobile API, as nearly all hold
 * such integers. Throws SyntaxError like JSON.parse.
 */
export function parsePlain(text: string): Json {
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
export function isJsonObject<Other = never>(
  value: JsonOf<Other> | undefined,
): value is JsonObjectOf<Other> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The object itself, or an empty one for anything else, so that fields can be read without a check.
 */
export const objectOr = <Other = never>(value: JsonOf<Other> | undefined): JsonObjectOf<Other> =>
  isJsonObject(value) ? value : {};

/**
 * A scalar as text; "" for null, undefined, objects and arrays. String() would throw for a JSON
 * object whose `toString` is not a function.
 */
export const scalarText = (value: VerbatimJson | undefined): string =>
  typeof value === "object" && value !== null ? "" : String(value ?? "");

/** The text itself, or "" for anything else. */
export const textOf = (value: VerbatimJson | undefined): string =>
  typeof value === "string" ? value : "";

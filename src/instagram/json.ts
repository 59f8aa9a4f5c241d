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

/** Integers of more digits are no ids, and turning them into a bigint costs their square. */
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
 * Parses JSON text without losing a digit: integers beyond 2^53 become bigint, all others (and what
 * passes 40 digits) number. Throws SyntaxError as JSON.parse does, RangeError for deep nesting.
 */
export function parseJson(text: string): Json {
  return MAYBE_UNSAFE.test(text) ? parseWithSource(text, exactIntegers) : parseWithSource(text);
}

/** What a parser makes of JSON text; undefined for what is none. */
export function tryParse(text: string, parse: (text: string) => Json): Json | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** JSON text of a caller that is refused for what it holds; the message says what it must (not) do. */
export class JsonRefused extends Error {
  override readonly name = "JsonRefused";
}

/** How deep JSON of callers may be nested. */
export const MAX_JSON_DEPTH = 32;

/**
 * Parses JSON text that a caller sent as parseJson() does, within bounds: its cost is that of its
 * length. Throws JsonRefused for deeper nesting (32 unless said), integers of more than 40 digits and text
 * that no UTF-8 can hold; SyntaxError for what is no JSON.
 */
export function parseBoundedJson(text: string, maxDepth = MAX_JSON_DEPTH): Json {
  if (isNestedDeeper(text, maxDepth))
    throw new JsonRefused(`must not be nested deeper than ${maxDepth}`);
  return parseWithSource(text, MAYBE_OUT_OF_BOUNDS.test(text) ? boundedValues : undefined);
}

/**
 * How many values JSON of callers may hold: a list of 1,000 and the fields beside it. Objects of
 * thousands of keys cost far more than their text does.
 */
export const MAX_JSON_VALUES = 1_100;

/** The same for what a caller sends itself: also throws JsonRefused for more than 1,100 values. */
export function parseCallersJson(text: string): Json {
  if (holdsMoreValues(text, MAX_JSON_VALUES))
    throw new JsonRefused(`must not hold more than ${MAX_JSON_VALUES} values`);
  return parseBoundedJson(text);
}

/** Whether JSON text has more commas between values than `limit` values need. */
function holdsMoreValues(text: string, limit: number): boolean {
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA && ++values > limit) return true;
  }
  return false;
}

// Long digits, and the escape of half a surrogate pair, which is wrong only without its other half.
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

/** Whether brackets of JSON text are nested deeper than `limit`; looks at each character once. */
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

/** Where the string that opens at `open` closes; the text's length where it does not. */
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

/** Numbers that are written again with other characters: 4.0, 1e2, and digits past a double's. */
const verbatimNumbers: SourceReviver = (_key, value, { source }) => {
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return exactIntegers(_key, value, { source }) === value ? rawJSON(source) : BigInt(source);
};

/**
 * Parses JSON text of which parts are handed on: they are written again exactly as they stood. A
 * number that JavaScript would write differently is an opaque value, so no number is to be read
 * from the result but integers (beyond 2^53 they are bigint). Throws SyntaxError as JSON.parse does.
 */
export function parseVerbatim(text: string): Json {
  return parseWithSource(text, verbatimNumbers);
}

/**
 * A part of what parseJson() gave as parseJsonIds() would give it: integers beyond 2^53 are their
 * decimal digits as text, as ids are in every answer of a model. Changes the value itself.
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
 * Parses JSON text for reading ids out of it: integers beyond 2^53 become their decimal digits as
 * text. Several times faster than parseJson() on the answers of the mobile API, nearly all of which
 * hold such integers. What is handed on inside a model has its ids as text, too: a client that reads
 * them with JavaScript rounds no number. Whole answers of the upstream are handed on as text.
 * Throws SyntaxError as JSON.parse does.
 */
export function parseJsonIds(text: string): Json {
  return parseWithSource(MAYBE_UNSAFE.test(text) ? quoteLongIntegers(text) : text);
}

/** Puts quotes around the integers of JSON text that a number could not hold. */
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
    // Most long digits are ids in quotes, which the neighbours show at once.
    if (!isBoundary(text.charCodeAt(start - 1)) || !isBoundary(text.charCodeAt(end))) continue;
    if (!isAfterKey(text, start)) {
      const close = strings.endAround(start);
      if (close !== null) {
        CANDIDATE.lastIndex = Math.max(end, close);
        continue;
      }
    }
    const digits = text.slice(start, end);
    // Of 16 digits some are within the safe range and some are not; longer ones never are.
    const isShortest = end - start - (digits.startsWith("-") ? 1 : 0) === MIN_LONG_DIGITS;
    if (isShortest && Number.isSafeInteger(Number(digits))) continue;
    quoted += `${text.slice(copied, start)}"${digits}"`;
    copied = end;
  }
  return copied === 0 ? text : quoted + text.slice(copied);
}

const MINUS = 0x2d;

/**
 * Whether a key of word characters and its colon stand right before `position`. No text can hold
 * these unescaped, so what follows is a value; that saves the search for the text around it.
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

/** What can stand next to a number in JSON: white space, comma, colon, brackets. */
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

/** Tells of places in JSON text, asked in rising order, whether a string is around them. */
class StringsOf {
  /** The first string that has not been passed: its opening quote, -1 when there is none. */
  #open: number;

  constructor(readonly text: string) {
    this.#open = text.indexOf('"');
  }

  /** Where the string around `position` closes, null when there is none around it. */
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

/** Serialises compactly; a bigint is written as the JSON number it stands for. */
export function stringifyJson(value: JsonInput): string {
  try {
    // Without a replacer it is several times faster, and most values hold no bigint.
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, writeBigInt);
  }
}

/** JSON text exactly as Instagram wrote it: an answer that passes through without losing a digit. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** True for a JSON object (not null, not an array). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object itself, an empty one for anything else: for reading on without a check. */
export const objectOr = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/**
 * Text or a number as text, the empty text for anything else: an object of JSON may hold a `toString`
 * that is no function, so that String() throws.
 */
export const scalarText = (value: Json | undefined): string =>
  typeof value === "object" && value !== null ? "" : String(value ?? "");

/** The text itself, the empty text for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

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
// Of 16 digits some are within the safe range and some are not; longer ones never are.
const SIXTEEN_DIGITS = /^-?\d{16}$/;

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
  // Where the last look at the quotes ended, always outside a string.
  let outside = 0;
  CANDIDATE.lastIndex = 0;
  for (let match = CANDIDATE.exec(text); match; match = CANDIDATE.exec(text)) {
    const end = CANDIDATE.lastIndex;
    let start = match.index;
    if (text.charCodeAt(start - 1) === MINUS) start--;
    // Most long digits are ids in quotes, which the neighbours show at once.
    if (!isBoundary(text.charCodeAt(start - 1)) || !isBoundary(text.charCodeAt(end))) continue;
    if (!isAfterKey(text, start)) {
      const string = stringAround(text, outside, start);
      outside = string.outside;
      if (string.inside) {
        CANDIDATE.lastIndex = Math.max(end, outside);
        continue;
      }
    }
    const digits = text.slice(start, end);
    if (SIXTEEN_DIGITS.test(digits) && Number.isSafeInteger(Number(digits))) continue;
    quoted += `${text.slice(copied, start)}"${digits}"`;
    copied = end;
  }
  return copied === 0 ? text : quoted + text.slice(copied);
}

const MINUS = 0x2d;
const BACKSLASH = 0x5c;

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
const QUOTE = 0x22;

const isWord = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
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

/** Whether `position` is inside a string, and a place behind it from which to look on. */
function stringAround(
  text: string,
  from: number,
  position: number,
): { inside: boolean; outside: number } {
  let at = from;
  for (;;) {
    const open = text.indexOf('"', at);
    if (open < 0 || open > position) return { inside: false, outside: at };
    let close = text.indexOf('"', open + 1);
    while (close > 0 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
    if (close < 0) return { inside: true, outside: text.length };
    if (close > position) return { inside: true, outside: close + 1 };
    at = close + 1;
  }
}

function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(position - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
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

/** The text itself, the empty text for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

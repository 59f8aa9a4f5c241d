import { InvalidInput } from "../problems/problem.ts";
import type { ByteStream } from "./client.ts";
import { isNumberText, type JsonInput, stringifyJson } from "./json.ts";

export type FormPairs = ReadonlyArray<readonly [name: string, value: string]>;

/** A request's body: signed JSON, a form, JSON text as Python writes it, or bytes. */
export type RequestBody =
  | { readonly kind: "signed"; readonly json: JsonInput }
  | { readonly kind: "form"; readonly pairs: FormPairs }
  | { readonly kind: "json"; readonly json: JsonInput }
  | ({ readonly kind: "stream" } & ByteStream);

type TextBody = Exclude<RequestBody, { kind: "stream" }>;

/** A "signed" body: current app versions send the word SIGNATURE instead of an HMAC. */
export const signed = (json: JsonInput): TextBody => ({ kind: "signed", json });

/** An unsigned form, in the given order. */
export const form = (pairs: FormPairs): TextBody => ({ kind: "form", pairs });

/** JSON text with the content type of a form, as `feed/timeline/` takes it. */
export const jsonText = (json: JsonInput): TextBody => ({ kind: "json", json });

/** Bytes that go out as they come, `length` of them: a file that is uploaded. */
export const streamed = (bytes: ByteStream["bytes"], length: number): RequestBody => ({
  kind: "stream",
  bytes,
  length,
});

/** One pair, or none if its value is missing or empty: `...ifGiven("max_id", maxId)`. */
export const ifGiven = (name: string, value: string | undefined): FormPairs =>
  value ? [[name, value]] : [];

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * JSON without blanks, with non-ASCII characters as \uXXXX: the form of signed bodies, and of JSON
 * text in the fields of bodies.
 */
export function asciiJson(value: JsonInput): string {
  // JSON.stringify has escaped all control characters but DEL.
  return stringifyJson(value).replace(/[\u007f-\uffff]/g, escapeUnit);
}

/**
 * JSON with a blank after each comma and colon, as the recorded client sends it for some requests.
 */
export function spacedJson(value: JsonInput): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value === "object" && value !== null && !isNumberText(value))
    return `{${Object.entries(value)
      .filter((entry) => entry[1] !== undefined)
      .map(([key, item]) => `${asciiJson(key)}: ${spacedJson(item)}`)
      .join(", ")}}`;
  return asciiJson(value ?? null);
}

/** Percent-encodes text. Half a surrogate pair becomes U+FFFD, as in a browser. */
const escapeText = (value: string): string => encodeURIComponent(value.toWellFormed());

const NEEDS_NO_ENCODING = /^[\w.~-]*$/;

/** Form encoding of one value: blanks become +, only letters, digits and _.-~ stay. */
function formEncode(value: string): string {
  if (NEEDS_NO_ENCODING.test(value)) return value;
  return escapeText(value)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

/** `name=value&…`, form-encoded, in the given order. */
export function encodePairs(pairs: FormPairs): string {
  return pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
}

/** The text that goes over the wire for a body. */
export function encodeBody(body: TextBody): string {
  switch (body.kind) {
    case "signed":
      return `signed_body=SIGNATURE.${formEncode(asciiJson(body.json))}`;
    case "form":
      return encodePairs(body.pairs);
    case "json":
      return spacedJson(body.json);
  }
}

/** `jazoest`: "2" and the sum of the character codes of the phone id. */
export function jazoestOf(phoneId: string): string {
  let sum = 0;
  for (const char of phoneId) sum += char.charCodeAt(0);
  return `2${sum}`;
}

/**
 * Builds an upstream path from a template: `` path`users/${id}/info/` `` →
 * `/api/v1/users/25025320/info/`. Values are escaped, so none can leave its segment or add a query.
 * Throws InvalidInput for a value that cannot be a segment.
 */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return `/api/v1/${String.raw({ raw: parts }, ...values.map(segment))}`;
}

/** These would lead to another path, escaped or not. */
const NO_SEGMENT = new Set(["", ".", ".."]);

/** Escapes a value as one segment of a path. Throws InvalidInput for a value that cannot be one. */
export function segment(value: string): string {
  if (NO_SEGMENT.has(value)) throw new InvalidInput("id", "must be an id or a name");
  return escapeText(value);
}

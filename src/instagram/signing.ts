import { InvalidInput } from "../problems/problem.ts";
import type { ByteStream } from "./client.ts";
import { type JsonInput, stringifyJson } from "./json.ts";

/** Bodies of private requests: signed JSON, plain forms, and JSON text as Python writes it. */
export type FormPairs = ReadonlyArray<readonly [name: string, value: string]>;

export type RequestBody =
  | { readonly kind: "signed"; readonly json: JsonInput }
  | { readonly kind: "form"; readonly pairs: FormPairs }
  | { readonly kind: "json"; readonly json: JsonInput }
  | ({ readonly kind: "stream" } & ByteStream);

type TextBody = Exclude<RequestBody, { kind: "stream" }>;

/** A body under the literal signature that current app versions send instead of an HMAC. */
export const signed = (json: JsonInput): TextBody => ({ kind: "signed", json });

/** An unsigned form, in the given order. */
export const form = (pairs: FormPairs): TextBody => ({ kind: "form", pairs });

/** JSON text under the form content type, as `feed/timeline/` takes it. */
export const jsonText = (json: JsonInput): TextBody => ({ kind: "json", json });

/** Bytes that go out as they come, `length` of them: a file that is uploaded. */
export const streamed = (bytes: ByteStream["bytes"], length: number): RequestBody => ({
  kind: "stream",
  bytes,
  length,
});

/** A pair to spread among others, or none where the caller has left its value out or empty. */
export const ifGiven = (name: string, value: string | undefined): FormPairs =>
  value ? [[name, value]] : [];

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** JSON without blanks and with non-ASCII as \uXXXX: the form in which signed bodies are sent. */
function asciiJson(value: JsonInput): string {
  // JSON.stringify has escaped controls already; DEL is the one ASCII character it leaves.
  return stringifyJson(value).replace(/[\u007f-\uffff]/g, escapeUnit);
}

/** The same with a blank after each comma and colon, where the recorded client sends these. */
function spacedJson(value: JsonInput): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .filter((entry) => entry[1] !== undefined)
      .map(([key, item]) => `${asciiJson(key)}: ${spacedJson(item)}`)
      .join(", ")}}`;
  return asciiJson(value ?? null);
}

/** Percent-encoded. Half a surrogate pair has no UTF-8, and becomes U+FFFD as it does in a browser. */
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
 * Builds an upstream path from a template; what is put in is escaped, so a value can neither leave
 * its segment nor add a query: `` path`users/${id}/info/` `` → `/api/v1/users/25025320/info/`.
 * Throws InvalidInput for a value that no escaping makes a segment.
 */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return `/api/v1/${String.raw({ raw: parts }, ...values.map(segment))}`;
}

/** `.` and `..` lead to other paths, in whatever form they are written; nothing leads to another too. */
const NO_SEGMENT = new Set(["", ".", ".."]);

/** One value as one segment of a path. Throws InvalidInput for a value that cannot be one. */
export function segment(value: string): string {
  if (NO_SEGMENT.has(value)) throw new InvalidInput("id", "must be an id or a name");
  return escapeText(value);
}

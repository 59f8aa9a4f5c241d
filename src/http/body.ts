import type { TProperties } from "@sinclair/typebox";
import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import { type ExactJson, JsonRefused, parseCallersJson } from "../instagram/json.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";
import { maxFileBytes } from "./file-field.ts";

/** The fields of a body as they were sent. A repeated form field is a list. */
export type BodyFields = Record<string, unknown>;

/** Maximum size of a body unless its route sets another, in bytes. */
export const USUAL_BODY_BYTES = 64 * 1024;

/** For routes with a field of up to 64 KB of JSON text, which form encoding can triple. */
export const DOCUMENT_BODY_BYTES = 4 * USUAL_BODY_BYTES;

const MAX_FIELDS = 1_000;

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const FORM_TYPE = "application/x-www-form-urlencoded";

/** Where the files of a body go. */
export interface FilePlaces {
  /** The fields of the route's body. */
  fields: TProperties;
  files: FileScope;
}

/**
 * Reads a body of type `multipart/form-data`, `application/x-www-form-urlencoded` or
 * `application/json`. An empty body without a content type has no fields. Files of fields that take
 * one are saved in `places`.
 *
 * Throws Problem: PayloadTooLarge (more than `maxBytes`), RequestTimeout (incomplete at `until`, on
 * the clock of performance.now()), UnsupportedMedia, ValidationError (the body does not match its
 * content type, or has too many fields).
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  until: number,
  places: FilePlaces | null = null,
): Promise<BodyFields> {
  const contentType = request.headers.get("content-type") ?? "";
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const bytes = await inTime(readBytes(request, maxBytes), until);
  if (type === "multipart/form-data") return readMultipart(bytes, contentType, places);
  if (type === FORM_TYPE) return readForm(textOf(bytes));
  if (JSON_TYPE.test(type)) return readJson(textOf(bytes));
  if (type === "" && bytes.length === 0) return {};
  throw new GatewayProblem(
    "UnsupportedMedia",
    `Send multipart/form-data, ${FORM_TYPE} or application/json`,
    looksLikeJson(bytes) ? { hint: SEND_AS_JSON } : {},
  );
}

const SEND_AS_JSON = "This looks like JSON: send Content-Type: application/json.";

function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  return first === "{".charCodeAt(0) || first === "[".charCodeAt(0);
}

/** A caller that sends one byte now and then must not hold a request's place for ever. */
async function inTime<T>(reading: Promise<T>, until: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const headers = { Connection: "close" };
    late.reject(new GatewayProblem("RequestTimeout", "The body did not come in time", { headers }));
  }, until - performance.now());
  try {
    return await Promise.race([reading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body. Reading stops at the limit. */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const { body } = request;
  if (body === null) return new Uint8Array();
  // Bun passes on no more than the declared length. A chunked body declares none.
  if (declared >= 0) return request.bytes();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reader = body.getReader();
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > maxBytes) {
      // Not awaited: it does not settle while the caller goes on sending.
      reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    chunks.push(part.value);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function textOf(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidInput([], "The body is not valid UTF-8");
  }
}

function readForm(text: string): BodyFields {
  // Counted before parsing: a small body can hold very many empty fields.
  let fields = 1;
  for (let at = text.indexOf("&"); at >= 0; at = text.indexOf("&", at + 1))
    if (++fields > MAX_FIELDS) throw tooManyFields();
  const trimmed = text.trim();
  if (trimmed.startsWith("{") && trimmed.endsWith("}"))
    throw new InvalidInput([], `The body is not ${FORM_TYPE}`, SEND_AS_JSON);
  return fieldsOf(new URLSearchParams(text));
}

async function readMultipart(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
  places: FilePlaces | null,
): Promise<BodyFields> {
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { "Content-Type": contentType } }).formData();
  } catch {
    throw new InvalidInput([], "The body is not valid multipart/form-data");
  }
  const fields = fieldsOf(form);
  for (const [name, schema] of Object.entries(places?.fields ?? {})) {
    const maxBytes = maxFileBytes(schema);
    if (maxBytes === null || places === null || fields[name] === undefined) continue;
    const saved = [fields[name]].flat().map((value) => savedIn(places.files, value, maxBytes));
    fields[name] = await Promise.all(saved);
  }
  return fields;
}

const savedIn = async (
  files: FileScope,
  value: unknown,
  maxBytes: number,
): Promise<SavedFile | unknown> =>
  value instanceof File
    ? files.save(value.stream(), value, { maxBytes, tooLarge: () => tooLarge(maxBytes) })
    : value;

function readJson(text: string): BodyFields {
  if (text.trim() === "") return {};
  let value: ExactJson;
  try {
    value = parseCallersJson(text);
  } catch (error) {
    if (error instanceof JsonRefused) throw new InvalidInput([], `The body ${error.message}`);
    throw new InvalidInput([], "The body is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidInput([], "The body must be a JSON object");
  return value;
}

type Entries = Iterable<[string, string | File]>;

function fieldsOf(entries: Entries): BodyFields {
  const fields: BodyFields = Object.create(null);
  let count = 0;
  for (const [name, value] of entries) {
    if (++count > MAX_FIELDS) throw tooManyFields();
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}

const tooManyFields = (): InvalidInput =>
  new InvalidInput([], `The body must not have more than ${MAX_FIELDS} fields`);

const tooLarge = (maxBytes: number): GatewayProblem =>
  new GatewayProblem("PayloadTooLarge", `The body may have ${maxBytes / 1024} KB at the most`);

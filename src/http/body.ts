import { type Json, parseJson } from "../instagram/json.ts";
import { Problem } from "./problems.ts";

/** Fields of a body before they are fitted to a schema; a repeated form field is a list. */
export type BodyFields = Record<string, unknown>;

/** Bodies without files stay below this; uploads have their own limit. */
export const MAX_FORM_BYTES = 2 * 1024 * 1024;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;

/**
 * Reads a form operation's body: `multipart/form-data`, `application/x-www-form-urlencoded` or
 * `application/json`. No body and no content type is an empty form.
 *
 * Throws Problem: PayloadTooLarge, UnsupportedMedia, ValidationError (the body is not what its
 * content type says).
 */
export async function readBody(request: Request): Promise<BodyFields> {
  const contentType = request.headers.get("content-type") ?? "";
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const bytes = await readBytes(request);
  if (type === "multipart/form-data") return readMultipart(bytes, contentType);
  if (type === "application/x-www-form-urlencoded")
    return fieldsOf(new URLSearchParams(textOf(bytes)));
  if (JSON_TYPE.test(type)) return readJson(textOf(bytes));
  if (type === "" && bytes.length === 0) return {};
  throw new Problem(
    "UnsupportedMedia",
    "Send multipart/form-data, application/x-www-form-urlencoded or application/json",
  );
}

/** The whole body, read no further than the limit. */
async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declared > MAX_FORM_BYTES) throw tooLarge();
  const { body } = request;
  if (body === null) return new Uint8Array();
  // The server hands over no more than the declared length; a chunked body declares none.
  if (declared >= 0) return request.bytes();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_FORM_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function textOf(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Problem("ValidationError", "The body is not valid UTF-8");
  }
}

async function readMultipart(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<BodyFields> {
  try {
    const received = new Response(bytes, { headers: { "Content-Type": contentType } });
    return fieldsOf(await received.formData());
  } catch {
    throw new Problem("ValidationError", "The body is not valid multipart/form-data");
  }
}

function readJson(text: string): BodyFields {
  if (text.trim() === "") return {};
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    throw new Problem("ValidationError", "The body is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Problem("ValidationError", "The body must be a JSON object");
  return value;
}

type Entries = Iterable<[string, string | File]>;

function fieldsOf(entries: Entries): BodyFields {
  const fields: BodyFields = Object.create(null);
  for (const [name, value] of entries) {
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}

function tooLarge(): Problem {
  return new Problem("PayloadTooLarge", `The body may have ${MAX_FORM_BYTES / 1024 / 1024} MB`);
}

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
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > MAX_FORM_BYTES) throw tooLarge();
  const type =
    (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "multipart/form-data") return readMultipart(request, declared);
  const text = await request.text();
  if (text.length > MAX_FORM_BYTES) throw tooLarge();
  if (type === "application/x-www-form-urlencoded") return fieldsOf(new URLSearchParams(text));
  if (JSON_TYPE.test(type)) return readJson(text);
  if (type === "" && text === "") return {};
  throw new Problem(
    "UnsupportedMedia",
    "Send multipart/form-data, application/x-www-form-urlencoded or application/json",
  );
}

async function readMultipart(request: Request, declared: number): Promise<BodyFields> {
  // Without a length the whole body would have to be held before its size is known.
  if (declared === 0 && request.headers.get("content-length") === null) {
    const text = await request.clone().arrayBuffer();
    if (text.byteLength > MAX_FORM_BYTES) throw tooLarge();
  }
  try {
    return fieldsOf(await request.formData());
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

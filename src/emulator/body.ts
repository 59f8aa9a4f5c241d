import { type Refusal, refuse } from "./answer.ts";

/**
 * How a POST may carry its fields: `signed` only signed, `form` signed or as a plain form, `json` also
 * as JSON text under the form content type, `multipart` only as form data with a file.
 */
export type BodyKind = "signed" | "form" | "json" | "multipart";

/** Fields of a body. Integers that a double cannot hold are strings of their digits. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field as text; undefined where it is missing, empty or neither a string nor a number. */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * The ids in a list or in the JSON text of a list, each a number or a string of digits. Undefined for
 * other values. The text is not parsed as JSON, which would round the numbers.
 */
export function idList(value: unknown): string[] | undefined {
  const text = Array.isArray(value) ? `[${value.join(",")}]` : value;
  if (typeof text !== "string" || !/^\[[\s\d",]*\]$/.test(text)) return undefined;
  const ids = text
    .slice(1, -1)
    .split(",")
    .map((id) => id.trim());
  // A comma may end the list.
  if (ids.at(-1) === "") ids.pop();
  return ids.every((id) => /^"?\d+"?$/.test(id))
    ? ids.map((id) => id.replaceAll('"', ""))
    : undefined;
}

/** Reads the fields of a POST. Throws a Refusal (400) where the body is not of that kind. */
export async function readFields(request: Request, kind: BodyKind): Promise<Fields> {
  const type = request.headers.get("content-type") ?? "";
  if (kind === "multipart") return readMultipart(request, type);
  if (!type.startsWith("application/x-www-form-urlencoded")) {
    // Older clients send some actions without any body.
    if (type === "" && (await textOf(request)) === "") return {};
    throw refuse(400, "Unsupported content type");
  }
  const text = await textOf(request);
  if (kind === "json" && text.startsWith("{")) return objectOf(parse(text));
  const form = new URLSearchParams(text);
  const signed = form.get("signed_body");
  if (signed !== null) return readSigned(signed, form);
  if (kind === "signed") throw refuse(400, "Missing signed_body");
  return Object.fromEntries(form);
}

/** Most bytes of a body of fields. */
const MOST_BYTES = 2 ** 20;
/** Most bytes of a body with a photo. */
const MOST_WITH_PHOTO = 9 * 2 ** 20;

/** The body as text. Throws a Refusal (413) for more than 1 MB. */
export const textOf = async (request: Request): Promise<string> =>
  new TextDecoder().decode(await bytesOf(request, MOST_BYTES));

/** The body, as long as it is not too large: that is known before all of it is read. Throws a Refusal (413). */
async function bytesOf(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const length = request.headers.get("content-length");
  if (Number(length ?? 0) > most) throw tooLarge();
  if (length !== null) return request.bytes();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    size += piece.length;
    if (size > most) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const tooLarge = (): Refusal => refuse(413, "Request body is too large");

/** Fields of form data; files are bytes. */
async function readMultipart(request: Request, type: string): Promise<Fields> {
  if (!type.startsWith("multipart/form-data")) throw refuse(400, "Unsupported content type");
  const bytes = await bytesOf(request, MOST_WITH_PHOTO);
  const response = new Response(bytes, { headers: { "Content-Type": type } });
  const form = await response.formData().catch(() => {
    throw refuse(400, "Invalid request body");
  });
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form)
    fields[name] = typeof value === "string" ? value : await value.bytes();
  return fields;
}

/**
 * `SIGNATURE.<json>` from today's app, or `<hex HMAC>.<json>` with a key version from older ones. Every
 * version of the app has another HMAC key, so only the form of the HMAC is checked.
 */
function readSigned(signed: string, form: URLSearchParams): Fields {
  const dot = signed.indexOf(".");
  const signature = signed.slice(0, Math.max(dot, 0));
  const hmac = /^[0-9a-f]{64}$/.test(signature);
  if (signature !== "SIGNATURE" && !hmac) throw refuse(400, "Invalid signature");
  if (hmac && form.get("ig_sig_key_version") === null) {
    throw refuse(400, "Missing ig_sig_key_version");
  }
  return objectOf(parse(signed.slice(dot + 1)));
}

/** The app sends a JSON string instead of an object to some endpoints: it has no fields. */
function objectOf(value: unknown): Fields {
  if (typeof value === "string") return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse(400, "Invalid request body");
  }
  return value as Fields;
}

/** The value of JSON text. Integers that a double cannot hold are strings of their digits. Throws a SyntaxError. */
export function exactJson(text: string): unknown {
  // The reviver is slow, and only long runs of digits can need it.
  return /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function parse(text: string): unknown {
  try {
    return exactJson(text);
  } catch {
    throw refuse(400, "Invalid request body");
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const unsafe =
    typeof value === "number" && !Number.isSafeInteger(value) && Number.isInteger(value);
  return unsafe ? (context?.source ?? value) : value;
}

import { refuse } from "./answer.ts";

/**
 * How a POST may carry its fields: `signed` only signed, `form` signed or as a plain form, `json` also
 * as JSON text under the form content type.
 */
export type BodyKind = "signed" | "form" | "json";

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
  if (!type.startsWith("application/x-www-form-urlencoded")) {
    // Older clients send some actions without any body.
    if (type === "" && (await request.text()) === "") return {};
    throw refuse(400, "Unsupported content type");
  }
  const text = await request.text();
  if (kind === "json" && text.startsWith("{")) return objectOf(parse(text));
  const form = new URLSearchParams(text);
  const signed = form.get("signed_body");
  if (signed !== null) return readSigned(signed, form);
  if (kind === "signed") throw refuse(400, "Missing signed_body");
  return Object.fromEntries(form);
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

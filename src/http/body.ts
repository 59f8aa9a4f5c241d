import { type ExactJson, JsonRefused, parseCallersJson } from "../instagram/json.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";
import { addField, type BodyFields } from "./body-fields.ts";
import { BodyParts, type FilePlaces, type OnText } from "./body-files.ts";
import { declaredLength } from "./declared-length.ts";
import { requiredFileIn } from "./file-field.ts";
import { type BodyPace, bodyLate, bodyTooLarge, IncomingBody, sizeOf } from "./incoming-body.ts";
import { readMultipart } from "./multipart.ts";

const MAX_FIELDS = 1_000;
/** Of one field of a multipart body. */
const MAX_TEXT_BYTES = 64 * 1024;

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const FORM_TYPE = "application/x-www-form-urlencoded";
const MULTIPART_TYPE = "multipart/form-data";

/** A body with files may take so long, in milliseconds, if it comes in steadily. */
const WHOLE_UPLOAD_MS = 60 * 60_000;

export interface BodyOptions {
  maxBytes: number;
  /** When a body without files must be complete, on the clock of performance.now(). */
  until: number;
  /** Where files go; null if the route takes none. */
  places: FilePlaces | null;
  /** In each such time, in milliseconds, enough of a body with files must arrive. */
  stallMs: number;
  /** Told of each text of a body with files when it comes. More is read when that has resolved. */
  onText: OnText | null;
  /** Told that the caller goes on sending what nobody reads: the connection must be closed. */
  onLeft: () => void;
}

/**
 * Reads a body of type `multipart/form-data`, `application/x-www-form-urlencoded` or
 * `application/json`. An empty body without a content type has no fields. Files are saved while they
 * arrive.
 *
 * Throws Problem: PayloadTooLarge, RequestTimeout, UnsupportedMedia, ValidationError (the body does
 * not match its content type, has too many fields, or a file where there is none), what `onText` throws,
 * and what NewFile.write() throws.
 */
export async function readBody(request: Request, options: BodyOptions): Promise<BodyFields> {
  const contentType = request.headers.get("content-type") ?? "";
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const { places } = options;
  if (type === MULTIPART_TYPE && places !== null)
    return readUpload(request, contentType, places, options);
  const file = places === null ? null : requiredFileIn(places.fields);
  if (file !== null && type !== "")
    throw new GatewayProblem("UnsupportedMedia", `Send ${MULTIPART_TYPE}: ${file} is a file`);
  const bytes = await readWhole(request, options);
  if (type === MULTIPART_TYPE) return readParts(bytes, contentType);
  if (type === FORM_TYPE) return readForm(textOf(bytes));
  if (JSON_TYPE.test(type)) return readJson(textOf(bytes));
  if (type === "" && bytes.length === 0) return {};
  throw new GatewayProblem(
    "UnsupportedMedia",
    `Send ${MULTIPART_TYPE}, ${FORM_TYPE} or application/json`,
    looksLikeJson(bytes) ? { hint: SEND_AS_JSON } : {},
  );
}

/** A body with files, saved while it arrives. */
async function readUpload(
  request: Request,
  contentType: string,
  places: FilePlaces,
  { maxBytes, stallMs, onText, onLeft }: BodyOptions,
): Promise<BodyFields> {
  const declared = declaredLength(request.headers);
  if (declared !== null) {
    if (declared > maxBytes) throw bodyTooLarge(maxBytes);
    places.files.expect(declared);
  }
  const body = new IncomingBody(request, maxBytes);
  const parts = new BodyParts(places, onText);
  const pace = { wholeMs: WHOLE_UPLOAD_MS, stallMs };
  await orSkip(
    body,
    onLeft,
    readMultipart(body.pieces(pace), contentType, parts, MULTIPART_LIMITS),
  );
  return parts.fields;
}

/** Waits for the reading of a body. If that fails, the rest is skipped. */
async function orSkip<T>(body: IncomingBody, onLeft: () => void, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(await body.skipRest())) onLeft();
    throw error;
  }
}

/** The parts of a body without files. */
async function readParts(bytes: Uint8Array, contentType: string): Promise<BodyFields> {
  const parts = new BodyParts(null);
  const once = async function* (): AsyncGenerator<Uint8Array> {
    if (bytes.byteLength > 0) yield bytes;
  };
  await readMultipart(once(), contentType, parts, MULTIPART_LIMITS);
  return parts.fields;
}

const SEND_AS_JSON = "This looks like JSON: send Content-Type: application/json.";

function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  return first === "{".charCodeAt(0) || first === "[".charCodeAt(0);
}

/** The whole body, if it is complete in time. Reading stops at the limit. */
async function readWhole(
  request: Request,
  { maxBytes, until, onLeft }: BodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = declaredLength(request.headers);
  if (declared !== null && declared > maxBytes) throw bodyTooLarge(maxBytes);
  const wholeMs = until - performance.now();
  // Bun passes on no more than the declared length. A chunked body declares none.
  if (declared !== null) return inTime(request.bytes(), wholeMs);
  const body = new IncomingBody(request, maxBytes);
  try {
    return await joined(body, { wholeMs, stallMs: null });
  } catch (error) {
    body.leave();
    onLeft();
    throw error;
  }
}

async function joined(body: IncomingBody, pace: BodyPace): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of body.pieces(pace)) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** A caller that sends one byte now and then must not hold a request's place for ever. */
async function inTime<T>(reading: Promise<T>, wholeMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(bodyLate()), wholeMs);
  try {
    return await Promise.race([reading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
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

function fieldsOf(entries: Iterable<[string, string]>): BodyFields {
  const fields: BodyFields = Object.create(null);
  for (const [name, value] of entries) addField(fields, name, value);
  return fields;
}

const tooManyFields = (): InvalidInput =>
  new InvalidInput([], `The body must not have more than ${MAX_FIELDS} fields`);

const MULTIPART_LIMITS = {
  maxParts: MAX_FIELDS,
  maxTextBytes: MAX_TEXT_BYTES,
  tooManyParts: tooManyFields,
  textTooLarge: (field: string): GatewayProblem =>
    new GatewayProblem(
      "PayloadTooLarge",
      `${field} may have ${sizeOf(MAX_TEXT_BYTES)} at the most`,
    ),
};

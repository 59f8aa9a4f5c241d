import { AnswerUnusable, type Client, ProxyFailed } from "./client.ts";
import {
  CallerGone,
  notLoggedIn,
  outOfTime,
  UpstreamRefused,
  UpstreamUnreachable,
} from "./errors.ts";
import { deviceHeaders, type Headers, requestHeaders } from "./headers.ts";
import {
  isJsonObject,
  isNestedDeeper,
  type Json,
  type JsonObject,
  JsonText,
  objectOr,
  parseBoundedJson,
  parseJson,
  parseJsonIds,
  parseVerbatim,
} from "./json.ts";
import { deadEndOf, kindOfRefusedAnswer, refusalOf, refused } from "./refusals.ts";
import { retryAfterOf } from "./retry-after.ts";
import { encodeBody, encodePairs, type FormPairs, type RequestBody } from "./signing.ts";

const APP_HOST = "i.instagram.com";
const FORM = "application/x-www-form-urlencoded; charset=UTF-8";
const RETRY_DELAY_MS = 250;

/** One request of an operation. A GET is repeated once when it got no answer or a 5xx. */
export interface UpstreamRequest {
  /** Name of the operation, for errors, logs and metrics. */
  operation: string;
  method: "GET" | "POST";
  /** From the root of the host, e.g. `/api/v1/users/25025320/info/`. */
  path: string;
  host?: string;
  query?: FormPairs;
  body?: RequestBody;
  /** Added to the app's headers. */
  headers?: Headers;
  /** Instead of the app's headers: the request carries no session then. A new object each time. */
  surface?: Headers;
  /** False for a request before the login, where no session is needed. */
  needsLogin?: boolean;
  /** "read": a redirect is the answer wanted, and its Location is in the headers. */
  redirect?: "read";
}

/** What came back, with 2xx. */
export interface UpstreamAnswer {
  status: number;
  headers: globalThis.Headers;
  /** As received: passes through without losing a digit. */
  text: string;
}

/**
 * Sends one request with the session's headers and takes over what the answer's headers change in
 * the session. Throws UpstreamRefused when Instagram says no and UpstreamUnreachable when there is
 * no usable answer.
 */
export async function send(client: Client, request: UpstreamRequest): Promise<UpstreamAnswer> {
  if (request.needsLogin !== false && !request.surface && !client.state.userId)
    throw notLoggedIn(request.operation);
  try {
    return await exchange(client, request);
  } catch (error) {
    if (!isWorthRepeating(request, error)) throw error;
    await client.sleep(RETRY_DELAY_MS * (1 + Math.random()));
    return exchange(client, request);
  }
}

/** Like send(), for an answer that must be a JSON object. */
export async function sendJson(client: Client, request: UpstreamRequest): Promise<JsonObject> {
  return jsonObjectOf(request.operation, await send(client, request));
}

/**
 * Like sendJson(), for an answer of which parts go back to Instagram as numbers: integers beyond 2^53
 * are bigint. What becomes a model goes through idsAsText().
 */
export async function sendExactJson(client: Client, request: UpstreamRequest): Promise<JsonObject> {
  return jsonObjectOf(request.operation, await send(client, request), parseJson);
}

/** Like sendJson(), for an answer of which parts are the result, exactly as Instagram wrote them. */
export async function sendVerbatim(client: Client, request: UpstreamRequest): Promise<JsonObject> {
  return jsonObjectOf(request.operation, await send(client, request), parseVerbatim);
}

/** Like sendJson(), for an answer that may come in rows, a JSON object on each line. */
export async function sendRows(client: Client, request: UpstreamRequest): Promise<JsonObject[]> {
  const answer = await send(client, request);
  return rowsOf(answer.text).map((text) => jsonObjectOf(request.operation, { ...answer, text }));
}

/**
 * Like sendJson(), for an answer that is handed on as a whole: one that comes in rows as
 * `{"stream_rows":[…]}`, as the Python service writes them.
 */
export async function sendPassthrough(client: Client, request: UpstreamRequest): Promise<JsonText> {
  const answer = await send(client, request);
  const rows = rowsOf(answer.text);
  for (const text of rows) jsonObjectOf(request.operation, { ...answer, text });
  return new JsonText(rows.length > 1 ? `{"stream_rows":[${rows.join(",")}]}` : answer.text);
}

/** No JSON text goes on after a line that is an object, so lines of objects can only be rows. */
function rowsOf(text: string): string[] {
  if (!text.trimEnd().includes("\n")) return [text];
  const lines = text.split("\n").flatMap((line) => line.trim() || []);
  return lines.every((line) => line.startsWith("{") && line.endsWith("}")) ? lines : [text];
}

/** The JSON object in an answer. Throws UpstreamUnreachable when it is none, or UpstreamRefused. */
export function jsonObjectOf(
  operation: string,
  answer: UpstreamAnswer,
  parse: (text: string) => Json = parseJsonIds,
): JsonObject {
  const json = isTooDeep(answer.text) ? undefined : tryParse(answer.text, parse);
  if (!isJsonObject(json))
    throw new UpstreamUnreachable("UpstreamError", "Instagram's answer was not a JSON object", {
      operation,
      status: answer.status,
    });
  const kind = kindOfRefusedAnswer(answer.status, json);
  // What a caller is told goes through exactly, and is parsed once more for that.
  if (kind) throw refused(kind, operation, answer.status, exactObject(answer.text));
  return json;
}

// Answers have some 30 levels. Shorter texts cannot nest so deep that writing them again would fail.
const MAX_DEPTH = 256;
const MAY_BE_TOO_DEEP = 20_000;
const isTooDeep = (text: string): boolean =>
  text.length > MAY_BE_TOO_DEEP && isNestedDeeper(text, MAX_DEPTH);

// A timeout is not repeated: the caller has waited long enough, and the next would take as long. Of a
// proxy's failures only a dropped connection is: one that refuses its credentials may lock them.
function isWorthRepeating(request: UpstreamRequest, error: unknown): boolean {
  if (request.method !== "GET" || !(error instanceof UpstreamUnreachable)) return false;
  const { dropped, status } = error.context;
  return dropped === true || (error.kind === "UpstreamError" && (status ?? 500) >= 500);
}

async function exchange(client: Client, request: UpstreamRequest): Promise<UpstreamAnswer> {
  const { operation } = request;
  const host = request.host ?? APP_HOST;
  const query = request.query?.length ? `?${encodePairs(request.query)}` : "";
  const headers = request.surface ?? requestHeaders(client.state, client.now());
  if (request.headers) Object.assign(headers, request.headers);
  // Surfaces write header names in the case of the client that they stand for.
  if (request.body && !("Content-Type" in headers || "content-type" in headers))
    headers["Content-Type"] = FORM;

  const timeoutMs = timeFor(client, operation);
  const started = performance.now();
  let status = 0;
  try {
    const response = await client.fetch({
      method: request.method,
      url: `https://${host}${request.path}${query}`,
      device: request.surface ? null : deviceHeaders(client.state),
      headers,
      body: request.body ? encodeBody(request.body) : null,
      proxy: client.proxy,
      timeoutMs,
      signal: client.wanted?.signal ?? null,
    });
    status = response.status;
    const text = await response.text();
    // Before anything is taken over: a refusal by the proxy must not set anything in the session.
    if (status === 407 && client.proxy)
      throw proxyError({ operation }, new ProxyFailed("refuses its credentials (407)"));
    if (!request.surface) takeOver(client, response.headers);
    const wanted = status < 300 || (request.redirect === "read" && status < 400);
    if (!wanted) {
      const error = errorOf(operation, response, text);
      const retryAfterSeconds = retryAfterOf(response.headers, client.now());
      if (retryAfterSeconds !== undefined) error.context.retryAfterSeconds = retryAfterSeconds;
      throw error;
    }
    return { status, headers: response.headers, text };
  } catch (error) {
    throw error instanceof UpstreamRefused || error instanceof UpstreamUnreachable
      ? error
      : failureOf(client, operation, timeoutMs, error);
  } finally {
    client.caller.onCall({ operation, host, status, milliseconds: performance.now() - started });
  }
}

function errorOf(
  operation: string,
  response: Response,
  text: string,
): UpstreamRefused | UpstreamUnreachable {
  const { status } = response;
  if (status < 400) {
    const location = response.headers.get("location") ?? "";
    const context = { operation, status, body: {} };
    if (location.includes("/accounts/login"))
      return new UpstreamRefused("LoginRequired", "Instagram redirects to its login page", context);
    const body = challengeAt(location);
    const kind = deadEndOf(body) ?? (location.includes("/challenge/") ? "ChallengeRequired" : null);
    if (kind) return refused(kind, operation, status, body);
    return new UpstreamUnreachable("UpstreamError", "Instagram answered with a redirect", {
      operation,
      status,
    });
  }
  return refusalOf(operation, status, tryParse(text, parseBoundedJson), text);
}

function challengeAt(location: string): JsonObject {
  const url = URL.parse(location, `https://${APP_HOST}`);
  return {
    message: "challenge_required",
    challenge: { url: location, api_path: url?.pathname ?? "" },
    status: "fail",
  };
}

/** Milliseconds that a request may take. Throws CallerGone, or UpstreamTimeout when none are left. */
function timeFor({ timeoutMs, wanted }: Client, operation: string): number {
  if (!wanted) return timeoutMs;
  if (wanted.signal.aborted) throw new CallerGone();
  const left = wanted.until - performance.now();
  if (left <= 0) throw outOfTime(wanted, operation);
  return Math.min(timeoutMs, left);
}

function failureOf(
  client: Client,
  operation: string,
  timeoutMs: number,
  error: unknown,
): UpstreamUnreachable | CallerGone {
  const { wanted } = client;
  if (wanted?.signal.aborted) return new CallerGone();
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || name === "AbortError")
    return wanted && timeoutMs < client.timeoutMs
      ? outOfTime(wanted, operation)
      : new UpstreamUnreachable(
          "UpstreamTimeout",
          `No answer from Instagram within ${client.timeoutMs / 1000} s`,
          { operation },
        );
  if (error instanceof AnswerUnusable)
    return new UpstreamUnreachable(
      "UpstreamError",
      `Instagram's answer cannot be used: ${error.message}`,
      // It was an answer: asking again would bring the same.
      { operation, status: 200 },
    );
  if (error instanceof ProxyFailed) return proxyError({ operation }, error);
  // What the platform says may quote the proxy's URL, so only its code goes on.
  const code = codeOf(error);
  const context = { operation, dropped: code === "ECONNRESET" };
  return client.proxy
    ? proxyError(context, new ProxyFailed(code))
    : new UpstreamUnreachable("UpstreamError", `Instagram could not be reached (${code})`, context);
}

/**
 * Says the same whatever the proxy did: a proxy is a tenant's URL, and who could tell a closed port
 * from an open one by the answers would scan with it. The cause is for the operator's log.
 */
const proxyError = (
  context: UpstreamUnreachable["context"],
  cause: ProxyFailed,
): UpstreamUnreachable =>
  new UpstreamUnreachable(
    "ProxyError",
    "The session's proxy could not be reached, or did not let the request through",
    context,
    { cause },
  );

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? code : "connection failed";
}

function takeOver(client: Client, headers: globalThis.Headers): void {
  const { state } = client;
  const mid = headers.get("ig-set-x-mid");
  if (mid) state.setMid(mid);
  const rur = headers.get("ig-set-ig-u-rur");
  if (rur) state.setIgURur(rur);
  const claim = headers.get("x-ig-set-www-claim");
  if (claim) state.setIgWwwClaim(claim);
  for (const cookie of headers.getSetCookie()) takeCookie(client, cookie);
}

function takeCookie(client: Client, cookie: string): void {
  const [pair = "", ...attributes] = cookie.split(";");
  const at = pair.indexOf("=");
  if (at <= 0) return;
  // Quotes belong to the value and go back with it, as `rur` has them.
  const value = pair.slice(at + 1).trim();
  const gone = value === '""' || isExpired(attributes, client.now());
  client.state.setCookie(pair.slice(0, at).trim(), gone ? "" : value);
}

/** Max-Age outranks Expires. */
function isExpired(attributes: readonly string[], now: number): boolean {
  const maxAge = attributeOf(attributes, "max-age");
  if (/^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  const expires = Date.parse(attributeOf(attributes, "expires"));
  return !Number.isNaN(expires) && expires <= now;
}

function attributeOf(attributes: readonly string[], name: string): string {
  const found = attributes.find((one) => one.trim().toLowerCase().startsWith(`${name}=`));
  return found?.split("=")[1]?.trim() ?? "";
}

function exactObject(text: string): JsonObject {
  return objectOr(tryParse(text, parseBoundedJson));
}

function tryParse(text: string, parse: (text: string) => Json): Json | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

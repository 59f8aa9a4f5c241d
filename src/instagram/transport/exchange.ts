import type { Client, UpstreamCall } from "../client.ts";
import { deviceHeaders, requestHeaders } from "../headers.ts";
import { encodeBody, encodePairs } from "../signing.ts";
import { browserOf, type Sender, type UpstreamRequest } from "./request.ts";
import { readiness } from "./watch.ts";

/** The host of the app's API. */
export const APP_HOST = "i.instagram.com";

const FORM = "application/x-www-form-urlencoded; charset=UTF-8";
const BYTES = "application/octet-stream";
/**
 * An answer that keeps arriving may take this many times the limit for silence. Without such a
 * limit an answer that only drips would never end.
 */
const WHOLE_PER_SILENCE = 4;

/** Sends one request and resolves with its answer. Rejects as UpstreamFetch does. */
export const exchange: Sender = async (client, request, { streams = false }) => {
  const response = await client.fetch(callOf(client, request, streams));
  const { status, headers } = response;
  if (request.elsewhere && !response.ok) {
    // Somebody's error page may be of any size, and nobody is to see it.
    await response.body?.cancel();
    return { status, headers, text: "", stream: null };
  }
  return streams && response.ok
    ? { status, headers, text: "", stream: response.body }
    : { status, headers, text: await response.text(), stream: null };
};

function callOf(client: Client, request: UpstreamRequest, streams: boolean): UpstreamCall {
  const { state, timeoutMs, cancellation } = client;
  const { effect, method, host = APP_HOST, elsewhere, path, body } = request;
  const query = request.query?.length ? `?${encodePairs(request.query)}` : "";
  const browser = browserOf(request);
  const headers = browser ?? requestHeaders(state, client.now());
  if (request.headers) Object.assign(headers, request.headers);
  // A browser's headers may spell it in lower case.
  if (body && !("Content-Type" in headers || "content-type" in headers))
    headers["Content-Type"] = body.kind === "stream" ? BYTES : FORM;
  return {
    effect: effect === "read" ? "read" : "write",
    method,
    url: `${elsewhere?.origin ?? `https://${host}`}${path}${query}`,
    device: browser ? null : deviceHeaders(state),
    headers,
    body: body ? (body.kind === "stream" ? body : encodeBody(body)) : null,
    streams,
    proxy: client.proxy,
    ...(elsewhere ? { addresses: elsewhere.addresses } : {}),
    firstByteMs: timeoutMs,
    silenceMs: timeoutMs,
    wholeMs: Math.min(
      body?.kind === "stream" ? Number.POSITIVE_INFINITY : timeoutMs * WHOLE_PER_SILENCE,
      cancellation ? cancellation.endsAt - performance.now() : Number.POSITIVE_INFINITY,
    ),
    signal: cancellation?.signal ?? null,
    // Files are no secret between the machine that uses the session and another.
    fence: streams ? null : client.fence,
    ready: readiness(client, request),
  };
}

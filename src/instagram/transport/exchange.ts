import type { Client, UpstreamCall } from "../client.ts";
import { deviceHeaders, requestHeaders } from "../headers.ts";
import { encodeBody, encodePairs } from "../signing.ts";
import { browserOf, type Sender, type UpstreamRequest } from "./request.ts";

/** Where the app's API is. */
export const APP_HOST = "i.instagram.com";

const FORM = "application/x-www-form-urlencoded; charset=UTF-8";

/** One request, one answer, and nothing else. Rejects as UpstreamFetch does. */
export const exchange: Sender = async (client, request) => {
  const response = await client.fetch(callOf(client, request));
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
};

function callOf(client: Client, request: UpstreamRequest): UpstreamCall {
  const { state, timeoutMs, wanted } = client;
  const { effect, method, host = APP_HOST, path, body } = request;
  const query = request.query?.length ? `?${encodePairs(request.query)}` : "";
  const browser = browserOf(request);
  const headers = browser ?? requestHeaders(state, client.now());
  if (request.headers) Object.assign(headers, request.headers);
  // Browsers write header names in small letters, or not.
  if (body && !("Content-Type" in headers || "content-type" in headers))
    headers["Content-Type"] = FORM;
  return {
    effect,
    method,
    url: `https://${host}${path}${query}`,
    device: browser ? null : deviceHeaders(state),
    headers,
    body: body ? encodeBody(body) : null,
    proxy: client.proxy,
    timeoutMs: wanted ? Math.min(timeoutMs, wanted.until - performance.now()) : timeoutMs,
    signal: wanted?.signal ?? null,
  };
}

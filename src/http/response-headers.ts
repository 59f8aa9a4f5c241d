import type { RequestContext } from "./context.ts";

/** A year, as browsers want it before they remember a host. */
const TLS_ONLY = "max-age=31536000";

/**
 * The headers that every answer carries. What is no documentation may hold a secret (keys, session
 * ids, settings) and is kept by no cache. Setting them one by one is what costs least on Bun.
 */
export function setHeaders(
  { headers }: Response,
  request: Request,
  context: RequestContext,
  isBehindProxy: boolean,
): void {
  headers.set("X-Request-Id", context.id);
  headers.set("X-Content-Type-Options", "nosniff");
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  if (context.session || context.upstreamCalls > 0)
    headers.set("Gramway-Upstream-Calls", String(context.upstreamCalls));
  for (const [name, value] of context.responseHeaders) headers.set(name, value);
  // Whether the client speaks TLS only the proxy knows, where it ends there.
  if (isBehindProxy && request.headers.get("x-forwarded-proto") === "https")
    headers.set("Strict-Transport-Security", TLS_ONLY);
}

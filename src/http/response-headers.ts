import type { Budget } from "../sessions/gate.ts";
import type { RequestContext } from "./context.ts";

/** A year: the usual time for HSTS. */
const TLS_ONLY = "max-age=31536000";

/**
 * Sets the headers that every answer carries. An answer may hold a secret (a key, a session ID,
 * settings), so no cache may store it, unless its route says otherwise. Setting the headers one by
 * one is the fastest way on Bun.
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
  if (context.proxyId !== null) headers.set("Gramway-Proxy", context.proxyId);
  if (context.budget !== null) headers.set("Gramway-Budget", budgetText(context.budget));
  for (const [name, value] of context.responseHeaders) headers.set(name, value);
  // Only the proxy that ends TLS knows whether the client used it.
  if (isBehindProxy && request.headers.get("x-forwarded-proto") === "https")
    headers.set("Strict-Transport-Security", TLS_ONLY);
}

/** A structured field (RFC 9651): an item with parameters. */
const budgetText = ({ action, remaining, limit, resetSeconds }: Budget): string =>
  `${action};remaining=${remaining};limit=${limit};reset=${resetSeconds}`;

import type { CorsOrigins } from "../tenants/cors-origins.ts";
import type { RequestContext } from "./context.ts";
import type { RouteTable } from "./route-table.ts";

/*
 * A page of another origin may read answers only if the key's tenant lists that origin. A preflight
 * has no key and so no tenant: it is allowed for every origin that any tenant lists, and reveals
 * nothing. Cookies are not used.
 */

const REQUEST_HEADERS =
  "X-API-Key, X-Session-ID, Authorization, Content-Type, X-Request-Id, Range, If-Range, Idempotency-Key, Prefer";
const EXPOSED_HEADERS =
  "X-Request-Id, Content-Disposition, Content-Range, ETag, Gramway-Budget, Gramway-Proxy, Gramway-Upstream-Calls, Idempotency-Replayed, Location, Preference-Applied, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Allow, WWW-Authenticate";
const PREFLIGHT_SECONDS = 600;

/** The answer to an allowed preflight; null for every other request. */
export async function preflightAnswer(
  corsOrigins: CorsOrigins,
  table: RouteTable,
  request: Request,
): Promise<Response | null> {
  const origin = request.headers.get("origin");
  if (origin === null || !request.headers.has("access-control-request-method")) return null;
  const methods = table.methodsOf(new URL(request.url).pathname);
  if (methods.length === 0 || !(await corsOrigins.has(origin))) return null;
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Methods": methods.join(", "),
      "Access-Control-Allow-Headers": REQUEST_HEADERS,
      "Access-Control-Max-Age": String(PREFLIGHT_SECONDS),
      Vary: "Origin",
    },
  });
}

/** Lets the page read the answer if the key's tenant lists the page's origin. */
export function allowOrigin(
  { headers }: Response,
  request: Request,
  context: RequestContext,
): void {
  const named = context.key?.policies.corsOrigins;
  if (named === undefined || named.length === 0) return;
  headers.append("Vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin === null || !named.includes(origin)) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", EXPOSED_HEADERS);
}

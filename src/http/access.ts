import { cookie } from "@elysiajs/cookie";
import { Elysia } from "elysia";
import { GatewayProblem } from "../problems/gateway.ts";
import type { LiveSession } from "../sessions/live-session.ts";
import { presentedId } from "../sessions/live-sessions.ts";
import { cleanSessionId } from "../sessions/session-id.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import type { Scope } from "../tenants/scopes.ts";
import { type Administrator, admitAdministrator, admitKey } from "./admission.ts";
import { type BodyFields, readBody, USUAL_BODY_BYTES } from "./body.ts";
import { contextOf, type RequestContext } from "./context.ts";
import type { Dependencies } from "./dependencies.ts";
import { fit, listsIn } from "./validation.ts";

/**
 * What is taken of Elysia's context. The hooks name these in their parameters: from the names Elysia
 * learns that it need not prepare anything else (headers, server, …) for a request.
 */
interface Arrival {
  request: Request;
  route: string;
  query: Record<string, unknown>;
  /** Cookies of the request by name, as the cookie plugin parses them. */
  cookie: Readonly<Record<string, unknown>>;
}

/**
 * The name of Arrival's cookies, out of Elysia's sight: seeing a hook name them, it would prepare
 * cookies of its own and copy every response for them.
 */
const COOKIES = "cookie";

/** What the handler gets as `query` and `body`. */
type Fitted = { query?: Record<string, unknown>; body?: Record<string, unknown> };

/**
 * The way into a route, before validation: API key, scope, limits, body, session, and then the
 * fitting of query and body to the route's schemas. A route says what it needs:
 * `withKey: "read"`, `withSession: "read"`, `withOptionalSession: "auth"`, `withAdmin: true`, or
 * `open: true` for none of it; `missing: {…}` is the way to nothing but a 501.
 */
export const access = (deps: Dependencies) =>
  new Elysia({ name: "access" }).use(cookie().as("global")).macro({
    open: (_open: true) => ({
      parse: leaveBody,
      transform: (arrival: Arrival) => {
        noteRoute(deps, arrival);
      },
    }),
    withKey: (scope: Scope) => ({
      parse: leaveBody,
      transform: async ({ request, route, query }: Arrival) =>
        assigned(await enter(deps, { request, route, query, cookie: {} }, scope, "none")),
      resolve: ({ request }: { request: Request }) => {
        const context = contextOf(request);
        return { key: requireKey(context), context };
      },
    }),
    withSession: (scope: Scope) => ({
      parse: leaveBody,
      transform: async ({ request, route, query, [COOKIES]: cookie }: Arrival) =>
        assigned(await enter(deps, { request, route, query, cookie }, scope, "required")),
      resolve: ({ request }: { request: Request }) => {
        const context = contextOf(request);
        return { key: requireKey(context), session: requireSession(context), context };
      },
    }),
    withOptionalSession: (scope: Scope) => ({
      parse: leaveBody,
      transform: async ({ request, route, query, [COOKIES]: cookie }: Arrival) =>
        assigned(await enter(deps, { request, route, query, cookie }, scope, "optional")),
      resolve: ({ request }: { request: Request }) => {
        const context = contextOf(request);
        return { key: requireKey(context), session: context.session, context };
      },
    }),
    missing: ({ operationId, scope }: { operationId: string; scope: Scope }) => ({
      parse: leaveBody,
      transform: async ({ request, route }: Arrival): Promise<undefined> => {
        contextOf(request).route = route;
        contextOf(request).operation = operationId;
        await admitKey(deps, request, scope);
        throw new GatewayProblem("NotImplemented", `${operationId} is not implemented yet`);
      },
    }),
    withAdmin: (_admin: true) => ({
      parse: leaveBody,
      transform: async ({ request, route, query }: Arrival) => {
        const arrival = { request, route, query, cookie: {} };
        noteRoute(deps, arrival);
        administrators.set(request, await admitAdministrator(deps, request));
        return assigned(fitToRoute(deps, arrival, await bodyOf(deps, arrival)));
      },
      resolve: ({ request }: { request: Request }) => ({
        administrator: requireAdministrator(request),
      }),
    }),
  });

/**
 * Elysia assigns what a transform hook returns to the context, as it does for derive (which a macro
 * cannot have); its types know only hooks that return nothing.
 */
const assigned = (fitted: Fitted): undefined => fitted as unknown as undefined;

/** Keeps Elysia from reading the body: who sends it is checked first. */
const leaveBody = (): BodyFields => ({});

const administrators = new WeakMap<Request, Administrator>();

/** Key, body, session, fields: everything that a request passes before its handler. */
async function enter(
  deps: Dependencies,
  arrival: Arrival,
  scope: Scope,
  session: "none" | "optional" | "required",
): Promise<Fitted> {
  noteRoute(deps, arrival);
  const key = await admitKey(deps, arrival.request, scope);
  const body = await bodyOf(deps, arrival);
  const presented = session === "none" ? null : presentedSession(arrival, body);
  if (presented !== null) await enterSession(deps, arrival.request, key, presented);
  else if (session === "required")
    throw new GatewayProblem("SessionRequired", "Session ID required");
  return fitToRoute(deps, arrival, body);
}

function noteRoute(
  deps: Dependencies,
  { request, route }: Pick<Arrival, "request" | "route">,
): void {
  const context = contextOf(request);
  context.route = route;
  context.operation = deps.routeTable.get(request.method, route)?.meta.operationId ?? "";
}

const BODILESS = new Set(["GET", "HEAD", "DELETE"]);

async function bodyOf(deps: Dependencies, { request, route }: Arrival): Promise<BodyFields> {
  const { method } = request;
  if (BODILESS.has(method) && request.body === null) return {};
  const maxBytes = deps.routeTable.get(method, route)?.meta.maxBodyBytes ?? USUAL_BODY_BYTES;
  return readBody(request, maxBytes, contextOf(request).started + deps.requestDeadlineMs);
}

/** Header, then cookie, then query, then form field; quotes and URL-encoding are removed. */
function presentedSession({ request, cookie, query }: Arrival, body: BodyFields): string | null {
  const candidates = [
    request.headers.get("x-session-id"),
    cookie.sessionid,
    query.sessionid,
    body.sessionid,
  ];
  for (const candidate of candidates) {
    if (typeof candidate !== "string") continue;
    const cleaned = cleanSessionId(candidate);
    if (cleaned !== "") return presentedId(cleaned);
  }
  return null;
}

async function enterSession(
  deps: Dependencies,
  request: Request,
  key: AuthenticatedKey,
  presented: string,
): Promise<void> {
  const found = deps.sessions.resolve(key.tenantId, key.mode, presented);
  const session = found instanceof Promise ? await found : found;
  if (!session) throw new GatewayProblem("SessionNotFound", notFound(presented));
  contextOf(request).session = session;
}

/** A ULID has 26 characters; session IDs of Instagram have more. */
const SHORTEST_SESSION_ID = 26;

const notFound = (presented: string): string =>
  presented.length < SHORTEST_SESSION_ID
    ? "Session not found: what was sent is too short to be a session ID"
    : "Session not found";

function fitToRoute(deps: Dependencies, arrival: Arrival, body: BodyFields): Fitted {
  const entry = deps.routeTable.get(arrival.request.method, arrival.route);
  return {
    ...(entry?.query ? { query: fit(entry.query, queryOf(arrival, listsIn(entry.query))) } : {}),
    ...(entry?.body ? { body: fit(entry.body, body) } : {}),
  };
}

/** Of a name that is given several times Elysia keeps one value: lists are read from the URL. */
function queryOf(
  { request, query }: Arrival,
  lists: readonly string[],
): Readonly<Record<string, unknown>> {
  if (lists.length === 0) return query;
  const given = new URL(request.url).searchParams;
  const values = lists.filter((name) => given.has(name)).map((name) => [name, given.getAll(name)]);
  return { ...query, ...Object.fromEntries(values) };
}

function requireKey(context: RequestContext): AuthenticatedKey {
  if (!context.key) throw new GatewayProblem("ApiKeyRequired", "API key required");
  return context.key;
}

function requireAdministrator(request: Request): Administrator {
  const administrator = administrators.get(request);
  if (!administrator) throw new GatewayProblem("AdminTokenRequired", "Admin token required");
  return administrator;
}

function requireSession(context: RequestContext): LiveSession {
  if (!context.session) throw new GatewayProblem("SessionRequired", "Session ID required");
  return context.session;
}

import { cookie } from "@elysiajs/cookie";
import { Elysia, NotFoundError } from "elysia";
import { type Fields, listsIn } from "./fields.ts";
import type { Arrival } from "./handler.ts";
import type { Route } from "./route.ts";

/*
 * The router, and all that is bent around Elysia. Elysia finds the route of a request, its parameters
 * and its query, and turns HEAD into GET; the rest of http/ knows nothing of it.
 */

/** What the router needs to be told of the rest of the service. */
export interface Answers {
  /** Answers the requests to a route. */
  handlerOf(route: Route): (arrival: Arrival) => Promise<Response>;
  /** Answers a request that no route takes. */
  unmatched(request: Request): Response;
  /** Answers a request whose handler has thrown. */
  failed(request: Request, error: unknown): Response;
}

/** What is taken of Elysia's context. */
interface ElysiaContext {
  request: Request;
  params: Readonly<Record<string, string>>;
  query: Fields;
  /** As the cookie plugin parses them. */
  cookie: Fields;
}

/**
 * Elysia reads a handler's source and prepares only what its parameters name (elysia#1596, #2004).
 * It would answer the word `cookie` with cookies of its own, and copy every response for them: this
 * name is out of its sight.
 */
const COOKIE = "cookie";

/**
 * Mounts the routes. Elysia gets neither schemas nor the word `body`, and so leaves the body alone
 * (elysia#1009, #1628): who sends it is let in first (elysia#1839), a large one leaks in its multipart
 * parser (elysia#1744), and its validation errors echo what was sent (no issue known). Handlers answer
 * with a Response, which goes out as it is.
 */
export function createRouter(
  routes: readonly Route[],
  { handlerOf, unmatched, failed }: Answers,
): (request: Request) => Response | Promise<Response> {
  const app = new Elysia()
    .use(cookie().as("global"))
    .onError(({ error, request }) =>
      error instanceof NotFoundError ? unmatched(request) : failed(request, error),
    );
  for (const route of routes) {
    const answer = handlerOf(route);
    const lists = listsIn(route.query);
    const handle = ({ request, params, query, [COOKIE]: cookies }: ElysiaContext) =>
      answer({
        request,
        params: params ?? NO_PARAMS,
        query: lists.length === 0 ? query : withLists(request, query, lists),
        cookies,
      });
    for (const path of [route.path, ...(route.aliases ?? [])])
      app.route(route.method, path, handle);
  }
  return app.fetch;
}

const NO_PARAMS = {};

/** Without a schema Elysia keeps one value of each name (elysia#749 is of those with one). */
function withLists(request: Request, query: Fields, lists: readonly string[]): Fields {
  const given = new URL(request.url).searchParams;
  const values = lists.filter((name) => given.has(name)).map((name) => [name, given.getAll(name)]);
  return { ...query, ...Object.fromEntries(values) };
}

/**
 * Elysia looks for a URL's path behind this many characters, more than `http://` and the short host
 * name of a container have. Its option `standardHostname: false` makes that seven, which finds no path
 * in `https://…` (no issue known).
 */
const SHORTEST_ORIGIN = "http://a.bc".length;

/** The request, with another host where its own is too short for Elysia. */
export function routable(request: Request): Request {
  const { url } = request;
  const pathStart = url.indexOf("/", url.indexOf("://") + 3);
  return pathStart < 0 || pathStart >= SHORTEST_ORIGIN
    ? request
    : new Request(`http://localhost${url.slice(pathStart)}`, request);
}

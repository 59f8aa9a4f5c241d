import { cookie } from "@elysiajs/cookie";
import { type AnyElysia, Elysia, NotFoundError } from "elysia";
import { type Fields, listsIn } from "./fields.ts";
import type { RoutedRequest } from "./handler.ts";
import type { Route } from "./route.ts";

/*
 * All workarounds for Elysia are in this file. Elysia finds the route of a request, parses its path,
 * query and cookies, and turns HEAD into GET. It gets no schemas and no hooks, for these reasons:
 *
 * - It reads the body before any hook if the handler uses it (elysia#1097, #1628). No option prevents
 *   that (elysia#1009), and its multipart parser leaks large uploads (elysia#1744).
 * - It validates fields before a hook that may refuse the caller (elysia#1839), and its errors repeat
 *   the input, including passwords (no issue known).
 * - An answer can fail its schema without an error that says why (elysia#1631, #1659).
 */

type Answer = (routed: RoutedRequest) => Promise<Response>;

/** The used part of Elysia's context. */
interface ElysiaContext {
  request: Request;
  /** Missing if the path has none. A parameter with invalid percent-encoding is null. */
  params?: Readonly<Record<string, string | null>>;
  query: Fields;
  /** Set by the cookie plugin. */
  cookie?: Fields;
}

/**
 * Elysia reads the source of a handler and prepares what its parameters name (elysia#1596, #2004).
 * If it saw the word `cookie` there, it would parse cookies itself and copy every response (no
 * issue known). This constant hides the word.
 */
const COOKIE = "cookie";

/**
 * A function that answers requests to these routes. It rejects with the error of the route, or with
 * that of `noRoute()` if no route matches the request.
 */
export function createRouter(
  routes: readonly Route[],
  answerOf: (route: Route) => Answer,
  noRoute: (request: Request) => Error,
): (request: Request) => Response | Promise<Response> {
  const answers = routes.map((route) => ({ ...route, answer: answerOf(route) }));

  const mount = (...plugins: AnyElysia[]): AnyElysia["fetch"] => {
    const app = new Elysia();
    for (const plugin of plugins) app.use(plugin);
    // The gateway turns all errors into answers.
    app.onError(({ error, request }) => {
      throw error instanceof NotFoundError ? noRoute(request) : error;
    });
    for (const { method, path, aliases = [], query: fields, fileTypes, answer } of answers) {
      const lists = listsIn(fields);
      const handle = ({ request, params, query, [COOKIE]: cookies }: ElysiaContext) =>
        answer({
          request,
          params: params ?? NONE,
          query: lists.length === 0 ? query : withLists(query, request, lists),
          cookies: cookies ?? NONE,
        });
      for (const one of [path, ...aliases]) {
        app.route(method, one, handle);
        // Elysia reads the whole answer to GET to tell its length (no issue known).
        if (fileTypes) app.route("HEAD", one, handle);
      }
    }
    return app.fetch;
  };

  const plain = mount();
  // The plugin adds an asynchronous step to each request (no issue known); few requests have a
  // cookie.
  let withCookies: AnyElysia["fetch"] | null = null;
  return (request) => {
    if (!request.headers.has("cookie")) return plain(request);
    withCookies ??= mount(cookie().as("global"));
    return withCookies(request);
  };
}

const NONE = {};

/** Without a schema Elysia keeps one value for each name (no issue known; #749 is about schemas). */
function withLists(query: Fields, { url }: Request, lists: readonly string[]): Fields {
  const given = new URL(url).searchParams;
  const values = lists.filter((name) => given.has(name)).map((name) => [name, given.getAll(name)]);
  return { ...query, ...Object.fromEntries(values) };
}

/**
 * Elysia searches for the start of the path after this many characters of the URL, but the short
 * host name of a container ends earlier. With its option `standardHostname: false` it searches
 * after seven, which finds no path in `https://…` (no issue known).
 */
const SHORTEST_ORIGIN = "http://a.bc".length;

/** The request, with another host if its own is too short for Elysia. */
export function routable(request: Request): Request {
  const { url } = request;
  const pathStart = url.indexOf("/", url.indexOf("://") + 3);
  return pathStart < 0 || pathStart >= SHORTEST_ORIGIN
    ? request
    : new Request(`http://localhost${url.slice(pathStart)}`, request);
}

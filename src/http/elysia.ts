import { cookie } from "@elysiajs/cookie";
import { type AnyElysia, Elysia, NotFoundError } from "elysia";
import { type Fields, listsIn } from "./fields.ts";
import type { RoutedRequest } from "./handler.ts";
import type { Route } from "./route.ts";

/*
 * All that is bent around Elysia. It finds the route of a request, takes its path, query and cookies
 * apart, and turns HEAD into GET. It is told nothing else of a route, neither schemas nor hooks:
 *
 * - It reads the body before any hook as soon as a handler names it (elysia#1097, #1628), with no
 *   option against that (elysia#1009), and its multipart parser leaks large uploads (elysia#1744).
 * - It checks fields before a hook that may refuse the caller (elysia#1839), and its errors repeat what
 *   was sent, passwords included (no issue known).
 * - An answer can fail its schema without an error to tell why (elysia#1631, #1659).
 */

type Answer = (routed: RoutedRequest) => Promise<Response>;

/** What is taken of Elysia's context. */
interface ElysiaContext {
  request: Request;
  /** Missing where the path has none; null for one that is no valid percent-encoding. */
  params?: Readonly<Record<string, string | null>>;
  query: Fields;
  /** From the cookie plugin. */
  cookie?: Fields;
}

/**
 * Elysia reads a handler's source and prepares what its parameters name (elysia#1596, #2004). To the
 * word `cookie` it would make cookies of its own and copy every response for them (no issue known), so
 * that name is out of its sight.
 */
const COOKIE = "cookie";

/**
 * A function from requests to the answers of these routes. It rejects with what a route's answer
 * rejects with, and with `noRoute()` where no route takes the request.
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
    // Errors are answered where requests without a route are answered too: by the gateway.
    app.onError(({ error, request }) => {
      throw error instanceof NotFoundError ? noRoute(request) : error;
    });
    for (const { method, path, aliases = [], query: fields, answer } of answers) {
      const lists = listsIn(fields);
      const handle = ({ request, params, query, [COOKIE]: cookies }: ElysiaContext) =>
        answer({
          request,
          params: params ?? NONE,
          query: lists.length === 0 ? query : withLists(query, request, lists),
          cookies: cookies ?? NONE,
        });
      for (const one of [path, ...aliases]) app.route(method, one, handle);
    }
    return app.fetch;
  };

  const plain = mount();
  // The plugin's step is awaited for each request (no issue known), and few requests have a cookie.
  let withCookies: AnyElysia["fetch"] | null = null;
  return (request) => {
    if (!request.headers.has("cookie")) return plain(request);
    withCookies ??= mount(cookie().as("global"));
    return withCookies(request);
  };
}

const NONE = {};

/** Without a schema Elysia keeps one value of each name (no issue known; #749 is of those with one). */
function withLists(query: Fields, { url }: Request, lists: readonly string[]): Fields {
  const given = new URL(url).searchParams;
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

import { nearest } from "./nearest.ts";
import type { Operation, Route } from "./route.ts";

/** The routes of the app: for answers to wrong methods and paths, CORS, OpenAPI and tests. */
export class RouteTable {
  /** The routes that the OpenAPI document lists. */
  readonly operations: readonly Operation[];
  readonly #methods = new Map<string, Set<string>>();
  /** Paths with parameters, by their segments. */
  readonly #patterns = new Map<string, readonly string[]>();

  /** Throws when two routes have the same method and path. */
  constructor(routes: readonly Route[]) {
    this.operations = routes.filter(isOperation);
    for (const { method, path, aliases = [] } of routes)
      for (const one of [path, ...aliases]) this.#noteMethod(one, method);
  }

  /** The methods of a request's path; empty when there is no such path. */
  methodsOf(requested: string): string[] {
    const path = withoutSlash(requested);
    const segments = path.split("/");
    const methods = new Set(this.#methods.get(path));
    // A path may be that of a route, and match another one's with a parameter as well.
    for (const [route, pattern] of this.#patterns)
      if (!route.endsWith("*") || methods.size === 0)
        if (matches(segments, pattern))
          for (const method of this.#methods.get(route) ?? []) methods.add(method);
    return [...methods];
  }

  /** The path that a mistyped one probably meant, null when none is close. */
  nearestTo(requested: string): string | null {
    const literal = [...this.#methods.keys()].filter((path) => !path.includes(":"));
    return nearest(withoutSlash(requested), literal);
  }

  #noteMethod(path: string, method: string): void {
    const methods = this.#methods.get(path) ?? new Set<string>();
    if (methods.has(method)) throw new Error(`${method} ${path} is claimed twice`);
    methods.add(method);
    if (method === "GET") methods.add("HEAD");
    this.#methods.set(path, methods);
    if (/[:*]/.test(path)) this.#patterns.set(path, path.split("/"));
  }
}

const isOperation = (route: Route): route is Operation => "returns" in route;

/** A path may end with one slash, as Elysia takes it too. */
const withoutSlash = (path: string): string => path.replace(/(?<=.)\/$/, "");

/**
 * Whether the segments of a request's path match those of a route. A parameter matches one segment
 * that is not empty, a `*` at the end one or more of any kind.
 */
function matches(segments: readonly string[], route: readonly string[]): boolean {
  const isOpen = route.at(-1) === "*";
  if (isOpen ? segments.length < route.length : segments.length !== route.length) return false;
  return route.every((part, at) =>
    part.startsWith(":") ? segments[at] !== "" : part === "*" || segments[at] === part,
  );
}

import type { Operation, Route } from "./route.ts";

/** The routes of the app: for answers to wrong methods and paths, OpenAPI, and tests of all of them. */
export class RouteTable {
  /** What the OpenAPI document lists. */
  readonly operations: readonly Operation[];
  readonly #methods = new Map<string, Set<string>>();
  /** Paths with parameters, by their segments. */
  readonly #patterns = new Map<string, readonly string[]>();

  /** Throws when two routes claim one path. */
  constructor(routes: readonly Route[]) {
    this.operations = routes.filter(isOperation);
    for (const { method, path, aliases = [] } of routes)
      for (const one of [path, ...aliases]) this.#noteMethod(one, method);
  }

  /** Methods that a literal path has, empty when there is no such path. */
  methodsOf(path: string): string[] {
    const exact = this.#methods.get(path);
    if (exact) return [...exact];
    const segments = path.split("/");
    for (const [route, pattern] of this.#patterns)
      if (fits(segments, pattern)) return [...(this.#methods.get(route) ?? [])];
    return [];
  }

  /** All paths without parameters, also other ones of an operation. */
  paths(): string[] {
    return [...this.#methods.keys()].filter((path) => !path.includes(":"));
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

/**
 * Whether the segments of a literal path are those of a route, with something for each parameter; a
 * `*` at the end stands for one or more.
 */
function fits(segments: readonly string[], route: readonly string[]): boolean {
  const isOpen = route.at(-1) === "*";
  if (isOpen ? segments.length < route.length : segments.length !== route.length) return false;
  return route.every((part, at) =>
    part.startsWith(":") ? segments[at] !== "" : part === "*" || segments[at] === part,
  );
}

import type { BodyKind, Fields } from "./body.ts";
import type { ActionKind } from "./pace.ts";
import type { Person } from "./seed/people.ts";
import type { World } from "./world.ts";

/** The services behind the upstream's host names. */
export type Service = "private" | "web" | "cdn" | "rupload";

/**
 * Who may call an endpoint: `open` everybody, `app` the app (before login, too), `session` a logged-in
 * app, `cookie` a logged-in web client.
 */
export type Access = "open" | "app" | "session" | "cookie";

/** One endpoint of the upstream. */
export interface Route {
  readonly method: "GET" | "HEAD" | "POST";
  /** `{name}` stands for one path segment. Private paths include `/api/v1`. */
  readonly path: string;
  readonly service?: Service;
  /** `session` unless given. */
  readonly access?: Access;
  /** `signed` unless given; `bytes` where the handler reads the body itself. */
  readonly body?: BodyKind | "bytes";
  /** Required query parameters. */
  readonly requiredQuery?: readonly string[];
  /** Required fields of the body; empty ones count as missing. */
  readonly requiredFields?: readonly string[];
  /** The kind of action that it does; undefined where it only reads. */
  readonly acts?: ActionKind;
  readonly handle: (exchange: Exchange) => Response | Promise<Response>;
}

/** A request that has passed the checks of its route, and its world. */
export interface Exchange {
  readonly request: Request;
  readonly world: World;
  /** The decoded path segment at `{name}`. */
  param(name: string): string;
  readonly query: URLSearchParams;
  /** Fields of the body; empty for GET. */
  readonly fields: Fields;
  /** The account that asks. On `open` and `app` routes reading it throws where there is none. */
  readonly viewer: Person;
  /** Id of the session that asks, empty where there is none. */
  readonly sessionId: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Finds routes by path, segment by segment; fixed segments win over `{name}`. */
export class Router {
  readonly #roots = new Map<string, Branch>();
  readonly #names = new Map<Route, readonly string[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
  }

  /** The route of a request and its path parameters. The path may lack its trailing slash. */
  find(service: Service, method: string, path: string): Match | undefined {
    const root = this.#roots.get(`${service} ${method}`);
    if (root === undefined) return undefined;
    const values: string[] = [];
    const route = walk(root, segmentsOf(path), 0, values);
    if (route === undefined) return undefined;
    return { route, names: this.#names.get(route) ?? [], values };
  }

  #add(route: Route): void {
    const key = `${route.service ?? "private"} ${route.method}`;
    let node = this.#roots.get(key) ?? new Branch();
    this.#roots.set(key, node);
    for (const segment of segmentsOf(route.path)) node = node.child(segment);
    if (node.route !== undefined) throw new Error(`two handlers for ${nameOf(route)}`);
    node.route = route;
    this.#names.set(route, parameterNames(route.path));
  }
}

export interface Match {
  readonly route: Route;
  /** Names of the path's `{name}`s, in order. */
  readonly names: readonly string[];
  /** Values of the path's `{name}`s, in order, still encoded. */
  readonly values: readonly string[];
}

class Branch {
  route: Route | undefined;
  readonly fixed = new Map<string, Branch>();
  any: Branch | undefined;

  child(segment: string): Branch {
    if (segment.startsWith("{")) {
      this.any ??= new Branch();
      return this.any;
    }
    const node = this.fixed.get(segment) ?? new Branch();
    this.fixed.set(segment, node);
    return node;
  }
}

function walk(node: Branch, segments: string[], from: number, values: string[]): Route | undefined {
  const segment = segments[from];
  if (segment === undefined) return node.route;
  const fixed = node.fixed.get(segment);
  const found = fixed && walk(fixed, segments, from + 1, values);
  if (found !== undefined || node.any === undefined) return found;
  values.push(segment);
  const route = walk(node.any, segments, from + 1, values);
  if (route === undefined) values.pop();
  return route;
}

function segmentsOf(path: string): string[] {
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  return path.slice(1, end).split("/");
}

function parameterNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
}

const HOST_SHOWN: Readonly<Record<Service, string>> = {
  private: "",
  web: "www.instagram.com",
  cdn: "scontent.cdninstagram.com",
  rupload: "rupload.facebook.com",
};

/** The name of an endpoint: method, host unless it is the private API's, path. */
function nameOf(route: Route): string {
  return `${route.method} ${HOST_SHOWN[route.service ?? "private"]}${route.path}`;
}

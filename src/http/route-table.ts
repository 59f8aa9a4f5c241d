import type { TObject } from "@sinclair/typebox";
import type { AnyElysia } from "elysia";
import { schemaOfFields } from "./fields.ts";
import { metaOf, type OperationMeta } from "./operation.ts";

/** One route of the app: what a request to it is fitted to. */
export interface RouteEntry {
  method: string;
  path: string;
  query: TObject | null;
  body: TObject | null;
  meta: OperationMeta;
}

/**
 * The described routes of the app, known once it is composed: for validation, aliases, answers to
 * wrong methods, OpenAPI, and tests that go over all of them.
 */
export class RouteTable {
  readonly #byRoute = new Map<string, RouteEntry>();
  readonly #aliases = new Map<string, string>();
  readonly #methods = new Map<string, Set<string>>();
  /** Paths with parameters, by their segments. */
  readonly #patterns = new Map<string, readonly string[]>();

  /** Reads the routes of a composed app. Throws when two claim one path, or one is undescribed. */
  fill(app: AnyElysia): void {
    for (const { method, path, hooks } of app.routes) {
      this.#noteMethod(path, method);
      if (hooks.detail?.hide === true) continue;
      const meta = metaOf(String(hooks.detail?.operationId));
      if (!meta) throw new Error(`${method} ${path} has no operation()`);
      this.#byRoute.set(`${method} ${path}`, {
        method,
        path,
        query: schemaOfFields(hooks.query),
        body: schemaOfFields(hooks.body),
        meta,
      });
      for (const alias of meta.aliases ?? []) {
        if (this.#aliases.has(`${method} ${alias}`)) throw new Error(`${alias} is claimed twice`);
        this.#aliases.set(`${method} ${alias}`, path);
        this.#noteMethod(alias, method);
      }
    }
  }

  get(method: string, path: string): RouteEntry | undefined {
    return this.#byRoute.get(`${method === "HEAD" ? "GET" : method} ${path}`);
  }

  /** The canonical path behind an alias. */
  canonical(method: string, path: string): string | undefined {
    return this.#aliases.get(`${method === "HEAD" ? "GET" : method} ${path}`);
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

  entries(): RouteEntry[] {
    return [...this.#byRoute.values()];
  }

  #noteMethod(path: string, method: string): void {
    const methods = this.#methods.get(path) ?? new Set<string>();
    methods.add(method);
    if (method === "GET") methods.add("HEAD");
    this.#methods.set(path, methods);
    if (/[:*]/.test(path)) this.#patterns.set(path, path.split("/"));
  }
}

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

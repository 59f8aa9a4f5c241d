import type { LinesBody } from "../http/body-lines.ts";
import type { RequestContext } from "../http/context.ts";
import { jsonOf } from "../http/json-answer.ts";
import { type Operation, operations, withKey } from "../http/route.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";
import { type CheckHost, cleanUrl } from "../proxies/fields.ts";
import { type ImportProxies, MAX_LINES } from "../proxies/import/import.ts";
import { proxyJson } from "../proxies/json.ts";
import type { ProxyStore } from "../proxies/proxy-store.ts";
import type { ProxyOwner } from "../proxies/store/conditions.ts";
import type { ClearProxy } from "../sessions/verbs/clear-proxy.ts";
import { pageInput, paging } from "./administration.ts";
import { alternative, notBlank } from "./parameters.ts";
import {
  changeFields,
  changesOf,
  filterFields,
  filterOf,
  IdInBody,
  listDefaultsOf,
  listFields,
  Move,
  newProxyFields,
  newProxyOf,
  ProxyDeletionSchema,
  ProxyId,
  ProxyImportSchema,
  ProxyPageSchema,
  ProxySchema,
} from "./proxy-fields.ts";

const { get, post, patch, remove } = operations("Proxy");

export interface ProxyDependencies {
  store: ProxyStore;
  importProxies: ImportProxies;
  checkHost: CheckHost;
  clearProxy: ClearProxy;
}

/** The proxies of a tenant, and what it sees of those that the operator offers. */
export const proxyRoutes = (deps: ProxyDependencies): Operation[] => {
  const { store, importProxies, checkHost } = deps;
  return [
    post(
      "/proxy",
      {
        operationId: "postProxy",
        summary: "Add a proxy",
        description:
          "Adds a proxy for the sessions of the key's tenant and mode. A URL that is there already is answered with its proxy as it is (200), so that repeating this doubles nothing.",
        access: withKey("admin"),
        body: newProxyFields,
        returns: ProxySchema,
        successStatus: 201,
        sameBodyFor: { 200: "The tenant has a proxy with this URL already" },
        errors: ["UrlNotAllowed", "ProxyLimitReached"],
      },
      async ({ key, body, context }) => {
        const fields = newProxyOf(body);
        await checkHost(cleanUrl(body.url), key.mode);
        const { tenantId, mode } = key;
        const { proxy, isNew } = await store.create({ tenantId, mode }, fields, context.actor);
        return withStatus(isNew ? 201 : 200, proxyJson(proxy));
      },
    ),
    get(
      "/proxies",
      {
        operationId: "getProxies",
        summary: "List proxies",
        description:
          "The proxies of the key's tenant and mode, and those that the operator offers to all tenants, oldest first. Of an operator's proxy the address is not shown, and sessions counts the tenant's own.",
        access: withKey("read"),
        query: { ...filterFields, ...paging },
        returns: ProxyPageSchema,
      },
      async ({ key, query }) => {
        const filter = { ...pageInput(query), ...filterOf(query) };
        const { proxies, nextCursor } = await store.list(key, filter);
        return { items: proxies.map(proxyJson), next_cursor: nextCursor ?? "" };
      },
    ),
    get(
      "/proxy",
      {
        operationId: "getProxy",
        summary: "Get a proxy",
        access: withKey("read"),
        query: { proxy_id: ProxyId },
        returns: ProxySchema,
        errors: ["ProxyNotFound"],
      },
      async ({ key, query }) => {
        const proxy = await store.find(key, notBlank(query.proxy_id, "proxy_id").trim());
        if (proxy === null) throw proxyNotFound();
        return proxyJson(proxy);
      },
    ),
    patch(
      "/proxy",
      {
        operationId: "patchProxy",
        summary: "Change a proxy",
        description:
          "Changes the fields that are given; null, or an empty text in a form, clears one. Its sessions take another URL with their next request, and its state begins anew. With a lower max_sessions its sessions stay, and no further ones come.",
        access: withKey("admin"),
        query: { proxy_id: alternative(ProxyId) },
        body: { ...changeFields, proxy_id: IdInBody },
        returns: ProxySchema,
        errors: ["ProxyNotFound", "ProxyExists", "UrlNotAllowed"],
      },
      async ({ key, query, body, context }) => {
        const changes = changesOf(body);
        if (body.url) await checkHost(cleanUrl(body.url), key.mode);
        const { tenantId, mode } = key;
        const id = namedProxy(query.proxy_id, body.proxy_id);
        const proxy = await store.update({ tenantId, mode }, id, changes, context.actor);
        if (proxy === null) throw proxyNotFound();
        return proxyJson(proxy);
      },
    ),
    remove(
      "/proxy",
      {
        operationId: "deleteProxy",
        summary: "Delete a proxy",
        description:
          "Deletes a proxy that no session uses. With move=true its sessions are moved first, each to another proxy that takes it, of the same country if the proxy has one; where there are not enough places, nothing is changed (NoProxyAvailable).",
        access: withKey("admin"),
        query: { proxy_id: ProxyId, move: Move },
        returns: ProxyDeletionSchema,
        errors: ["ProxyNotFound", "ProxyInUse", "NoProxyAvailable"],
      },
      ({ key: { tenantId, mode }, query, context }) =>
        deleteProxy(deps, { tenantId, mode }, { ...query, by: context.actor }),
    ),
    post(
      "/proxies/import",
      {
        operationId: "postProxiesImport",
        summary: "Import a list of proxies",
        description: `Adds up to ${MAX_LINES.toLocaleString("en")} proxies, one a line. The query's fields hold for all lines that do not say otherwise. Each line that has a fault is told of by its number, and the others are imported. Repeating an import doubles nothing, and changes nothing in proxies that are there.`,
        access: withKey("admin"),
        query: listFields,
        lines: PROXY_LIST,
        returns: ProxyImportSchema,
      },
      ({ key, query, lines, context }) => {
        const { tenantId, mode } = key;
        const options = { defaults: listDefaultsOf(query), by: context.actor };
        return importProxies({ tenantId, mode }, lines, options);
      },
    ),
  ];
};

/** Enough for as many lines as there may be, of some 400 bytes each. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;

/** The body of an import. */
export const PROXY_LIST: LinesBody = {
  description:
    "One proxy a line: host:port:user:password, as providers sell it, any other form that url takes, or a JSON object with the fields of POST /proxy. Empty lines and those that begin with # are left out.",
  maxBytes: MAX_LIST_BYTES,
  maxLineBytes: 16 * 1024,
  examples: {
    "application/x-ndjson":
      '{"url":"http://user:password@proxy-1.example.com:8080","country":"DE","max_sessions":3}\n{"url":"socks5://user:password@proxy-2.example.com:1080","label":"spare"}\n',
    "text/plain":
      "proxy-3.example.com:8080:user:password\nproxy-4.example.com:8080:user:password\n",
  },
};

/** The id that stands in the query or in the body. Throws InvalidInput. */
function namedProxy(inQuery = "", inBody = ""): string {
  const [id, other] = [inQuery.trim(), inBody.trim()].filter((text) => text !== "");
  if (id === undefined) throw new InvalidInput("proxy_id", "is required");
  if (other !== undefined && other !== id)
    throw new InvalidInput("proxy_id", "in the query and in the body are not the same");
  return id;
}

/** Deletes a proxy of the owner, after its sessions were moved if that is asked for. */
export async function deleteProxy(
  { store, clearProxy }: Pick<ProxyDependencies, "store" | "clearProxy">,
  owner: ProxyOwner,
  { proxy_id, move = false, by }: { proxy_id: string; move?: boolean; by: RequestContext["actor"] },
) {
  const proxy = await store.find({ owner }, notBlank(proxy_id, "proxy_id").trim());
  if (proxy === null) throw proxyNotFound();
  const moved = move ? await clearProxy(proxy, by) : 0;
  if (!(await store.delete(owner, proxy.id, by))) throw proxyNotFound();
  return { proxy_id: proxy.id, deleted: true, moved };
}

export const proxyNotFound = (): GatewayProblem =>
  new GatewayProblem("ProxyNotFound", "Proxy not found");

/** A JSON answer with another status than its route's. */
export const withStatus = (status: number, value: unknown): Response =>
  new Response(jsonOf(value), { status, headers: { "Content-Type": "application/json" } });

import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Keyring } from "../../db/keyring.ts";
import { type Mode, proxies } from "../../db/schema.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import { type ProxyPlace, type ProxyRow, urlHashes } from "../rows.ts";

/** Whose proxies are meant: a tenant's, or (null) the operator's; without `mode` those of all modes. */
export interface ProxyOwner {
  readonly tenantId: string | null;
  readonly mode?: Mode | null;
}

/** Proxies that the operator may offer. */
export const MAX_OFFERED = 100_000;

/** The condition that a proxy is one of these. */
export const ownedBy = ({ tenantId, mode }: ProxyOwner): SQL | undefined =>
  and(
    tenantId === null ? isNull(proxies.tenantId) : eq(proxies.tenantId, tenantId),
    mode === undefined ? undefined : sql`${proxies.mode} IS ${mode}`,
  );

/** The condition that a row of the table with this name is of the place, and has the URL. */
export function sameUrl(
  keyring: Keyring,
  place: ProxyPlace,
  url: string,
  table: "same" | "proxies" = "proxies",
): SQL {
  const column = (name: string) => sql.raw(`${table}.${name}`);
  const hashes = urlHashes(keyring, place, url).map((hash) => sql`${hash}`);
  return sql`${column("tenant_id")} IS ${place.tenantId} AND ${column("mode")} IS ${place.mode}
    AND ${column("url_hash")} IN (${sql.join(hashes, sql`, `)})`;
}

/** The number of proxies of a tenant; "" for the operator's. */
export const countOf = (tenantId: string): SQL =>
  sql`coalesce((SELECT sum(counts.proxies) FROM proxy_counts AS counts
    WHERE counts.tenant_id = ${tenantId}), 0)`;

/** The condition that no session is on the proxy, and no login under way has a place on it. */
export const isUnused = (now: number): SQL | undefined =>
  and(
    eq(proxies.liveSessions, 0),
    eq(proxies.testSessions, 0),
    sql`NOT EXISTS (SELECT 1 FROM proxy_holds AS holds WHERE holds.proxy_id = ${proxies.id}
      AND holds.held_until > ${now})`,
  );

/** The error for a proxy that cannot be deleted. */
export function inUse({ liveSessions, testSessions }: ProxyRow): GatewayProblem {
  const sessions = liveSessions + testSessions;
  const users =
    sessions === 0 ? "Logins under way use" : sessions === 1 ? "A session uses" : "Sessions use";
  return new GatewayProblem("ProxyInUse", `${users} the proxy`, { members: { sessions } });
}

export const limitReached = (limit: number): GatewayProblem =>
  new GatewayProblem("ProxyLimitReached", `The limit of ${limit} proxies is reached`);

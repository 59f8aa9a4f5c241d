import { and, asc, count, eq, gt, inArray, notInArray, type SQL, sum } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { canonicalUlid } from "../../db/ids.ts";
import type { Keyring } from "../../db/keyring.ts";
import { cutPage, pageCursor, pageSize } from "../../db/paging.ts";
import {
  type Mode,
  PROXY_STATES,
  type ProxyState,
  proxies,
  proxyCounts,
  sessions,
} from "../../db/schema.ts";
import { type ProxyRow, type ProxySummary, summaryOf } from "../rows.ts";
import { ownedBy, type ProxyOwner } from "./conditions.ts";

/**
 * Who looks: a tenant in one mode, at its own proxies and those that the operator offers, or the
 * operator, at the proxies of one owner.
 */
export type ProxyViewer =
  | { readonly tenantId: string; readonly mode: Mode }
  | { readonly owner: ProxyOwner };

export interface ProxyFilter {
  state?: ProxyState | undefined;
  /** In upper case. */
  country?: string | undefined;
  /** In lower case. */
  region?: string | undefined;
  /** The whole label. */
  label?: string | undefined;
}

/** Listing and counting proxies. */
export function proxyListing(db: Database, keyring: Keyring) {
  async function row(owner: ProxyOwner, proxyId: string): Promise<ProxyRow | null> {
    const id = canonicalUlid(proxyId);
    if (id === null) return null;
    const rows = await db.read((orm) =>
      orm
        .select()
        .from(proxies)
        .where(and(ownedBy(owner), eq(proxies.id, id))),
    );
    return rows[0] ?? null;
  }

  /** How many sessions a tenant has on each of the operator's proxies. */
  async function ownSessions(
    { tenantId, mode }: { tenantId: string; mode: Mode },
    ids: string[],
  ): Promise<Map<string, number>> {
    if (ids.length === 0) return new Map();
    const rows = await db.read((orm) =>
      orm
        .select({ id: sessions.proxyId, sessions: count() })
        .from(sessions)
        .where(
          and(
            eq(sessions.tenantId, tenantId),
            eq(sessions.mode, mode),
            inArray(sessions.proxyId, ids),
          ),
        )
        .groupBy(sessions.proxyId),
    );
    return new Map(rows.map(({ id, sessions: on }) => [id ?? "", on]));
  }

  async function shown(viewer: ProxyViewer, rows: readonly ProxyRow[]): Promise<ProxySummary[]> {
    const foreign = "owner" in viewer ? [] : rows.filter(({ tenantId }) => tenantId === null);
    const own =
      "owner" in viewer
        ? null
        : await ownSessions(
            viewer,
            foreign.map(({ id }) => id),
          );
    return rows.map((one) => {
      const summary = summaryOf(keyring, one);
      if (own !== null && one.tenantId === null)
        return { ...summary, url: withoutHost(summary.url), sessions: own.get(one.id) ?? 0 };
      return summary;
    });
  }

  return {
    /** The row of an owner's proxy. */
    row,

    /** Null when the viewer sees no such proxy. */
    async find(viewer: ProxyViewer, proxyId: string): Promise<ProxySummary | null> {
      for (const owner of ownersFor(viewer)) {
        const found = await row(owner, proxyId);
        if (found !== null) return (await shown(viewer, [found]))[0] ?? null;
      }
      return null;
    },

    /** Oldest first. `limit` 1 to 100, default 50. Throws InvalidInput. */
    async list(
      viewer: ProxyViewer,
      {
        cursor,
        limit,
        ...filter
      }: ProxyFilter & { cursor?: string | undefined; limit?: number } = {},
    ): Promise<{ proxies: ProxySummary[]; nextCursor: string | null }> {
      const after = pageCursor(cursor);
      const size = pageSize(limit);
      const condition = and(filtered(filter), after === null ? undefined : gt(proxies.id, after));
      // Each is a range of an index in the order of ids; together they would have to be sorted.
      const parts = await Promise.all(
        ownersFor(viewer)
          .flatMap(inEachMode)
          .map((owner) =>
            db.read((orm) =>
              orm
                .select()
                .from(proxies)
                .where(and(ownedBy(owner), condition))
                .orderBy(asc(proxies.id))
                .limit(size + 1),
            ),
          ),
      );
      const rows = parts.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
      const { page, nextCursor } = cutPage(rows, size);
      return { proxies: await shown(viewer, page), nextCursor };
    },

    /** Over all owners. */
    async countByState(): Promise<Record<ProxyState, number>> {
      const rows = await db.read((orm) =>
        orm
          .select({ state: proxyCounts.state, proxies: sum(proxyCounts.proxies) })
          .from(proxyCounts)
          .groupBy(proxyCounts.state),
      );
      const counts = Object.fromEntries(PROXY_STATES.map((state) => [state, 0]));
      for (const { state, proxies: number } of rows) counts[state] = Number(number ?? 0);
      return counts as Record<ProxyState, number>;
    },

    /** Proxies of all owners whose encryption key is not configured. */
    async countUndecryptable(): Promise<number> {
      const rows = await db.read((orm) =>
        orm
          .select({ proxies: sum(proxyCounts.proxies) })
          .from(proxyCounts)
          .where(notInArray(proxyCounts.keyId, [...keyring.keyIds])),
      );
      return Number(rows[0]?.proxies ?? 0);
    },
  };
}

/** The owners whose proxies a viewer sees. */
function ownersFor(viewer: ProxyViewer): ProxyOwner[] {
  if ("owner" in viewer) return [viewer.owner];
  const { tenantId, mode } = viewer;
  return [
    { tenantId, mode },
    { tenantId: null, mode: null },
    { tenantId: null, mode },
  ];
}

function inEachMode(owner: ProxyOwner): ProxyOwner[] {
  if (owner.mode !== undefined) return [owner];
  const modes: (Mode | null)[] =
    owner.tenantId === null ? ["live", "test", null] : ["live", "test"];
  return modes.map((mode) => ({ ...owner, mode }));
}

function filtered({ state, country, region, label }: ProxyFilter): SQL | undefined {
  return and(
    state === undefined ? undefined : eq(proxies.state, state),
    country === undefined ? undefined : eq(proxies.country, country),
    region === undefined ? undefined : eq(proxies.region, region),
    label === undefined ? undefined : eq(proxies.label, label),
  );
}

/** What a tenant sees of an operator's proxy: not even where it is. */
export const withoutHost = (url: string | null): string | null =>
  url === null ? null : `${url.slice(0, url.indexOf("://"))}://***`;

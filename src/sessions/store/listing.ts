import { and, asc, eq, gt, inArray, notInArray, type SQL, sql, sum } from "drizzle-orm";
import type { Database, Drizzle } from "../../db/connection.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "../../db/keyring.ts";
import { pageCursor, pageSize } from "../../db/paging.ts";
import {
  MODES,
  type Mode,
  SESSION_STATES,
  type SessionStateName,
  sessionCounts,
  sessions,
} from "../../db/schema.ts";
import { isJsonObject, objectOr, parseExact, textOf } from "../../instagram/json.ts";
import { redactProxy } from "../../proxies/proxy-url.ts";
import { type StateColumns, shownState } from "../shown-state.ts";
import { ownSession } from "./lookup.ts";
import { openRow, type PlainColumns, plainColumnsOf, type SessionRow } from "./rows.ts";

/** A session as it may be shown: without secrets. */
export interface SessionSummary extends PlainColumns {
  /** URL of the proxy without its credentials, null for none. */
  proxy: string | null;
  /** Release of the app that the session pins, null when the settings name none. */
  appVersion: string | null;
  /**
   * The reason why the secrets cannot be read: their key is not configured, or they are damaged.
   */
  unreadable: "key" | "damaged" | null;
}

/** Which sessions a list has; without a field, all. */
export interface SessionFilter {
  /** As sessions are shown: shownState(). */
  state?: SessionStateName;
  username?: string;
  label?: string;
  /** Id of a proxy; null for sessions without any. */
  proxyId?: string | null;
}

/**
 * Rows that one page looks at, at the most: each filter alone has an index, but what two have in
 * common can be far apart.
 */
const MAX_LOOKED = 1_000;
/** Rows that are read at once, after the first look. */
const CHUNK = 250;

/** The columns that filters are about; reading a row's secrets costs more. */
const LOOKED = {
  id: sessions.id,
  username: sessions.username,
  label: sessions.label,
  proxyId: sessions.proxyId,
  hasProxy: sql<number>`${sessions.proxy} IS NOT NULL OR ${sessions.proxyId} IS NOT NULL`,
  state: sessions.state,
  enabled: sessions.enabled,
  blockedUntil: sessions.blockedUntil,
};
type Looked = Pick<SessionRow, "id" | "username" | "label" | "proxyId"> &
  StateColumns & { hasProxy: number };

/** What was found on a walk: ids in their order. */
interface Found {
  ids: string[];
  /** The last row that was looked at, if the walk was given up there. */
  givenUpAt: string | null;
}

/** Listing and counting sessions. */
export function sessionListing(db: Database, keyring: Keyring, { now }: { now: () => number }) {
  /** The first `wanted` sessions after `after` that fit, in one part of an index. */
  async function walk(
    within: SQL | undefined,
    fits: (row: Looked) => boolean,
    after: string | null,
    wanted: number,
  ): Promise<Found> {
    const ids: string[] = [];
    let last = after;
    for (let looked = 0; looked < MAX_LOOKED; ) {
      const size = looked === 0 ? wanted : CHUNK;
      // Reading holds up everything else: others may go between.
      if (looked > 0) await new Promise((resolve) => setImmediate(resolve));
      const rows = await db.read((orm) =>
        orm
          .select(LOOKED)
          .from(sessions)
          .where(and(within, last === null ? undefined : gt(sessions.id, last)))
          .orderBy(asc(sessions.id))
          .limit(size),
      );
      for (const row of rows) {
        if (fits(row)) ids.push(row.id);
        if (ids.length === wanted) return { ids, givenUpAt: null };
      }
      if (rows.length < size) return { ids, givenUpAt: null };
      looked += rows.length;
      last = rows.at(-1)?.id ?? last;
    }
    return { ids, givenUpAt: last };
  }

  return {
    /**
     * Oldest first. `limit` 1 to 100, default 50. With several filters a page may have fewer
     * sessions than that, or none, and yet a cursor. Throws InvalidInput.
     */
    async list(
      tenantId: string,
      {
        mode,
        cursor,
        limit,
        ...filter
      }: { mode?: Mode; cursor?: string; limit?: number } & SessionFilter = {},
    ): Promise<{ sessions: SessionSummary[]; nextCursor: string | null }> {
      const after = pageCursor(cursor);
      const size = pageSize(limit);
      const fits = fitting(filter, now());
      const found: Found[] = [];
      for (const within of partsOf(tenantId, mode, filter))
        found.push(await walk(within, fits, after, size + 1));
      const { ids, nextCursor } = merged(found, size);
      const rows = await db.read((orm) => rowsOf(orm, ids));
      return { sessions: rows.map((row) => summaryOf(keyring, row)), nextCursor };
    },

    /** One session of a tenant, in this mode or (null) in any. */
    async summary(tenantId: string, mode: Mode | null, id: string): Promise<SessionSummary | null> {
      const [row] = await db.read((orm) =>
        orm
          .select()
          .from(sessions)
          .where(ownSession(tenantId, mode, id)),
      );
      return row === undefined ? null : summaryOf(keyring, row);
    },

    /** Over all tenants. */
    async countByState(): Promise<Record<SessionStateName, number>> {
      const rows = await db.read((orm) =>
        orm
          .select({ state: sessionCounts.state, sessions: sum(sessionCounts.sessions) })
          .from(sessionCounts)
          .groupBy(sessionCounts.state),
      );
      const counts = Object.fromEntries(SESSION_STATES.map((state) => [state, 0]));
      for (const row of rows) counts[row.state] = Number(row.sessions ?? 0);
      return counts as Record<SessionStateName, number>;
    },

    /** Sessions of all tenants whose encryption key is not configured. */
    async countUndecryptable(): Promise<number> {
      const rows = await db.read((orm) =>
        orm
          .select({ sessions: sum(sessionCounts.sessions) })
          .from(sessionCounts)
          .where(notInArray(sessionCounts.keyId, [...keyring.keyIds])),
      );
      return Number(rows[0]?.sessions ?? 0);
    },
  };
}

/**
 * The rows of ids that a walk has found. By the ids alone: a further condition would lead SQLite along
 * all of the tenant's sessions.
 */
export const rowsOf = (orm: Drizzle, ids: readonly string[]) =>
  orm
    .select()
    .from(sessions)
    .where(inArray(sessions.id, [...ids]))
    .orderBy(asc(sessions.id));

/** Whether a row is one that the filter asks for. */
const fitting =
  ({ state, username, label, proxyId }: SessionFilter, time: number) =>
  (row: Looked): boolean =>
    (state === undefined || shownState(row, time) === state) &&
    (username === undefined || row.username === username) &&
    (label === undefined || row.label === label) &&
    (proxyId === undefined || (proxyId === null ? !row.hasProxy : row.proxyId === proxyId));

/**
 * The parts of indexes that hold whatever a filter asks for; in each the rows are in the order of
 * their ids. The narrowest filter comes first.
 */
export function partsOf(
  tenantId: string,
  mode: Mode | undefined,
  { state, username, label, proxyId }: SessionFilter,
): (SQL | undefined)[] {
  const parts = ((): (SQL | undefined)[] => {
    if (username !== undefined) return [eq(sessions.username, username)];
    if (label !== undefined) return [eq(sessions.label, label)];
    if (typeof proxyId === "string") return [eq(sessions.proxyId, proxyId)];
    // As the conditions of these indexes are written.
    if (state === "disabled") return [sql`enabled = 0`, eq(sessions.state, "disabled")];
    if (state === "cooling_down") return [sql`blocked_until IS NOT NULL`];
    return state === undefined ? [undefined] : [eq(sessions.state, state)];
  })();
  const modes = mode === undefined ? MODES : [mode];
  return modes.flatMap((one) =>
    parts.map((part) => and(eq(sessions.tenantId, tenantId), eq(sessions.mode, one), part)),
  );
}

/** The page that several walks found, and the cursor of the next one. */
function merged(
  found: readonly Found[],
  size: number,
): { ids: string[]; nextCursor: string | null } {
  // Beyond the first place where a walk was given up, others may have missed something.
  const [end] = found.flatMap(({ givenUpAt }) => givenUpAt ?? []).sort();
  const all = new Set(found.flatMap(({ ids }) => ids));
  const ids = [...all].filter((id) => end === undefined || id <= end).sort();
  const page = ids.slice(0, size);
  return { ids: page, nextCursor: ids.length > size ? (page.at(-1) ?? null) : (end ?? null) };
}

function summaryOf(keyring: Keyring, row: SessionRow): SessionSummary {
  const plain = plainColumnsOf(row);
  try {
    const { proxy, settings } = openRow(keyring, row);
    return {
      ...plain,
      proxy: proxy === null ? null : redactProxy(proxy),
      appVersion: appVersionIn(settings),
      unreadable: null,
    };
  } catch (error) {
    return { ...plain, proxy: null, appVersion: null, unreadable: unreadableBecause(error) };
  }
}

/** Throws the error when it is about something else. */
function unreadableBecause(error: unknown): "key" | "damaged" {
  if (error instanceof EncryptionKeyUnavailable) return "key";
  if (error instanceof CiphertextInvalid) return "damaged";
  throw error;
}

function appVersionIn(settings: string): string | null {
  const saved = parseExact(settings);
  const device = isJsonObject(saved) ? objectOr(saved.device_settings) : {};
  return textOf(device.app_version) || null;
}

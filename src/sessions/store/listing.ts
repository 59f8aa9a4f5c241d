import { and, asc, eq, gt, notInArray, sum } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "../../db/keyring.ts";
import { cutPage, pageCursor, pageSize } from "../../db/paging.ts";
import {
  type Mode,
  SESSION_STATES,
  type SessionStateName,
  sessionCounts,
  sessions,
} from "../../db/schema.ts";
import { isJsonObject, objectOr, parseExact, textOf } from "../../instagram/json.ts";
import { redactProxy } from "../../proxies/proxy-url.ts";
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

/** Listing and counting sessions. */
export function sessionListing(db: Database, keyring: Keyring) {
  return {
    /** Oldest first. `limit` 1 to 100, default 50. Throws InvalidInput. */
    async list(
      tenantId: string,
      { mode, cursor, limit }: { mode?: Mode; cursor?: string; limit?: number } = {},
    ): Promise<{ sessions: SessionSummary[]; nextCursor: string | null }> {
      const after = pageCursor(cursor);
      const size = pageSize(limit);
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(sessions)
          .where(
            and(
              eq(sessions.tenantId, tenantId),
              mode === undefined ? undefined : eq(sessions.mode, mode),
              after === null ? undefined : gt(sessions.id, after),
            ),
          )
          .orderBy(asc(sessions.id))
          .limit(size + 1),
      );
      const { page, nextCursor } = cutPage(rows, size);
      return { sessions: page.map((row) => summaryOf(keyring, row)), nextCursor };
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

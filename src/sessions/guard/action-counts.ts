import { and, eq, gt, inArray, sql } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { actionCounts, actionPaces } from "../../db/schema.ts";
import type { ActionKind } from "../../instagram/action-kinds.ts";
import { DAY_MS } from "./account-day.ts";

/** A session that has done or is about to do an action of this kind. */
export interface Counted {
  sessionId: string;
  action: ActionKind;
}

/** How many actions are done, and when the day ends in which they count. */
export interface Count {
  used: number;
  resetAt: number;
}

/** A start that lies further ahead was stored when the clock was wrong. */
const FURTHEST_MS = DAY_MS;

/**
 * What sessions have done of their daily budgets, and when each may act next. Both are decided by one
 * statement of the database, so that no two processes can take the same place. All methods throw
 * StorageUnavailable.
 */
export class ActionCounts {
  constructor(private readonly db: Database) {}

  /**
   * Counts an action, if fewer than `limit` are counted in the running day. A day that has begun ends
   * when it was to end, even if the account's time zone changes meanwhile; `endOfDay` is for a new one.
   * Resolves with null when the limit is reached, or the session is gone.
   */
  async take(
    { sessionId, action }: Counted,
    limit: number,
    { now, endOfDay }: { now: number; endOfDay: number },
  ): Promise<Count | null> {
    if (limit < 1) return null;
    const isRunning = sql`action_counts.reset_at > ${now} AND action_counts.reset_at <= ${now + DAY_MS}`;
    const [count] = await this.db.write(
      (orm) =>
        orm.all<Count>(sql`INSERT INTO action_counts (session_id, action, used, reset_at)
        SELECT id, ${action}, 1, ${endOfDay} FROM sessions WHERE id = ${sessionId}
        ON CONFLICT (session_id, action) DO UPDATE SET
          used = CASE WHEN ${isRunning} THEN action_counts.used + 1 ELSE 1 END,
          reset_at = CASE WHEN ${isRunning} THEN action_counts.reset_at ELSE excluded.reset_at END
        WHERE NOT (${isRunning}) OR action_counts.used < ${limit}
        RETURNING used, reset_at AS resetAt`),
      { isPreparation: true },
    );
    return count ?? null;
  }

  /** Takes a counted action back, while its day runs. */
  async giveBack({ sessionId, action }: Counted, { resetAt }: Count): Promise<void> {
    await this.db.write((orm) =>
      orm
        .update(actionCounts)
        .set({ used: sql`${actionCounts.used} - 1` })
        .where(
          and(
            eq(actionCounts.sessionId, sessionId),
            eq(actionCounts.action, action),
            eq(actionCounts.resetAt, resetAt),
            gt(actionCounts.used, 0),
          ),
        ),
    );
  }

  /** What is counted of these sessions in their running days, by session and kind. */
  async running(
    sessionIds: readonly string[],
    now: number,
  ): Promise<ReadonlyMap<string, ReadonlyMap<ActionKind, Count>>> {
    const found = new Map<string, Map<ActionKind, Count>>();
    if (sessionIds.length === 0) return found;
    const rows = await this.db.read((orm) =>
      orm
        .select()
        .from(actionCounts)
        .where(
          and(inArray(actionCounts.sessionId, [...sessionIds]), gt(actionCounts.resetAt, now)),
        ),
    );
    for (const { sessionId, action, used, resetAt } of rows) {
      if (resetAt > now + DAY_MS) continue;
      const counts = found.get(sessionId) ?? new Map<ActionKind, Count>();
      found.set(sessionId, counts.set(action, { used, resetAt }));
    }
    return found;
  }

  /**
   * Takes the next start of an action, `gap` before any later one. Resolves with when it is, or, where
   * it would be after `latest`, with when that is: nothing is taken then. All in unix milliseconds.
   */
  async takeStart(
    sessionId: string,
    { now, gap, latest }: { now: number; gap: number; latest: number },
  ): Promise<{ start: number; isTaken: boolean }> {
    const next = sql`CASE WHEN action_paces.next_at BETWEEN ${now} AND ${now + FURTHEST_MS}
      THEN action_paces.next_at ELSE ${now} END`;
    const [taken] = await this.db.write(
      (orm) =>
        orm.all<{ next_at: number }>(sql`INSERT INTO action_paces (session_id, next_at)
        SELECT id, ${now + gap} FROM sessions WHERE id = ${sessionId}
        ON CONFLICT (session_id) DO UPDATE SET next_at = ${next} + ${gap}
        WHERE ${next} <= ${latest} RETURNING next_at`),
      { isPreparation: true },
    );
    if (taken) return { start: taken.next_at - gap, isTaken: true };
    const [row] = await this.db.read((orm) =>
      orm.select().from(actionPaces).where(eq(actionPaces.sessionId, sessionId)),
    );
    return { start: row?.nextAt ?? now, isTaken: false };
  }

  /** Gives a start back that was not used, unless another was taken after it. */
  async giveStartBack(sessionId: string, start: number, gap: number): Promise<void> {
    await this.db.write((orm) =>
      orm
        .update(actionPaces)
        .set({ nextAt: start })
        .where(and(eq(actionPaces.sessionId, sessionId), eq(actionPaces.nextAt, start + gap))),
    );
  }
}

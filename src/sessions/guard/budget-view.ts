import { inArray } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { tenants } from "../../db/schema.ts";
import { ACTION_KINDS } from "../../instagram/action-kinds.ts";
import type { ActionLimits } from "../gate.ts";
import type { BudgetView } from "../session-view.ts";
import type { PlainColumns } from "../store/rows.ts";
import { endOfDay } from "./account-day.ts";
import { ActionCounts, type Count } from "./action-counts.ts";
import { budgetOf } from "./limits.ts";

/**
 * What is left of sessions' budgets, in their order. Days that have not begun end at the midnight of
 * UTC here: where an account lives is not looked up for this. Throws StorageUnavailable.
 */
export async function budgetsOf(
  { db, now: readClock }: { db: Database; now: () => number },
  sessions: readonly PlainColumns[],
): Promise<BudgetView[]> {
  const now = readClock();
  const limitsOf = await tenantLimits(db, new Set(sessions.map(({ tenantId }) => tenantId)));
  const limits = sessions.map((session) =>
    ACTION_KINDS.flatMap((kind) => budgetOf(session, limitsOf.get(session.tenantId), kind) ?? []),
  );
  const limited = sessions.filter((_session, index) => (limits[index]?.length ?? 0) > 0);
  const counts = await new ActionCounts(db).running(
    limited.map(({ id }) => id),
    now,
  );
  const fresh: Count = { used: 0, resetAt: endOfDay(now, 0) };
  return sessions.map(({ id }, index) => {
    const budgets = (limits[index] ?? []).map(({ action, limit }) => {
      const { used, resetAt } = counts.get(id)?.get(action) ?? fresh;
      const reset_at = new Date(resetAt).toISOString();
      return [action, { limit, remaining: Math.max(0, limit - used), reset_at }] as const;
    });
    return budgets.length === 0 ? null : Object.fromEntries(budgets);
  });
}

async function tenantLimits(
  db: Database,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, ActionLimits>> {
  if (ids.size === 0) return new Map();
  const { id, dailyBudgets, paceMs } = tenants;
  const rows = await db.read((orm) =>
    orm
      .select({ id, dailyBudgets, paceMs })
      .from(tenants)
      .where(inArray(id, [...ids])),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

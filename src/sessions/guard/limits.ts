import { ACTION_KINDS, type Action, type ActionKind } from "../../instagram/action-kinds.ts";
import type { ActionLimits } from "../gate.ts";
import type { SessionRecord } from "../session-store.ts";

/** The limits of a session's own; null where its tenant's hold. */
export type OwnLimits = Pick<SessionRecord, "dailyBudgets" | "paceMs">;

const isCounted = (action: Action): action is ActionKind =>
  ACTION_KINDS.some((kind) => kind === action);

/** Actions of this kind that a session may do in a day; null for any number. */
export function budgetOf(
  { dailyBudgets }: OwnLimits,
  tenant: Pick<ActionLimits, "dailyBudgets"> | null | undefined,
  action: Action,
): { action: ActionKind; limit: number } | null {
  if (!isCounted(action)) return null;
  const own = dailyBudgets?.[action];
  const limit = own === undefined ? tenant?.dailyBudgets[action] : own;
  return limit === undefined || limit === null ? null : { action, limit };
}

/** Least time between the starts of two actions of a session, in milliseconds; 0 for none. */
export const paceOf = (
  { paceMs }: OwnLimits,
  tenant: Pick<ActionLimits, "paceMs"> | null | undefined,
): number => paceMs ?? tenant?.paceMs ?? 0;

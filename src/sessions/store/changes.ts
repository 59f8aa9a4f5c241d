import type { Actor } from "../../announcements.ts";
import { changedColumns, type PlainColumns } from "./rows.ts";

export interface ChangeAbout {
  by: Actor;
  isNewLogin?: boolean;
  /** Why it was changed; left out: why it has its state. */
  reason?: string;
}

/** The event of a change, as it is recorded and announced. */
export function sessionChange<Session extends PlainColumns>(
  before: Session,
  after: Session,
  { by, isNewLogin = false, reason = after.reason ?? undefined }: ChangeAbout,
) {
  const { tenantId, id: sessionId, mode, state, updatedAt: at } = after;
  const { state: stateBefore } = before;
  const changed = [...changedColumns(before, after), ...(isNewLogin ? ["login"] : [])];
  const about = {
    tenantId,
    sessionId,
    mode,
    state,
    stateBefore,
    reason: reason ?? null,
    changed,
    by,
    at,
  };
  return { kind: "session.changed", ...about } as const;
}

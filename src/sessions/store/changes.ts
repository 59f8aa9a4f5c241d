import type { Actor } from "../../announcements.ts";
import { changedColumns, type PlainColumns } from "./rows.ts";

export interface ChangeAbout {
  by: Actor;
  isNewLogin?: boolean;
  /** Why it was changed; left out: why it has its state. */
  reason?: string;
}

/** From which stored proxy to which; null or left out: none. */
const proxyChange = (from: string | null, to: string | null) => ({
  proxyBefore: from,
  ...(to === null ? {} : { proxyId: to }),
});

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
    enabled: after.enabled,
    reason: reason ?? null,
    changed,
    ...(after.proxyId !== before.proxyId ? proxyChange(before.proxyId, after.proxyId) : {}),
    by,
    at,
  };
  return { kind: "session.changed", ...about } as const;
}

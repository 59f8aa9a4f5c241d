import { and, eq } from "drizzle-orm";
import type { Actor } from "../../announcements.ts";
import { recordIfChanged } from "../../db/audited.ts";
import type { Database } from "../../db/connection.ts";
import { type Mode, sessions } from "../../db/schema.ts";
import { SessionVersionConflict } from "../session-errors.ts";
import { sessionChange } from "./changes.ts";
import { ownSession } from "./lookup.ts";
import { type PlainColumns, plainColumnsOf } from "./rows.ts";
import type { sessionSaving } from "./saving.ts";

/** The columns of a session that its owner and the operator set: none is secret. */
export type ManagedColumns = Pick<
  PlainColumns,
  | "label"
  | "region"
  | "enabled"
  | "disabledBy"
  | "disabledAt"
  | "dailyBudgets"
  | "paceMs"
  | "blocks"
  | "blockedUntil"
>;

/** What to change in a session as it is; nothing where the object is empty. May throw. */
export type Managing = (session: PlainColumns) => Partial<ManagedColumns>;

const MAX_ATTEMPTS = 5;

/** Changing what a session's owner and the operator set, without its secrets. */
export function sessionManaging(
  db: Database,
  {
    now,
    announceChange,
  }: { now: () => number } & Pick<ReturnType<typeof sessionSaving>, "announceChange">,
) {
  return {
    /**
     * Changes a session of a tenant, in this mode or (null) in any, and announces it; also one whose
     * secrets cannot be read. Resolves with it as it is then, null where there is none.
     * Throws SessionVersionConflict, and what `managing` throws.
     */
    async manage(
      tenantId: string,
      mode: Mode | null,
      id: string,
      managing: Managing,
      by: Actor,
    ): Promise<PlainColumns | null> {
      for (let attempt = 1; ; attempt++) {
        const [row] = await db.read((orm) =>
          orm
            .select()
            .from(sessions)
            .where(ownSession(tenantId, mode, id)),
        );
        if (row === undefined) return null;
        const before = plainColumnsOf(row);
        const changes = managing(before);
        if (Object.keys(changes).length === 0) return before;
        const saved = { ...changes, version: before.version + 1, updatedAt: now() };
        const after = { ...before, ...saved };
        const [{ rowsAffected }] = await db.write((orm) =>
          orm.batch([
            orm
              .update(sessions)
              .set(saved)
              .where(and(eq(sessions.id, row.id), eq(sessions.version, before.version))),
            orm.run(recordIfChanged(sessionChange(before, after, { by }))),
          ]),
        );
        if (rowsAffected > 0) {
          await announceChange(before, after, { by });
          return after;
        }
        if (attempt >= MAX_ATTEMPTS) throw new SessionVersionConflict(id, before.version, null);
      }
    },
  };
}

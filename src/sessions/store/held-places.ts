import { and, eq, exists, sql } from "drizzle-orm";
import type { WriteStatement } from "../../db/batches.ts";
import type { Drizzle } from "../../db/connection.ts";
import { proxyHolds, sessions } from "../../db/schema.ts";
import type { Hold } from "../../proxies/hold.ts";
import type { StoredSession } from "./rows.ts";

/**
 * The statement, if there is a hold, that ends it when the session is stored in this version and so has
 * its place. It belongs into the transaction that stores the session.
 */
export function endOfHold(
  orm: Drizzle,
  hold: Hold | null,
  { id, version }: Pick<StoredSession, "id" | "version">,
): WriteStatement[] {
  if (hold === null) return [];
  const stored = orm
    .select({ one: sql`1` })
    .from(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.version, version)));
  return [orm.delete(proxyHolds).where(and(eq(proxyHolds.id, hold.id), exists(stored)))];
}

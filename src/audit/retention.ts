import { sql } from "drizzle-orm";
import { firstIdAt } from "../db/audited.ts";
import type { Database } from "../db/connection.ts";
import type { Expiring } from "../db/expiry.ts";

const DAY_MS = 86_400_000;

/** What is over of the audit record: everything older than so many days. */
export function auditRetention(db: Database, days: number): Expiring {
  const bound = (time: number): string => firstIdAt(time - days * DAY_MS);
  return {
    isAny: (time) => sql`SELECT 1 FROM audit WHERE id < ${bound(time)} LIMIT 1`,
    // A trigger keeps everything from this bound on.
    async prepare(time) {
      await db.write((orm) =>
        orm.run(sql`INSERT INTO meta (key, value) VALUES ('audit_kept_from', ${bound(time)})
          ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)`),
      );
    },
    remove: (time, limit) => sql`DELETE FROM audit WHERE id IN
      (SELECT id FROM audit WHERE id < ${bound(time)} ORDER BY id LIMIT ${limit})`,
  };
}

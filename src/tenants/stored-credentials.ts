import { and, eq, sql } from "drizzle-orm";
import { repeatInBatches } from "../db/batches.ts";
import { tellAgain } from "../db/change-feed.ts";
import type { Database } from "../db/connection.ts";
import { tenants } from "../db/schema.ts";

/**
 * Removes the account credentials of a tenant's sessions, in small batches beside other work. It
 * raises the version, so that a process with such a session in memory does not write them back.
 * Throws StorageUnavailable; called again, it continues.
 */
export async function removeCredentials(db: Database, tenantId: string): Promise<void> {
  const removed = await repeatInBatches(
    db,
    (limit) => sql`UPDATE sessions SET credentials = NULL, version = version + 1 WHERE id IN
      (SELECT id FROM sessions WHERE tenant_id = ${tenantId} AND credentials IS NOT NULL
        LIMIT ${limit})`,
  );
  // Other processes may have looked at a session before its turn came.
  if (removed > 0)
    await db.write((orm) => orm.run(tellAgain("tenant.credentials_removed", tenantId)));
}

/** The same for all tenants whose policy keeps none, in case a removal was interrupted. */
export async function removeLeftCredentials(db: Database): Promise<void> {
  const left = await db.read((orm) =>
    orm
      .select({ id: tenants.id })
      .from(tenants)
      .where(
        and(
          eq(tenants.storeCredentials, false),
          sql`EXISTS (SELECT 1 FROM sessions WHERE sessions.tenant_id = ${tenants.id}
            AND sessions.credentials IS NOT NULL)`,
        ),
      ),
  );
  for (const { id } of left) await removeCredentials(db, id);
}

import { and, eq, isNull, ne } from "drizzle-orm";
import type { Announcements } from "../announcements.ts";
import type { ChangeWatch } from "../db/change-watch.ts";
import type { Database } from "../db/connection.ts";
import { tenants } from "../db/schema.ts";

/** The CORS origins of all active tenants together. */
export interface CorsOrigins {
  /** Whether some tenant has the origin in its policy. Rejects with StorageUnavailable. */
  has(origin: string): Promise<boolean>;
}

/** Reads the origins once, and again only after a change. */
export function createCorsOrigins(
  db: Database,
  {
    changes,
    announcements,
  }: { changes: Pick<ChangeWatch, "epoch" | "on">; announcements: Announcements },
): CorsOrigins {
  let known: { epoch: number; origins: Promise<ReadonlySet<string>> } | null = null;
  const forget = (): void => {
    known = null;
  };
  announcements.on(["tenant.created", "tenant.changed", "tenant.deleted"], forget);
  changes.on(["tenant.created", "tenant.deleted"], forget);
  changes.on(["tenant.changed"], ({ changed }) => {
    if (changed.some((name) => name === "corsOrigins" || name === "status")) forget();
  });

  return {
    async has(origin) {
      const epoch = await changes.epoch();
      if (known?.epoch !== epoch) {
        const reading = { epoch, origins: readOrigins(db) };
        known = reading;
        // After a failure the next call reads again.
        reading.origins.catch(() => {
          if (known === reading) known = null;
        });
      }
      return (await known.origins).has(origin);
    },
  };
}

async function readOrigins(db: Database): Promise<ReadonlySet<string>> {
  const rows = await db.read((orm) =>
    orm
      .select({ origins: tenants.corsOrigins })
      .from(tenants)
      .where(
        and(eq(tenants.status, "active"), isNull(tenants.deletedAt), ne(tenants.corsOrigins, [])),
      ),
  );
  return new Set(rows.flatMap(({ origins }) => origins));
}

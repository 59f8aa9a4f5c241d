import type { Database } from "../../src/db/connection.ts";
import { meta } from "../../src/db/schema.ts";

/** Writes or replaces a small fact, the smallest write that there is. */
export async function writeMeta(db: Database, key: string, value: string): Promise<void> {
  await db.write((orm) =>
    orm
      .insert(meta)
      .values({ key, value })
      .onConflictDoUpdate({ target: meta.key, set: { value } }),
  );
}

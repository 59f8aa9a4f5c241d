import type { Database } from "../../src/db/connection.ts";
import { meta } from "../../src/db/schema.ts";

/** Sets a value in the table `meta`: the smallest write there is. */
export async function writeMeta(db: Database, key: string, value: string): Promise<void> {
  await db.write((orm) =>
    orm
      .insert(meta)
      .values({ key, value })
      .onConflictDoUpdate({ target: meta.key, set: { value } }),
  );
}

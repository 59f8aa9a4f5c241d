import { eq } from "drizzle-orm";
import type { Database } from "./connection.ts";
import { meta } from "./schema.ts";

/** A value of the table `meta`, or null when it was never written. */
export async function readMeta(db: Database, key: string): Promise<string | null> {
  const rows = await db.read((orm) => orm.select().from(meta).where(eq(meta.key, key)));
  return rows[0]?.value ?? null;
}

import { eq, sql } from "drizzle-orm";
import { writeInBatches } from "./batches.ts";
import type { Database } from "./connection.ts";
import type { apiKeys, sessions } from "./schema.ts";

const WRITE_EVERY_MS = 60_000;

/** Notes when rows were last used, and writes it once a minute in the background. */
export interface LastUse {
  /** `time` in unix milliseconds. */
  note(id: string, time: number): void;
  /** The newest use known here, which may not be written yet. */
  latest(id: string, written: number | null): number | null;
  /** Writes the noted uses. Throws StorageUnavailable; uses that were not written stay noted. */
  flush(): Promise<void>;
}

/** The last use of a table's rows, in its column `last_used_at`. */
export function createLastUse(db: Database, table: typeof apiKeys | typeof sessions): LastUse {
  const noted = new Map<string, number>();
  let timer: Timer | null = null;

  async function flush(): Promise<void> {
    await writeInBatches(db, [...noted], {
      statement: ([id, time]) =>
        db.drizzle
          .update(table)
          // Another machine may have written a later use.
          .set({ lastUsedAt: sql`max(coalesce(${table.lastUsedAt}, 0), ${time})` })
          .where(eq(table.id, id)),
      written: ([id, time]) => {
        if (noted.get(id) === time) noted.delete(id);
      },
    });
  }

  function arm(): void {
    timer = setTimeout(() => {
      timer = null;
      // After a failure the uses stay noted, and are written with the next one.
      flush().catch(() => {});
    }, WRITE_EVERY_MS);
    timer.unref();
  }

  return {
    note(id, time) {
      noted.set(id, time);
      if (timer === null) arm();
    },
    latest(id, written) {
      const here = noted.get(id);
      return here === undefined ? written : Math.max(here, written ?? 0);
    },
    async flush() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await flush();
    },
  };
}

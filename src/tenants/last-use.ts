import { eq, sql } from "drizzle-orm";
import type { Database } from "../db/connection.ts";
import { apiKeys } from "../db/schema.ts";

const writeEveryMs = 60_000;
const keysPerBatch = 200;

/** Notes when keys were last used and writes it now and then, never in a request's way. */
export interface LastUse {
  note(keyId: string, time: number): void;
  /** The newest use known here, which may not be written yet. */
  latest(keyId: string, written: number | null): number | null;
  /** Writes what is noted. Throws StorageUnavailable; what was not written stays noted. */
  flush(): Promise<void>;
}

export function createLastUse(db: Database): LastUse {
  let noted = new Map<string, number>();
  let timer: Timer | null = null;

  async function flush(): Promise<void> {
    const writing = noted;
    noted = new Map();
    const entries = [...writing];
    for (let start = 0; start < entries.length; start += keysPerBatch) {
      try {
        await writeBatch(db, entries.slice(start, start + keysPerBatch));
      } catch (error) {
        for (const [keyId, time] of entries.slice(start)) {
          if (!noted.has(keyId)) noted.set(keyId, time);
        }
        throw error;
      }
    }
  }

  function arm(): void {
    timer ??= setTimeout(() => {
      timer = null;
      // A failure is not lost: the uses stay noted and are tried again with the next one.
      flush().catch(() => {});
    }, writeEveryMs);
    timer.unref();
  }

  return {
    note(keyId, time) {
      noted.set(keyId, time);
      if (timer === null) arm();
    },
    latest(keyId, written) {
      const here = noted.get(keyId);
      return here === undefined ? written : Math.max(here, written ?? 0);
    },
    async flush() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await flush();
    },
  };
}

async function writeBatch(db: Database, entries: [string, number][]): Promise<void> {
  const update = ([keyId, time]: [string, number]) =>
    db.drizzle
      .update(apiKeys)
      // Another machine may have written a later use.
      .set({ lastUsedAt: sql`max(coalesce(${apiKeys.lastUsedAt}, 0), ${time})` })
      .where(eq(apiKeys.id, keyId));
  const [first, ...rest] = entries.map(update);
  if (first === undefined) return;
  await db.write((orm) => orm.batch([first, ...rest]));
}

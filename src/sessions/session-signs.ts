import { eq, sql } from "drizzle-orm";
import { writeInBatches } from "../db/batches.ts";
import type { Database } from "../db/connection.ts";
import { type SessionError, sessions } from "../db/schema.ts";

/** Signs of a session's life. Times are in unix milliseconds. */
export interface Signs {
  usedAt?: number;
  /** When Instagram has last answered well. */
  okAt?: number;
  error?: SessionError;
}

/** An error is worth to be seen from elsewhere soon; the rest is written once a minute. */
const ERROR_AFTER_MS = 1_000;
const WRITE_EVERY_MS = 60_000;

/** Notes signs of life of sessions, and writes them in the background. */
export interface SessionSigns {
  note(id: string, signs: Signs): void;
  /** Writes what is noted. Throws StorageUnavailable; what was not written stays noted. */
  flush(): Promise<void>;
}

export function createSessionSigns(db: Database): SessionSigns {
  const noted = new Map<string, Signs>();
  let timer: Timer | null = null;
  let dueAt = Number.POSITIVE_INFINITY;

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    dueAt = Number.POSITIVE_INFINITY;
    await writeInBatches(db, [...noted], {
      statement: ([id, signs]) =>
        db.drizzle.update(sessions).set(columnsOf(signs)).where(eq(sessions.id, id)),
      written: ([id, signs]) => {
        if (noted.get(id) === signs) noted.delete(id);
      },
    });
  }

  function arm(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (at >= dueAt) return;
    if (timer !== null) clearTimeout(timer);
    dueAt = at;
    // After a failure they stay noted, and are written with the next ones.
    timer = setTimeout(() => void flush().catch(() => {}), milliseconds);
    timer.unref();
  }

  return {
    note(id, signs) {
      noted.set(id, { ...noted.get(id), ...signs });
      arm(signs.error === undefined ? WRITE_EVERY_MS : ERROR_AFTER_MS);
    },
    flush,
  };
}

/** Another machine may have written later ones: they stay. */
function columnsOf({ usedAt = 0, okAt = 0, error }: Signs) {
  const { lastUsedAt, lastOkAt, lastError } = sessions;
  return {
    lastUsedAt: sql`nullif(max(coalesce(${lastUsedAt}, 0), ${usedAt}), 0)`,
    lastOkAt: sql`nullif(max(coalesce(${lastOkAt}, 0), ${okAt}), 0)`,
    ...(error && {
      lastError: sql`CASE WHEN coalesce(json_extract(${lastError}, '$.at'), 0) < ${error.at}
        THEN ${JSON.stringify(error)} ELSE ${lastError} END`,
    }),
  };
}

import { type SQL, sql } from "drizzle-orm";
import { repeatInBatches } from "./batches.ts";
import type { Database } from "./connection.ts";
import type { idempotencyRecords, uploads } from "./schema.ts";

/** Some half of a minute at random, so that several processes do not all look at the same time. */
const LOOK_EVERY_MS = 60_000;

/** Little of the thread at a time and long rests: nobody waits for this. */
const GENTLE = { budgetMs: 4, rest: 10 };

/** Removes the records that are over, in the background. */
export interface Expiry {
  /** Looks now and from then on. */
  start(): void;
  /** Removes what is over, and resolves with the number of records. Throws StorageUnavailable. */
  sweep(): Promise<number>;
  /** Stops after the current batch. */
  close(): Promise<void>;
}

export interface ExpiryOptions {
  /** Unix milliseconds. */
  now: () => number;
  /** Called after records were removed. */
  afterwards?: () => Promise<void>;
  /** Gets the error of a failure in the background; the next look tries again. */
  onFailed: (error: unknown) => void;
}

/** What is over at a time, in unix milliseconds. */
export interface Expiring {
  /** Finds a row if anything is over. */
  isAny(time: number): SQL;
  /** Comes before the removal, if anything is over. */
  prepare?(time: number): Promise<void>;
  /** Deletes some of it, `limit` rows at most. */
  remove(time: number, limit: number): SQL;
}

/** The rows of a table are over when their `expires_at` has come. */
export const byExpiresAt = (table: typeof idempotencyRecords | typeof uploads): Expiring => ({
  isAny: (time) => sql`SELECT 1 FROM ${table} WHERE expires_at <= ${time} LIMIT 1`,
  remove: (time, limit) => sql`DELETE FROM ${table} WHERE rowid IN
    (SELECT rowid FROM ${table} WHERE expires_at <= ${time} LIMIT ${limit})`,
});

/** Removes in the background what is over. */
export function createExpiry(
  db: Database,
  expiring: Expiring,
  { now, afterwards = async () => {}, onFailed }: ExpiryOptions,
): Expiry {
  const ending = new AbortController();
  const { signal } = ending;
  let timer: Timer | null = null;
  let running: Promise<number> | null = null;

  async function run(): Promise<number> {
    const time = now();
    const over = await db.read((orm) => orm.all(expiring.isAny(time)));
    if (over.length === 0) return 0;
    await expiring.prepare?.(time);
    const removed = await repeatInBatches(db, (limit) => expiring.remove(time, limit), {
      ...GENTLE,
      signal,
    });
    if (!signal.aborted) await afterwards();
    return removed;
  }

  function sweep(): Promise<number> {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  }

  function arm(): void {
    timer = setTimeout(look, LOOK_EVERY_MS * (0.5 + Math.random()));
    timer.unref();
  }

  function look(): void {
    sweep()
      .catch((error: unknown) => {
        if (!signal.aborted) onFailed(error);
      })
      .finally(() => {
        if (!signal.aborted) arm();
      });
  }

  return {
    start: look,
    sweep,
    async close() {
      ending.abort();
      if (timer !== null) clearTimeout(timer);
      await running?.catch(() => {});
    },
  };
}

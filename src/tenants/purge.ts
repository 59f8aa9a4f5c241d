import { and, eq, isNotNull, sql } from "drizzle-orm";
import { repeatInBatches } from "../db/batches.ts";
import type { Database } from "../db/connection.ts";
import { apiKeys, loginPauses, sessions, tenants } from "../db/schema.ts";

/**
 * Removes what deleted tenants have left. A tenant is deleted, for everybody at once, by the mark on
 * its row; its other rows may be a hundred thousand, so they go in small transactions with rests in
 * between, and what a kill leaves is taken up again at the next start.
 */
export interface Purge {
  /** Begins in the background, unless it is under way: then it looks once more when it is through. */
  start(): void;
  /** Resolves when nothing is left. Throws StorageUnavailable. */
  done(): Promise<void>;
  /** Ends it after the batch under way; the rest is for the next start. */
  close(): Promise<void>;
}

/** Tables with many rows of a tenant; what few rows others hold goes with the tenant itself. */
const LARGE_TABLES = [sessions, apiKeys, loginPauses];
const RETRY_MS = 30_000;

/** `onFailed` is told when the background work failed; it is tried again after a while. */
export function createPurge(db: Database, onFailed: (error: unknown) => void): Purge {
  const ending = new AbortController();
  const { signal } = ending;
  let running: Promise<void> | null = null;
  let again = false;
  let retry: Timer | null = null;

  async function run(): Promise<void> {
    do {
      again = false;
      const left = await db.read((orm) =>
        orm.select({ id: tenants.id }).from(tenants).where(isNotNull(tenants.deletedAt)),
      );
      for (const { id } of left) await removeAll(id);
    } while (again && !signal.aborted);
  }

  async function removeAll(id: string): Promise<void> {
    for (const table of LARGE_TABLES)
      await repeatInBatches(
        db,
        (limit) => sql`DELETE FROM ${table} WHERE rowid IN
          (SELECT rowid FROM ${table} WHERE tenant_id = ${id} LIMIT ${limit})`,
        { signal },
      );
    if (signal.aborted) return;
    await db.write((orm) =>
      orm.delete(tenants).where(and(eq(tenants.id, id), isNotNull(tenants.deletedAt))),
    );
  }

  function done(): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    again = true;
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  }

  function start(): void {
    if (retry !== null) clearTimeout(retry);
    retry = null;
    done().catch((error: unknown) => {
      if (signal.aborted) return;
      onFailed(error);
      retry = setTimeout(start, RETRY_MS);
      retry.unref();
    });
  }

  return {
    start,
    done,
    async close() {
      ending.abort();
      if (retry !== null) clearTimeout(retry);
      await running?.catch(() => {});
    },
  };
}

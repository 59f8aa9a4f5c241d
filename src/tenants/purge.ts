import { and, eq, isNotNull, sql } from "drizzle-orm";
import { usage } from "../db/audit-schema.ts";
import { repeatInBatches } from "../db/batches.ts";
import type { Database } from "../db/connection.ts";
import {
  apiKeys,
  idempotencyRecords,
  loginPauses,
  proxies,
  sessions,
  tenants,
  uploads,
} from "../db/schema.ts";

/**
 * Removes the rows of deleted tenants. `deleted_at` deletes a tenant for everybody at once. It may
 * have a hundred thousand other rows, so these are removed in small transactions with rests in
 * between; if the process is killed, the next start continues.
 */
export interface Purge {
  /** Begins in the background. If it is running already, it looks once more at its end. */
  start(): void;
  /** Removes all and resolves when nothing is left. Throws StorageUnavailable. */
  done(): Promise<void>;
  /** Stops after the current batch; the next start continues. */
  close(): Promise<void>;
}

/**
 * Tables with many rows of a tenant; rows of other tables are deleted with the tenant's own row.
 */
const LARGE_TABLES = [idempotencyRecords, uploads, sessions, proxies, apiKeys, loginPauses, usage];
const RETRY_MS = 30_000;

/** `onFailed` gets the error of a failure in the background; 30 seconds later it is tried again. */
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

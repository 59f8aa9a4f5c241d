import type { Database } from "../db/connection.ts";
import { migrationStatus } from "../db/migrate.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { Check } from "./dependencies.ts";

export interface ReadinessSources {
  db: Database;
  sessionStore: SessionStore;
  dependencyVersions: Record<string, string>;
}

/** Probes may come every second from several sides; the database is asked at most this often. */
const REUSE_MS = 1000;

/**
 * Checks what the service cannot work without: a database that can be read and written, a schema
 * that is this code's, the encryption keys of the stored sessions, and the installed packages.
 */
export function createReadiness(
  sources: ReadinessSources,
  monotonicNow: () => number = () => performance.now(),
): () => Promise<Record<string, Check>> {
  let last: { at: number; checks: Promise<Record<string, Check>> } | null = null;
  return () => {
    const now = monotonicNow();
    if (last === null || now - last.at > REUSE_MS) last = { at: now, checks: runAll(sources) };
    return last.checks;
  };
}

async function runAll(sources: ReadinessSources): Promise<Record<string, Check>> {
  const { db, sessionStore, dependencyVersions } = sources;
  const [storage, migrations, encryption] = await Promise.all([
    check(() => db.probeWrite()),
    check(async () => {
      const { pending, unknown } = await migrationStatus(db);
      if (pending.length > 0) throw new Error(`pending: ${pending.join(", ")}`);
      if (unknown.length > 0) throw new Error(`newer than this code: ${unknown.join(", ")}`);
    }),
    check(async () => {
      const count = await sessionStore.countUndecryptable();
      if (count > 0)
        throw new Error(`${count} sessions are under a key that ENCRYPTION_KEYS does not hold`);
    }),
  ]);
  const missing = Object.entries(dependencyVersions)
    .filter(([, version]) => version === "missing")
    .map(([name]) => name);
  return {
    storage,
    migrations,
    encryption,
    dependencies:
      missing.length === 0
        ? { status: "ok" }
        : { status: "error", detail: `not installed: ${missing.join(", ")}` },
  };
}

async function check(run: () => Promise<void>): Promise<Check> {
  try {
    await run();
    return { status: "ok" };
  } catch (error) {
    return { status: "error", detail: error instanceof Error ? error.message : "failed" };
  }
}

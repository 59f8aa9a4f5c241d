import type { CopyStatus, Database } from "../db/connection.ts";
import { migrationStatus } from "../db/migrate.ts";
import type { Switches } from "../sessions/switches.ts";
import type { BreakerStatus } from "../sessions/upstream-breaker.ts";
import type { Logger } from "./logger.ts";

/** Result of one readiness check. `detail` is for the operator and holds no secret. */
export interface Check {
  status: "ok" | "error";
  detail?: string;
}

/** A store whose rows are under encryption keys. */
interface EncryptedStore {
  countByState(): Promise<Readonly<Record<string, number>>>;
  countUndecryptable(): Promise<number>;
}

export interface ReadinessSources {
  db: Database;
  sessionStore: EncryptedStore;
  proxyStore: EncryptedStore;
  /** What keeps requests from Instagram. The service is ready all the same: it says so to callers. */
  upstream?: {
    switches: Pick<Switches, "upstream">;
    breaker: { readonly status: BreakerStatus };
  };
  dependencyVersions: Record<string, string>;
  logger: Pick<Logger, "error" | "info">;
}

type Checks = Record<string, Check>;

/** Several probes may ask every second. The database is checked at most this often. */
const REUSE_MS = 1000;
/** No probe waits longer for one check: Fly's give up after 5 s. */
const LONGEST_CHECK_MS = 3_000;
/** From this time on a good answer of the database is remarked as slow, in milliseconds. */
const SLOW_MS = 1_000;

/**
 * A function that checks what the service cannot work without: a database that can be read and
 * written, a schema that matches the code, the encryption keys of the stored sessions, and the
 * installed packages. When a check starts to fail or works again, that is logged.
 */
export function createReadiness(
  sources: ReadinessSources,
  monotonicNow: () => number = () => performance.now(),
): () => Promise<Checks> {
  let last: { at: number; checks: Promise<Checks> } | null = null;
  const checksOf = checksOn(sources, monotonicNow);
  const failing = new Set<string>();

  function logChanges(checks: Checks): void {
    for (const [name, { status, detail }] of Object.entries(checks)) {
      if ((status === "error") === failing.has(name)) continue;
      if (status === "error") {
        failing.add(name);
        sources.logger.error({ check: name, detail }, `not ready: ${name}: ${detail}`);
      } else {
        failing.delete(name);
        sources.logger.info({ check: name }, `ready again: ${name}`);
      }
    }
  }

  return async () => {
    const now = monotonicNow();
    if (last === null || now - last.at > REUSE_MS) last = { at: now, checks: checksOf() };
    const checks = { ...(await last.checks) };
    // Checking the file costs nothing, so its result is always fresh.
    const file = await check(() => sources.db.checkFile());
    if (file.status === "error") checks.storage = file;
    logChanges(checks);
    return checks;
  };
}

function checksOn(sources: ReadinessSources, monotonicNow: () => number): () => Promise<Checks> {
  const { db, sessionStore, proxyStore } = sources;
  const storage = bounded(async () => {
    const started = monotonicNow();
    await db.probeWrite();
    const took = monotonicNow() - started;
    return took < SLOW_MS ? null : `the database is slow: a write took ${Math.round(took)} ms`;
  });
  const migrations = bounded(async () => {
    const { pending, newer, unknown } = await migrationStatus(db);
    if (pending.length > 0) throw new Error(`pending: ${pending.join(", ")}`);
    if (unknown.length > 0) throw new Error(`newer than this code: ${unknown.join(", ")}`);
    if (newer.length === 0) return null;
    return `newer than this code, which works with them: ${newer.join(", ")}`;
  }, KEPT);
  const encryption = bounded(
    () => checkEncryption({ sessions: sessionStore, proxies: proxyStore }),
    KEPT,
  );
  const upstream = bounded(() => upstreamRemark(sources.upstream), KEPT);
  return async () => {
    const ofDatabase = { storage: storage(), migrations: migrations(), encryption: encryption() };
    const remark = upstream();
    return named(
      sources,
      {
        storage: await ofDatabase.storage,
        migrations: await ofDatabase.migrations,
        encryption: await ofDatabase.encryption,
      },
      await remark,
    );
  };
}

/** A slow database does not change what they are about; whether it answers, the storage's check says. */
const KEPT = { isKept: true };

function named(
  { db, dependencyVersions }: ReadinessSources,
  ofDatabase: Checks,
  upstream: Check,
): Checks {
  const missing = Object.entries(dependencyVersions)
    .filter(([, version]) => version === "missing")
    .map(([name]) => name);
  const copy = copyRemark(db.copyStatus());
  return {
    ...ofDatabase,
    dependencies:
      missing.length === 0
        ? { status: "ok" }
        : { status: "error", detail: `not installed: ${missing.join(", ")}` },
    // Only where there is something to say: the storage's check says the rest.
    ...(copy === null ? {} : { replica: { status: "ok" as const, detail: copy } }),
    ...(upstream.status === "ok" && upstream.detail !== undefined ? { upstream } : {}),
  };
}

/** The service works without the copy, or with an older one: the storage's check says whether it does. */
function copyRemark(status: CopyStatus | null): string | null {
  if (status === null || status.failingSince === null) return null;
  const { failingSince, problem, syncedAt, isRead } = status;
  const at = (time: number): string => new Date(time).toISOString();
  const reads = isRead
    ? `reads are answered from it, as it was at ${syncedAt === null ? "an earlier start" : at(syncedAt)}`
    : "reads go to the primary";
  return `the local copy does not follow the primary since ${at(failingSince)}: ${problem}; ${reads}`;
}

async function upstreamRemark(upstream: ReadinessSources["upstream"]): Promise<string | null> {
  if (upstream === undefined) return null;
  const { switches, breaker } = upstream;
  const { enabled, since } = await switches.upstream();
  if (!enabled)
    return `the operator has stopped all requests to Instagram${since === null ? "" : `, at ${new Date(since).toISOString()}`}`;
  const { state, isForAll, tenants } = breaker.status;
  if (state === "closed") return null;
  return `nearly all requests to Instagram fail: held back ${isForAll ? "for all tenants" : `for ${tenants} of the tenants`}`;
}

/**
 * A few sessions or proxies that cannot be decrypted are reported, but the service stays ready for the
 * others. When they are more than half, the configuration must be wrong, and the check fails.
 */
async function checkEncryption(stores: Record<string, EncryptedStore>): Promise<string | null> {
  const details: string[] = [];
  let isMostly = false;
  for (const [name, store] of Object.entries(stores)) {
    const unreadable = await store.countUndecryptable();
    if (unreadable === 0) continue;
    const states = await store.countByState();
    const all = Object.values(states).reduce((sum, count) => sum + count, 0);
    details.push(`${unreadable} of ${all} ${name}`);
    isMostly ||= unreadable * 2 > all;
  }
  if (details.length === 0) return null;
  const detail = `${details.join(" and ")} are under a key that ENCRYPTION_KEYS does not hold`;
  if (isMostly) throw new Error(detail);
  return detail;
}

/**
 * A check that answers in time, and runs once at a time however often it is asked for. When it is late,
 * `isKept` has it say that all is well if it was before; else it has failed.
 */
function bounded(run: () => unknown, { isKept = false } = {}): () => Promise<Check> {
  let running: Promise<Check> | null = null;
  let known: Check | null = null;
  return async () => {
    running ??= check(run).then((result) => {
      running = null;
      known = result;
      return result;
    });
    let timer: Timer | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, LONGEST_CHECK_MS, null);
    });
    const result = await Promise.race([running, late]);
    clearTimeout(timer);
    if (result !== null) return result;
    const detail = `the database has not answered within ${LONGEST_CHECK_MS / 1000} s`;
    return isKept && known?.status === "ok"
      ? { status: "ok", detail: `${detail}; all was well before` }
      : { status: "error", detail };
  };
}

/** Turns what `run` throws into a failed check. It may return a remark for the operator. */
async function check(run: () => unknown): Promise<Check> {
  try {
    const detail = await run();
    return typeof detail === "string" ? { status: "ok", detail } : { status: "ok" };
  } catch (error) {
    return { status: "error", detail: error instanceof Error ? error.message : "failed" };
  }
}

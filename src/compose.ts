import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { Announcements } from "./announcements.ts";
import { type App, createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { createChangeWatch } from "./db/change-watch.ts";
import { openInstallation } from "./db/installation.ts";
import { createLastUse } from "./db/last-use.ts";
import { sessions as sessionTable } from "./db/schema.ts";
import type { Emulator } from "./emulator/index.ts";
import { createEmulatorOnDemand } from "./emulator/on-demand.ts";
import type { AccessLog } from "./http/access-log.ts";
import type { Dependencies } from "./http/dependencies.ts";
import { FailureLimits } from "./http/failure-limits.ts";
import { InFlight } from "./http/in-flight.ts";
import { KeyLimits } from "./http/limits.ts";
import type { Logger } from "./http/logger.ts";
import { Metrics } from "./http/metrics.ts";
import { createReadiness } from "./http/readiness.ts";
import { createAppProfiles } from "./instagram/app-profiles.ts";
import { parseAllowList } from "./net/address-rules.ts";
import { createHostGuard, type HostGuard } from "./net/host-guard.ts";
import type { Platform } from "./platform/platform.ts";
import { secretOf } from "./secret-file.ts";
import { AccountSessions } from "./sessions/account-sessions.ts";
import { createKeyring } from "./sessions/keyring.ts";
import type { LiveSessionDependencies } from "./sessions/live-session.ts";
import { LiveSessions } from "./sessions/live-sessions.ts";
import { LoginPauses } from "./sessions/login-pauses.ts";
import { createSessionStore } from "./sessions/session-store.ts";
import { createApiKeyStore } from "./tenants/api-keys.ts";
import { createCorsOrigins } from "./tenants/cors-origins.ts";
import { isKeyAccepted, makeSandboxOnce, newSandboxKey } from "./tenants/sandbox.ts";
import { removeLeftCredentials } from "./tenants/stored-credentials.ts";
import { createTenantStore } from "./tenants/tenants.ts";
import { createUpstream } from "./upstream.ts";

/** A running service, apart from its listener. */
export interface Service extends App {
  deps: Dependencies;
  /** Where it is told what happens to tenants, keys and sessions. */
  announcements: Announcements;
  /** The key of the sandbox, in development and while it is accepted. */
  sandboxKey: string | null;
  /** Whether anybody could use it: false on a database that has no tenant yet. */
  hasTenants: boolean;
  /** Loads what the start has left for later, so that no request has to wait for it. */
  warmUp(): Promise<void>;
  /** Saves what is unsaved and closes the database. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  config: Config;
  logger: Logger;
  accessLog: AccessLog;
  platform: Platform;
  /** Which hosts tenants' URLs may lead to; by `config.urlAllowHosts` unless given. */
  guard?: HostGuard;
  emulator?: Emulator;
  /** Unix milliseconds. */
  now?: () => number;
  /** Milliseconds of a clock that is never set. */
  monotonicNow?: () => number;
  /** Waits so many milliseconds of that clock. */
  sleep?: (milliseconds: number) => Promise<void>;
}

/**
 * Opens the database, migrates it, and composes the service.
 * Throws StorageUnavailable, DatabaseMissing, DatabaseNewerThanCode, MigrationChanged,
 * EncryptionKeyInvalid, SecretFileUnusable.
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const {
    config,
    logger,
    accessLog,
    platform,
    guard = createHostGuard(parseAllowList(config.urlAllowHosts)),
    now = Date.now,
    monotonicNow = () => performance.now(),
    sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  } = options;
  const onDemand = createEmulatorOnDemand();
  const emulator = options.emulator ?? onDemand;
  const keyring = createKeyring(config.encryptionKeys);
  const { db } = await openInstallation(config.database);

  const announcements = new Announcements((error, kind) =>
    logger.error({ err: error, announcement: kind }, "what has happened was not taken note of"),
  );
  const changes = createChangeWatch(db, { announcements, monotonicNow, sleep });
  const tenants = createTenantStore(db, {
    now,
    announcements,
    onPurgeFailed: (error) =>
      logger.warn({ err: error }, "removing what a deleted tenant left failed; trying again"),
  });
  const apiKeys = createApiKeyStore(db, { now, announcements, changes });
  const sessionStore = createSessionStore(db, keyring, { now, announcements });
  const dependencyVersions = installedVersions();
  const build = {
    name: packageJson.name,
    version: packageJson.version,
    runtime: `bun ${Bun.version}`,
    git_sha: config.gitSha,
    build_time: config.buildTime,
    started_at: new Date(now()).toISOString(),
    region: config.region,
  };
  const metrics = new Metrics(
    {
      sessionsByState: () => sessionStore.countByState(),
      undecryptableSessions: () => sessionStore.countUndecryptable(),
      liveSessions: () => sessions.size,
    },
    build,
    dependencyVersions,
  );
  const inFlight = new InFlight();
  const sessionUse = createLastUse(db, sessionTable);
  const liveDependencies: LiveSessionDependencies = {
    store: sessionStore,
    announcements,
    isLocal: db.kind !== "remote",
    changes,
    profiles: createAppProfiles(config.appProfiles),
    fetchFor: createUpstream(platform, emulator, config.upstreamUrl),
    timeoutMs: config.upstreamTimeoutMs,
    now,
    monotonicNow,
    sleep,
    drift: metrics.drift,
    onQueueDepth: (change, tenantId) => {
      metrics.queueDepth(change);
      inFlight.waiting(tenantId, change);
    },
    noteUse: sessionUse.note,
  };
  const sessions: LiveSessions = new LiveSessions(liveDependencies, {
    onCacheLookup: metrics.sessionCache,
    onFlushError: (error) => {
      metrics.saveFailed();
      logger.warn({ err: error }, "saving a session in the background failed; trying again");
    },
  });
  removeLeftCredentials(db).catch((error: unknown) => {
    logger.warn({ err: error }, "credentials that are not to be kept are still stored");
  });
  const life = { ending: false, over: false };
  const deps: Dependencies = {
    adminToken: config.adminToken,
    metricsToken: config.metricsToken,
    trustedProxy: config.trustedProxy,
    tenants,
    apiKeys,
    sessions,
    sessionStore,
    logins: {
      accounts: new AccountSessions({ ...liveDependencies, sessions, region: config.region }),
      pauses: new LoginPauses(db, now),
      guard,
      probeWrite: () => db.probeWrite(),
    },
    corsOrigins: createCorsOrigins(db, { changes, announcements }),
    limits: new KeyLimits(
      {
        requestsPerSecond: config.keyRequestsPerSecond,
        burst: config.keyBurst,
      },
      monotonicNow,
    ),
    inFlight,
    failures: new FailureLimits(monotonicNow),
    metrics,
    logger,
    accessLog,
    build,
    dependencyVersions,
    requestDeadlineMs: config.requestDeadlineMs,
    sandboxFile: (path) => emulator.handle(new Request(`https://scontent.cdninstagram.com${path}`)),
    life,
    checkReadiness: createReadiness({ db, sessionStore, dependencyVersions, logger }),
  };

  // What was cut off by the end of the last process.
  tenants.startPurge();
  return {
    ...createApp(deps),
    deps,
    announcements,
    sandboxKey: await sandboxKey(),
    hasTenants: (await tenants.list({ limit: 1 })).tenants.length > 0,
    warmUp: () => (options.emulator ? Promise.resolve() : onDemand.load()),
    async close() {
      await tenants.close();
      await sessions.close();
      await Promise.all([apiKeys.flush(), sessionUse.flush()]).catch((error: unknown) => {
        logger.warn({ err: error }, "the last use of API keys and sessions was not saved");
      });
      await db.close();
      platform.close();
    },
  };

  async function sandboxKey(): Promise<string | null> {
    const file = config.sandboxKeyFile;
    if (file === null) return null;
    await makeSandboxOnce(db, () => secretOf(file, newSandboxKey), now);
    if (!existsSync(file)) return null;
    const key = secretOf(file, newSandboxKey);
    return (await isKeyAccepted(db, key, now)) ? key : null;
  }
}

const PROJECT = join(import.meta.dir, "..");

/** Versions of the dependencies that are installed; "missing" for one that is not. */
function installedVersions(): Record<string, string> {
  return Object.fromEntries(
    Object.keys(packageJson.dependencies).map((name) => {
      const file = join(PROJECT, "node_modules", name, "package.json");
      if (!existsSync(file)) return [name, "missing"];
      const { version }: { version?: unknown } = JSON.parse(readFileSync(file, "utf8"));
      return [name, typeof version === "string" ? version : "unknown"];
    }),
  );
}

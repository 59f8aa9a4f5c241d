import { SERVICE } from "./announcements.ts";
import { type App, createApp, type Dependencies } from "./app.ts";
import { auditRetention } from "./audit/retention.ts";
import { buildInfo, installedVersions } from "./build.ts";
import {
  logBreaker,
  logCopyEvent,
  logMigrations,
  openSpool,
  sandboxKeyOf,
} from "./compose-steps.ts";
import type { Config } from "./config.ts";
import { feedRetention } from "./db/change-feed.ts";
import { createExpiry } from "./db/expiry.ts";
import type { Emulator } from "./emulator/index.ts";
import { createEmulatorOnDemand } from "./emulator/on-demand.ts";
import type { AccessLog } from "./http/access-log.ts";
import { createDownloads } from "./http/downloads.ts";
import { FailureLimits } from "./http/failure-limits.ts";
import type { Shutdown } from "./http/gateway.ts";
import { HeldRefusals } from "./http/held-refusals.ts";
import { InFlight } from "./http/in-flight.ts";
import { KeyLimits } from "./http/key-limits.ts";
import type { Logger } from "./http/logger.ts";
import { Metrics } from "./http/metrics.ts";
import { createReadiness } from "./http/readiness.ts";
import type { Route } from "./http/route.ts";
import { SourceLimits } from "./http/source-limits.ts";
import { createFetchFile } from "./http/url-files.ts";
import { createAppProfiles } from "./instagram/app-profiles.ts";
import { createLeases, createReplays } from "./leases.ts";
import { createMediaTools } from "./media/create-media-tools.ts";
import { parseAllowList } from "./net/address-rules.ts";
import { createHostGuard, type HostGuard } from "./net/host-guard.ts";
import type { Platform } from "./platform/platform.ts";
import { createHostCheck } from "./proxies/fields.ts";
import { createProxyImport } from "./proxies/import/import.ts";
import { createProxyHealth, type ProxyHealth } from "./proxies/proxy-health.ts";
import { AccountSessions } from "./sessions/account-sessions.ts";
import { composeGates } from "./sessions/gate.ts";
import { budgetsOf } from "./sessions/guard/budget-view.ts";
import { Guard } from "./sessions/guard/guard.ts";
import { SessionImports } from "./sessions/import/session-imports.ts";
import { knownHoldersOf, listMachines } from "./sessions/leases/holders.ts";
import { leaseGate } from "./sessions/leases/lease-gate.ts";
import { LeaseLoop } from "./sessions/leases/lease-loop.ts";
import type { LiveSessionDependencies } from "./sessions/live-session.ts";
import { LiveSessions } from "./sessions/live-sessions.ts";
import { LoginPauses } from "./sessions/login-pauses.ts";
import { createProxyGate } from "./sessions/proxy-gate.ts";
import { requiredProxyGate } from "./sessions/required-proxy.ts";
import { createSessionSigns } from "./sessions/session-signs.ts";
import { SessionViews } from "./sessions/session-view.ts";
import { Switches } from "./sessions/switches.ts";
import { breakerGate, UpstreamBreaker } from "./sessions/upstream-breaker.ts";
import { createUrlFetch } from "./sessions/url-fetch.ts";
import { createClearProxy } from "./sessions/verbs/clear-proxy.ts";
import { SessionChecks } from "./sessions/verbs/manage-health.ts";
import { MovesOnDown } from "./sessions/verbs/proxy-moves.ts";
import { type Clock, machineClock, openStores, type Stores } from "./stores.ts";
import { createCorsOrigins } from "./tenants/cors-origins.ts";
import { removeLeftCredentials } from "./tenants/stored-credentials.ts";
import { createProxyProbe, createUpstream } from "./upstream.ts";
import { Usage } from "./usage/usage.ts";
import { createUsageReport, usageRetention } from "./usage/usage-report.ts";

/** Time for one check of a proxy. */
const LONGEST_CHECK_MS = 10_000;

/** How long uploads that are about to post may take at the end of the service. */
const LAST_UPLOADS_MS = 3_000;

/** A running service, apart from its listener. */
export interface Service extends App {
  stores: Stores;
  /** The sessions in memory. */
  sessions: LiveSessions;
  metrics: Metrics;
  proxyHealth: ProxyHealth;
  movesOnDown: MovesOnDown;
  /** This machine among others; null where it shares its sessions with none. */
  leaseLoop: LeaseLoop | null;
  /** The process moves it on as it ends. */
  shutdown: Shutdown;
  /** The API key of the sandbox; null in production, or if it was revoked. */
  sandboxKey: string | null;
  /** False on a database without a tenant: nobody can use the service yet. */
  hasTenants: boolean;
  /** Builds the sandbox before the first request needs it. */
  loadSandbox(): Promise<void>;
  /** Resolves when no upload runs in the background. */
  uploadsEnded(): Promise<void>;
  /** Saves all changes and closes the database. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  config: Config;
  logger: Logger;
  accessLog: AccessLog;
  platform: Platform;
  /** Decides which hosts the URLs of tenants may use; made from `config.urlAllowHosts` by default. */
  guard?: HostGuard;
  /** The Instagram of test keys; by default the emulator, built when it is first needed. */
  emulator?: Emulator;
  clock?: Clock;
  /** Routes beside the service's own. */
  routes?: readonly Route[];
}

/**
 * Opens and migrates the database, and composes the service: the stores, the live sessions, the other
 * dependencies of the routes, and the routes.
 * Throws StorageUnavailable, DatabaseMissing, DatabaseNewerThanCode, MigrationChanged,
 * EncryptionKeyInvalid, SecretFileUnusable.
 */
export async function createService({
  config,
  logger,
  accessLog,
  platform,
  guard = createHostGuard(parseAllowList(config.urlAllowHosts)),
  emulator = createEmulatorOnDemand(),
  clock = machineClock,
  routes = [],
}: ServiceOptions): Promise<Service> {
  const { now, monotonicNow } = clock;
  const warn =
    (message: string) =>
    (error: unknown): void =>
      logger.warn({ err: error }, message);

  const dependencyVersions = installedVersions();
  const build = buildInfo(config, now());
  const metrics = new Metrics(
    {
      sessionsByState: () => sessionStore.countByState(),
      undecryptableSessions: () => sessionStore.countUndecryptable(),
      liveSessions: () => sessions.size,
      machine: () => leases?.machine ?? null,
      isUpstreamEnabled: () => switches.upstream().then(({ enabled }) => enabled),
      breaker: () => breaker.status,
      proxiesByState: () => proxyStore.countByState(),
      copyStatus: () => db.copyStatus(),
      uploadsInBackground: () => uploadRecords.inBackground,
    },
    build,
    dependencyVersions,
  );
  const stores = await openStores({
    database: config.database,
    encryptionKeys: config.encryptionKeys,
    machineId: config.machineId,
    clock,
    onCopyEvent: (event) => logCopyEvent(logger, event),
    onRemoteRequest: metrics.remoteQuery,
    onListenerFailed: (error, kind) =>
      logger.error({ err: error, announcement: kind }, "a listener to an announcement failed"),
    onChangesFailed: warn(
      "what other processes have changed cannot be seen; what is in memory stays in use",
    ),
    onPurgeFailed: warn("removing what a deleted tenant left failed; trying again"),
    onIdempotencyFailed: warn("storing what came of an Idempotency-Key failed; trying again"),
    onUploadRecordFailed: warn("storing how an upload gets on failed; trying again"),
    onAssignmentFailed: warn("giving back places on proxies failed; trying again"),
  });
  logMigrations(logger, stores.migrated);
  const {
    db,
    announcements,
    changes,
    tenants,
    apiKeys,
    sessions: sessionStore,
    idempotency,
    uploads: uploadRecords,
    proxies: proxyStore,
    proxyDirectory: proxies,
    audit,
    assignment,
    lease,
    keyring,
  } = stores;

  const auditExpiry = createExpiry(db, auditRetention(db, config.auditDays), {
    now,
    onFailed: warn("old records of the audit could not be removed; trying again"),
  });
  const usage = new Usage(db, {
    now,
    onFailed: warn("storing what API keys use failed; trying again"),
  });
  const usageExpiry = createExpiry(db, usageRetention(config.usageDays), {
    now,
    onFailed: warn("old usage could not be removed; trying again"),
  });
  const changesExpiry = createExpiry(db, feedRetention, {
    now,
    onFailed: warn("old changes could not be removed; trying again"),
  });
  const inFlight = new InFlight();

  const proxyHealth = createProxyHealth({
    ...clock,
    db,
    keyring,
    announcements,
    proxies,
    probe: createProxyProbe(platform, {
      url: config.proxyChecks.url,
      upstreamUrl: config.upstreamUrl,
      timeoutMs: Math.min(LONGEST_CHECK_MS, config.upstreamTimeoutMs),
      mayAskInstagram: async () => (await switches.upstream()).enabled,
    }),
    intervalMs: config.proxyChecks.intervalMs,
    areChecked: config.proxyChecks.areOn,
    onDown: (proxyId) => movesOnDown.from(proxyId),
    onChecked: metrics.proxyChecked,
    onBlocked: metrics.addressBlocked,
    onFailed: warn("checking a proxy or storing what it has shown failed; trying again"),
  });

  announcements.on(["session.changed"], ({ stateBefore, state }) => {
    if (state !== stateBefore) metrics.sessionChangedState(stateBefore, state);
  });
  const { region } = config;
  const leases = createLeases(config, {
    db,
    clock,
    logger,
    onTaken: metrics.machines.leaseTaken,
    changes,
  });
  const signs = createSessionSigns(db);
  const switches = new Switches({ db, changes, announcements, now });
  const breaker = new UpstreamBreaker({
    ...config.upstreamBreaker,
    ...clock,
    onChange: (change) => logBreaker(logger, change),
  });

  const onQueueDepth = (change: number, tenantId: string): void => {
    metrics.queueDepth(change);
    inFlight.waiting(tenantId, change);
  };
  const accountGuard = new Guard({
    ...clock,
    db,
    announcements,
    onWaiting: onQueueDepth,
    onThrottle: metrics.throttled,
    onRefused: metrics.heldBack,
  });
  const shared: LiveSessionDependencies = {
    ...clock,
    store: sessionStore,
    announcements,
    isLocal: db.writesHere,
    changes,
    profiles: createAppProfiles(config.appProfiles),
    fetchFor: createUpstream(platform, emulator, config.upstreamUrl),
    // The guard may let a request wait: what must hold when it is sent comes after it.
    leases,
    gate: composeGates([
      accountGuard,
      requiredProxyGate,
      createProxyGate(proxyHealth.log, now),
      breakerGate(breaker),
      ...(leases === null ? [] : [leaseGate]),
      switches,
    ]),
    proxies,
    timeoutMs: config.upstreamTimeoutMs,
    drift: metrics.drift,
    onQueueDepth,
    noteSigns: signs.note,
  };
  const sessions: LiveSessions = new LiveSessions(shared, {
    onCacheLookup: metrics.sessionCache,
    onFlushError: (error) => {
      metrics.saveFailed();
      warn("saving a session in the background failed; trying again")(error);
    },
  });

  const ways = { assignment, proxies, region };
  const proxyMoves = { ways, sessions, store: sessionStore };
  const movesOnDown: MovesOnDown = new MovesOnDown(proxyMoves, {
    by: SERVICE,
    onMoved: (moves) => {
      metrics.sessionsMoved(moves);
      logger.warn(moves, "sessions were moved from a proxy that is down");
    },
    onFailed: warn("moving sessions away from a proxy that is down failed; trying again"),
  });
  const leaseLoop =
    leases &&
    new LeaseLoop({
      leases,
      sessions,
      homeOf: ({ stored }) => {
        const proxy = stored.proxyId === null ? null : proxies.known(stored.proxyId);
        return proxy?.region ?? stored.region;
      },
      onFailed: warn("handing sessions over failed; trying again"),
    });
  const urlFetch = createUrlFetch(guard);
  const checkHost = createHostCheck(guard);
  const shutdown: Shutdown = { draining: false, closed: false };
  const deps: Dependencies = {
    adminToken: config.adminToken,
    metricsToken: config.metricsToken,
    trustedProxy: config.trustedProxy,
    tenants,
    apiKeys,
    sessions,
    idempotency,
    uploadRecords,
    audit,
    usage,
    usageReport: createUsageReport(db, now),
    downloads: createDownloads(urlFetch),
    uploads: {
      media: createMediaTools({ ffmpeg: config.ffmpeg }),
      fetchFile: createFetchFile(urlFetch),
    },
    spool: await openSpool(config.spool, warn),
    uploadStallMs: config.spool.stallMs,
    logins: {
      accounts: new AccountSessions({ ...shared, sessions, assignment, region }),
      ways,
      pauses: new LoginPauses(db, now),
      checkHost,
      probeWrite: () => db.probeWrite(),
    },
    proxyManagement: {
      store: proxyStore,
      importProxies: createProxyImport(proxyStore, checkHost, monotonicNow),
      checkHost,
      clearProxy: createClearProxy({ db, sessions, assignment, region }),
    },
    imports: new SessionImports({
      store: sessionStore,
      noteStored: (stored) => sessions.peek(stored.id)?.copy.update(stored),
      guard,
      ways,
      profiles: shared.profiles,
      region,
      now,
    }),
    exports: { store: sessionStore, peek: (id) => sessions.peek(id), proxies: shared.proxies },
    proxyChecks: { store: proxyStore, checks: proxyHealth.checks },
    management: {
      store: sessionStore,
      ways,
      views: new SessionViews({
        now,
        sessions,
        proxies: shared.proxies,
        budgetsOf: (all) => budgetsOf({ db, now }, all),
        holdersOf: (ids) => knownHoldersOf({ db, leases, sessions }, ids),
      }),
      checks: new SessionChecks(clock),
      now,
    },
    upstream: { switches, breaker },
    machines: { listMachines: () => listMachines(db) },
    corsOrigins: createCorsOrigins(db, { changes, announcements }),
    limits: new KeyLimits(
      { requestsPerSecond: config.keyRequestsPerSecond, burst: config.keyBurst },
      monotonicNow,
    ),
    heldRefusals: new HeldRefusals(monotonicNow),
    sources: new SourceLimits(config.keylessRequestsPerSecond, monotonicNow),
    inFlight,
    failures: new FailureLimits(monotonicNow),
    metrics,
    logger,
    accessLog,
    build,
    dependencyVersions,
    requestDeadlineMs: config.requestDeadlineMs,
    uploadDeadlineMs: config.uploadDeadlineMs,
    sandboxFile: (path, headers) =>
      emulator.handle(new Request(`https://scontent.cdninstagram.com${path}`, { headers })),
    shutdown,
    replays: createReplays(leases, { keyring, metrics, monotonicNow }),
    checkReadiness: createReadiness({
      db,
      sessionStore,
      proxyStore,
      upstream: { switches, breaker },
      dependencyVersions,
      logger,
    }),
  };

  await changes.start();
  await leaseLoop?.start();
  // Finishes deletions that the end of the last process interrupted.
  tenants.startPurge();
  auditExpiry.start();
  usageExpiry.start();
  changesExpiry.start();
  idempotency.start();
  uploadRecords.start();
  proxyHealth.start();
  assignment.start();
  removeLeftCredentials(db).catch(warn("credentials that are not to be kept are still stored"));
  return {
    ...createApp(deps, routes),
    stores,
    sessions,
    metrics,
    proxyHealth,
    movesOnDown,
    shutdown,
    sandboxKey: await sandboxKeyOf(config, db, now),
    hasTenants: (await tenants.list({ limit: 1 })).tenants.length > 0,
    loadSandbox: async () => {
      await emulator.handle(new Request("https://i.instagram.com/"));
    },
    leaseLoop,
    uploadsEnded: () => uploadRecords.idle(),
    async close() {
      const expiries = [auditExpiry, usageExpiry, changesExpiry];
      await Promise.all([tenants.close(), ...expiries.map((expiry) => expiry.close())]);
      // Before the sessions: what they have changed in them is saved afterwards.
      await uploadRecords.close(LAST_UPLOADS_MS);
      await idempotency.close();
      await movesOnDown.close();
      await assignment.close();
      await lease.end().catch(warn("the sign of life was not withdrawn"));
      await sessions.close();
      await leaseLoop?.end().catch(warn("the sessions were not given back to other machines"));
      await usage.close();
      await proxyHealth.close().catch(warn("what was known of the proxies' health was not saved"));
      await Promise.all([apiKeys.flush(), signs.flush()]).catch(
        warn("the last use of API keys and sessions was not saved"),
      );
      changes.close();
      await db.close();
      platform.close();
    },
  };
}

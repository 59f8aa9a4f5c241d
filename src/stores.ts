import { Announcements } from "./announcements.ts";
import { type AuditLog, createAuditLog } from "./audit/audit-log.ts";
import type { Config } from "./config.ts";
import { type ChangeWatch, createChangeWatch, hasFeed } from "./db/change-watch.ts";
import type { CopyEvent, Database, DatabaseOptions } from "./db/connection.ts";
import { createIdSource } from "./db/ids.ts";
import { openInstallation } from "./db/installation.ts";
import { createKeyring, type Keyring } from "./db/keyring.ts";
import { Lease } from "./db/lease.ts";
import type { MigrationResult } from "./db/migrate.ts";
import { Idempotency } from "./idempotency/idempotency.ts";
import { ProxyAssignment } from "./proxies/assignment.ts";
import { createProxyDirectory, type ProxyDirectory } from "./proxies/directory.ts";
import { createProxyStore, type ProxyStore } from "./proxies/proxy-store.ts";
import { createSessionStore, type SessionStore } from "./sessions/session-store.ts";
import { type ApiKeyStore, createApiKeyStore } from "./tenants/api-keys.ts";
import { createTenantStore, type TenantStore } from "./tenants/tenants.ts";
import { Uploads } from "./uploads/uploads.ts";

/** The database and the stores on it, for the service, the CLI and the bench. */
export interface Stores {
  db: Database;
  /** The migrations that were applied when it was opened. */
  migrated: MigrationResult;
  /** Tells when another process has written. */
  changes: ChangeWatch;
  /** Announces what happens to tenants, keys and sessions. */
  announcements: Announcements;
  tenants: TenantStore;
  apiKeys: ApiKeyStore;
  sessions: SessionStore;
  proxies: ProxyStore;
  /** The proxies in use, in memory. */
  proxyDirectory: ProxyDirectory;
  idempotency: Idempotency;
  uploads: Uploads;
  audit: AuditLog;
  /** Assigns sessions to proxies. */
  assignment: ProxyAssignment;
  /** The sign of life of this process. */
  lease: Lease;
  keyring: Keyring;
}

/** Tells the time, and waits. */
export interface Clock {
  /** Unix milliseconds. */
  now: () => number;
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => number;
  /** Waits that long. */
  sleep: (milliseconds: number) => Promise<void>;
}

/** The clock of the machine. */
export const machineClock: Clock = {
  now: Date.now,
  monotonicNow: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export interface StoresOptions
  extends Pick<Config, "database" | "encryptionKeys">,
    Partial<Pick<Config, "machineId">> {
  clock?: Clock;
  /** Called with each turn in how a local copy follows a remote database. */
  onCopyEvent?: (event: CopyEvent) => void;
  /** Told of each request to a remote database. */
  onRemoteRequest?: DatabaseOptions["onRemoteRequest"];
  /** Called when a listener of the announcements fails. */
  onListenerFailed?: ConstructorParameters<typeof Announcements>[0];
  /** Called when it could not be seen what other processes have changed, once until it can again. */
  onChangesFailed?: (error: unknown) => void;
  /** Called when the rows of a deleted tenant could not be removed; it is tried again. */
  onPurgeFailed?: (error: unknown) => void;
  /** Called when an outcome could not be stored, or old records not removed; both are tried again. */
  onIdempotencyFailed?: (error: unknown) => void;
  /** The same for what became of uploads. */
  onUploadRecordFailed?: (error: unknown) => void;
  /** The same for places on proxies that logins have held. */
  onAssignmentFailed?: (error: unknown) => void;
}

/**
 * Opens the database, migrates it, and creates the stores. `db.close()` closes them.
 * Throws StorageUnavailable, DatabaseMissing, DatabaseNewerThanCode, MigrationChanged,
 * EncryptionKeyInvalid.
 */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { onListenerFailed, onPurgeFailed, clock = machineClock } = options;
  const { onIdempotencyFailed = () => {}, onUploadRecordFailed = () => {} } = options;
  const { onAssignmentFailed = () => {} } = options;
  const { now } = clock;
  const keyring = createKeyring(options.encryptionKeys);
  const { db, migrated } = await openInstallation({
    ...options.database,
    ...(options.onCopyEvent ? { onCopyEvent: options.onCopyEvent } : {}),
    ...(options.onRemoteRequest ? { onRemoteRequest: options.onRemoteRequest } : {}),
  });
  const announcements = new Announcements(onListenerFailed);
  const changes = createChangeWatch(db, {
    ...clock,
    announcements,
    ...(options.onChangesFailed ? { onFailed: options.onChangesFailed } : {}),
  });
  const lease = new Lease(db, now);
  return {
    db,
    migrated,
    changes,
    announcements,
    tenants: createTenantStore(db, {
      now,
      announcements,
      ...(onPurgeFailed ? { onPurgeFailed } : {}),
    }),
    audit: createAuditLog(db, now),
    apiKeys: createApiKeyStore(db, { now, announcements, changes }),
    sessions: createSessionStore(db, keyring, {
      now,
      announcements,
      // A file tells by itself, and of machines with leases one at a time uses a session.
      tellsSaves: hasFeed(db) && (options.machineId ?? null) === null,
    }),
    proxyDirectory: createProxyDirectory(db, keyring, { changes, announcements }),
    proxies: createProxyStore(db, keyring, { now, newId: createIdSource(now), announcements }),
    idempotency: new Idempotency({ db, lease, keyring, now, onFailed: onIdempotencyFailed }),
    uploads: new Uploads({
      db,
      lease,
      keyring,
      announcements,
      changes,
      now,
      newId: createIdSource(now),
      onFailed: onUploadRecordFailed,
    }),
    assignment: new ProxyAssignment({ db, lease, now, onFailed: onAssignmentFailed }),
    lease,
    keyring,
  };
}

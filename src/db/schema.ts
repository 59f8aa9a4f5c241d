import { sql } from "drizzle-orm";
import {
  blob,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { ACTION_KINDS, type Action, type ActionKind } from "../instagram/action-kinds.ts";

/*
 * The data of gramway. migrations/*.sql create the tables; a test compares them with this file. Ids
 * are ULIDs in upper case; times are unix milliseconds.
 */

/** `test` works against the built-in emulator, `live` against Instagram; the two never mix. */
export const MODES = ["test", "live"] as const;
export type Mode = (typeof MODES)[number];

/**
 * active: usable; challenge, two_factor: a login waits for a code; logged_out: Instagram has ended
 * it; cooling_down: Instagram has asked to slow down; upgrade_required: it refuses the app's release;
 * disabled: it has disabled the account, or somebody has switched the session off.
 */
export const SESSION_STATES = [
  "active",
  "challenge",
  "two_factor",
  "logged_out",
  "cooling_down",
  "upgrade_required",
  "disabled",
] as const;
export type SessionStateName = (typeof SESSION_STATES)[number];

/** Whether sessions need a proxy, and whether they are assigned one. */
export const PROXY_POLICIES = ["optional", "required", "direct"] as const;
export type ProxyPolicy = (typeof PROXY_POLICIES)[number];

declare const plain: unique symbol;
/** A secret as it is stored: AES-256-GCM ciphertext of a `Plain`. */
export type Sealed<Plain> = Buffer & { readonly [plain]: Plain };
const sealed = <Plain>(name: string) => blob(name, { mode: "buffer" }).$type<Sealed<Plain>>();

/** A customer or environment. It owns API keys and sessions, and never sees those of others. */
export const tenants = sqliteTable("tenants", {
  id: text().primaryKey(),
  name: text().notNull(),
  status: text({ enum: ["active", "suspended"] }).notNull(),
  /** Policy: keep account credentials (encrypted) so that a session can log in again by itself. */
  storeCredentials: integer("store_credentials", { mode: "boolean" }).notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
  // Policies: see tenants/policies.ts.
  requestsPerSecond: integer("requests_per_second"),
  burst: integer(),
  maxInFlight: integer("max_in_flight").notNull(),
  maxSessions: integer("max_sessions").notNull(),
  corsOrigins: text("cors_origins", { mode: "json" }).$type<string[]>().notNull(),
  /**
   * When the tenant was deleted; from then on it is gone for everybody, and its rows are removed.
   */
  deletedAt: integer("deleted_at"),
  proxyPolicy: text("proxy_policy", { enum: PROXY_POLICIES }).notNull().default("optional"),
  /** Actions a day by their kind; a kind without a number has no limit. */
  dailyBudgets: text("daily_budgets", { mode: "json" })
    .$type<Partial<Record<string, number>>>()
    .notNull()
    .default({}),
  /** Least time between the starts of two actions of a session. */
  paceMs: integer("pace_ms").notNull().default(0),
  maxProxies: integer("max_proxies").notNull().default(10_000),
  tenantRequestsPerSecond: integer("tenant_requests_per_second"),
});

/** A tenant's key to the HTTP API. The secret itself is never stored. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text().primaryKey(),
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    name: text().notNull(),
    mode: text({ enum: MODES }).notNull(),
    /** Space-separated, sorted. */
    scopes: text().notNull(),
    /** SHA-256 of the secret part of the key's text: 256 random bits need no slow hash. */
    secretHash: blob("secret_hash", { mode: "buffer" }).notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    revokedAt: integer("revoked_at"),
    /** Coarse: written at most once a minute. */
    lastUsedAt: integer("last_used_at"),
    /** The expiry that the key was created with; a rotation only makes expires_at earlier. */
    grantedUntil: integer("granted_until"),
  },
  (table) => [index("api_keys_tenant").on(table.tenantId, table.id)],
);

/** unknown: not used or checked yet; failing: the last try failed; down: it is not tried any more. */
export const PROXY_STATES = ["unknown", "healthy", "failing", "down"] as const;
export type ProxyState = (typeof PROXY_STATES)[number];

/** A proxy of a tenant, or one that the operator offers to all tenants. */
export const proxies = sqliteTable(
  "proxies",
  {
    id: text().primaryKey(),
    /** Null: the operator's, for all tenants. */
    tenantId: text("tenant_id").references(() => tenants.id, { onDelete: "cascade" }),
    /** Whose sessions it serves; null, only for the operator's: those of both modes. */
    mode: text({ enum: MODES }),
    /** The encryption key of `url`. */
    keyId: text("key_id").notNull(),
    /** Proxy URL with its credentials. */
    url: sealed<string>("url").notNull(),
    /** Keyed hash of the URL, to recognise it. */
    urlHash: text("url_hash").notNull(),
    label: text(),
    /** ISO 3166 alpha-2, upper case. */
    country: text(),
    /** Fly's code of the region near it. */
    region: text(),
    /** Sessions of a mode that it may serve; null: any number. */
    maxSessions: integer("max_sessions"),
    /** What becomes of its sessions while it is down: they wait, or move to another proxy. */
    onFailure: text("on_failure", { enum: ["fail", "move"] }).notNull(),
    // Triggers maintain these four.
    liveSessions: integer("live_sessions").notNull().default(0),
    testSessions: integer("test_sessions").notNull().default(0),
    liveHolds: integer("live_holds").notNull().default(0),
    testHolds: integer("test_holds").notNull().default(0),
    state: text({ enum: PROXY_STATES }).notNull(),
    stateSince: integer("state_since").notNull(),
    /** What failed last: a word. */
    lastError: text("last_error"),
    latencyMs: integer("latency_ms"),
    checkedAt: integer("checked_at"),
    /** When it is to be checked; null: not at all. */
    nextCheckAt: integer("next_check_at"),
    /** Failures in a row. */
    failures: integer().notNull().default(0),
    /** Answers that mean that Instagram blocks its address. */
    blocked: integer().notNull().default(0),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("proxies_tenant").on(table.tenantId, table.mode, table.id),
    index("proxies_url").on(table.tenantId, table.mode, table.urlHash),
    index("proxies_next_check").on(table.nextCheckAt),
    // Of expressions: see proxies/places.ts.
    index("proxies_live_places").on(table.tenantId),
    index("proxies_test_places").on(table.tenantId),
  ],
);

/** The number of proxies; see sessionCounts. `tenantId` is "" for the operator's. */
export const proxyCounts = sqliteTable(
  "proxy_counts",
  {
    tenantId: text("tenant_id").notNull(),
    state: text({ enum: PROXY_STATES }).notNull(),
    keyId: text("key_id").notNull(),
    proxies: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.state, table.keyId] })],
);

/** A place on a proxy that a login has until its session is stored. */
export const proxyHolds = sqliteTable(
  "proxy_holds",
  {
    id: text().primaryKey(),
    proxyId: text("proxy_id")
      .notNull()
      .references(() => proxies.id, { onDelete: "cascade" }),
    mode: text({ enum: MODES }).notNull(),
    /** The process that logs in: an id of idempotency_owners. */
    owner: text().notNull(),
    heldUntil: integer("held_until").notNull(),
  },
  (table) => [
    index("proxy_holds_proxy").on(table.proxyId),
    index("proxy_holds_until").on(table.heldUntil),
  ],
);

/** An error of a session's work, as its owner is told of it. */
export interface SessionError {
  /** The exc_type. */
  kind: string;
  message: string;
  /** Unix milliseconds. */
  at: number;
}

/** Actions of a session that have to wait, since Instagram has asked to slow down. */
export interface Block {
  /** All, or those of one kind. */
  action: Action | "all";
  /** Unix milliseconds. */
  until: number;
  /** When it began, in unix milliseconds. */
  since?: number;
  /** The exc_type of the answer that it follows from. */
  reason: string;
  /** How many there were in a row: each is longer than the one before. */
  strikes: number;
}

/** Actions a day by their kind; null: no limit. */
export type SessionBudgets = Partial<Record<ActionKind, number | null>>;

/**
 * An Instagram account of one tenant and mode, logged in or waiting for a code. Sealed columns are
 * encrypted under the key `key_id`, and bound to tenant, mode, session and column.
 */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    mode: text({ enum: MODES }).notNull(),
    username: text(),
    /** Decimal text: account pks pass 2^53. */
    userPk: text("user_pk"),
    state: text({ enum: SESSION_STATES }).notNull(),
    /** Region whose machines serve the session, null when any may. */
    region: text(),
    /** Raised by every save; a save of an older version is refused. */
    version: integer().notNull(),
    /** The encryption key of this row: the first 8 hex digits of its SHA-256. */
    keyId: text("key_id").notNull(),
    /** JSON text of the settings, kept byte for byte. */
    settings: sealed<string>("settings").notNull(),
    /** Proxy URL with its credentials. */
    proxy: sealed<string>("proxy"),
    credentials: sealed<{ username: string; password: string }>("credentials"),
    /** JSON text of the pending challenge or second factor. */
    challenge: sealed<string>("challenge"),
    /**
     * The upstream session id, URL-decoded: clients of the Python service send it as session id.
     */
    legacyId: sealed<string>("legacy_id"),
    /** Keyed hash of the legacy id, to find it without storing it readable. */
    legacyHash: text("legacy_hash"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    // The next, lastOkAt and lastError are written on their own, not by a save.
    /** Coarse: up to ten minutes old. */
    lastUsedAt: integer("last_used_at"),
    /** A name that the tenant has given it. */
    label: text(),
    /** A proxy of `proxies`; null when it has an own URL in `proxy`, or none. */
    proxyId: text("proxy_id").references(() => proxies.id),
    /** False: somebody has switched it off, and nothing goes to Instagram. */
    enabled: integer({ mode: "boolean" }).notNull().default(true),
    /** Since when it has its state; null for older rows. */
    stateSince: integer("state_since"),
    /** Why it has its state: a few words. */
    reason: text(),
    /** Refusals of its login in a row. */
    refusals: integer().notNull().default(0),
    /** When Instagram has last answered well. Coarse. */
    lastOkAt: integer("last_ok_at"),
    /** What went wrong last. Coarse. */
    lastError: text("last_error", { mode: "json" }).$type<SessionError>(),
    /** When the last of its cool-downs ends. */
    blockedUntil: integer("blocked_until"),
    /** Its cool-downs: sessions/guard/ has the rules. */
    blocks: text({ mode: "json" }).$type<Block[]>(),
    /** Its own limits. Null: the tenant's; so for a kind that it does not have. */
    dailyBudgets: text("daily_budgets", { mode: "json" }).$type<SessionBudgets>(),
    paceMs: integer("pace_ms"),
    /** Who has switched it off: the id of an API key, or `operator`; null while it is enabled. */
    disabledBy: text("disabled_by"),
    disabledAt: integer("disabled_at"),
  },
  (table) => [
    uniqueIndex("sessions_legacy").on(table.tenantId, table.mode, table.legacyHash),
    index("sessions_tenant").on(table.tenantId, table.mode, table.id),
    index("sessions_username").on(table.tenantId, table.mode, table.username, table.id),
    index("sessions_user_pk")
      .on(table.tenantId, table.mode, table.userPk)
      .where(sql`user_pk IS NOT NULL`),
    index("sessions_credentials").on(table.tenantId, table.id).where(sql`credentials IS NOT NULL`),
    index("sessions_legacy_key")
      .on(table.tenantId, table.mode, table.keyId)
      .where(sql`legacy_hash IS NOT NULL`),
    index("sessions_state").on(table.tenantId, table.mode, table.state, table.id),
    index("sessions_proxy").on(table.proxyId, table.id).where(sql`proxy_id IS NOT NULL`),
    index("sessions_label")
      .on(table.tenantId, table.mode, table.label, table.id)
      .where(sql`label IS NOT NULL`),
    index("sessions_blocked")
      .on(table.tenantId, table.mode, table.id)
      .where(sql`blocked_until IS NOT NULL`),
    index("sessions_on_proxy")
      .on(table.tenantId, table.mode, table.proxyId, table.id)
      .where(sql`proxy_id IS NOT NULL`),
    index("sessions_off").on(table.tenantId, table.mode, table.id).where(sql`enabled = 0`),
  ],
);

/**
 * The number of sessions by state and encryption key. Triggers maintain it, so that metrics and
 * readiness need not count a million rows.
 */
export const sessionCounts = sqliteTable(
  "session_counts",
  {
    state: text({ enum: SESSION_STATES }).notNull(),
    keyId: text("key_id").notNull(),
    sessions: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.state, table.keyId] })],
);

/** How many actions of a kind a session has done today. */
export const actionCounts = sqliteTable(
  "action_counts",
  {
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    action: text({ enum: ACTION_KINDS }).notNull(),
    used: integer().notNull(),
    /** When that day ends for its account. */
    resetAt: integer("reset_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.action] })],
);

/** The least time between a session's actions. */
export const actionPaces = sqliteTable("action_paces", {
  sessionId: text("session_id")
    .primaryKey()
    .references(() => sessions.id, { onDelete: "cascade" }),
  /** From when on it may begin the next one. */
  nextAt: integer("next_at").notNull(),
});

/** Failed logins of an account, and the time until which further ones are refused. */
export const loginPauses = sqliteTable(
  "login_pauses",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    mode: text({ enum: MODES }).notNull(),
    username: text().notNull(),
    /** Wrong passwords and codes in a row. */
    failures: integer().notNull(),
    /** 0 when logins are not paused. */
    pausedUntil: integer("paused_until").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.mode, table.username] }),
    index("login_pauses_updated").on(table.tenantId, table.updatedAt),
  ],
);

/** The number of a tenant's sessions, for its limit. Triggers maintain it. */
export const tenantSessionCounts = sqliteTable("tenant_session_counts", {
  tenantId: text("tenant_id").primaryKey(),
  sessions: integer().notNull(),
});

/** What became of a session's request with an Idempotency-Key: idempotency/ has the rules. */
export const idempotencyRecords = sqliteTable(
  "idempotency_records",
  {
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** Keyed hash of tenant, mode, session and the key itself. */
    keyHash: text("key_hash").notNull(),
    tenantId: text("tenant_id").notNull(),
    /** Keyed hash of the operation and its fields. */
    requestHash: text("request_hash").notNull(),
    /** started: it runs, or its process has ended; unknown: its answer was lost. */
    state: text({ enum: ["started", "finished", "unknown"] }).notNull(),
    /** Who runs it or did: an id of idempotency_owners. */
    owner: text().notNull(),
    /** Raised when another process takes the record over, and when the outcome is lost. */
    version: integer().notNull(),
    /** The encryption key of `answer`. */
    keyId: text("key_id"),
    /** JSON text, which http/idempotency.ts writes and reads. */
    answer: sealed<string>("answer"),
    /** Names this use of the key, with the hash: the tokens of its writes follow from it. */
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.keyHash] }),
    index("idempotency_records_tenant").on(table.tenantId),
    index("idempotency_records_expiry").on(table.expiresAt),
  ],
);

/** The number of a session's idempotency records, for its limit. Triggers maintain it. */
export const idempotencyCounts = sqliteTable("idempotency_counts", {
  sessionId: text("session_id").primaryKey(),
  records: integer().notNull(),
});

/**
 * An upload that answers before it is done, or that has an Idempotency-Key: uploads/ has the rules.
 */
export const uploads = sqliteTable(
  "uploads",
  {
    id: text().primaryKey(),
    tenantId: text("tenant_id").notNull(),
    mode: text({ enum: MODES }).notNull(),
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** What it makes. */
    kind: text({ enum: ["media", "story", "message"] }).notNull(),
    /** How far it was when this was last written; done and failed are final. */
    state: text({ enum: ["received", "sending", "transcoding", "done", "failed"] }).notNull(),
    /** Whether what it makes may exist: nobody can tell when its process ends now. */
    mayExist: integer("may_exist", { mode: "boolean" }).notNull(),
    sentBytes: integer("sent_bytes").notNull(),
    totalBytes: integer("total_bytes").notNull(),
    /** Who runs it or did: an id of idempotency_owners. */
    owner: text().notNull(),
    /** The encryption key of `result`. */
    keyId: text("key_id"),
    /** JSON text: what it made when it is done, the problem when it has failed. */
    result: sealed<string>("result"),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    index("uploads_session").on(table.sessionId),
    index("uploads_tenant").on(table.tenantId),
    index("uploads_expiry").on(table.expiresAt),
  ],
);

/** A process that runs requests with an Idempotency-Key, or uploads; named after its first use. */
export const owners = sqliteTable("idempotency_owners", {
  /** Random, of each run of a process. */
  id: text().primaryKey(),
  host: text().notNull(),
  pid: integer().notNull(),
  /** Until when it counts as alive without a further sign. */
  leaseUntil: integer("lease_until").notNull(),
});

/** Single values of the installation, such as the database's id. */
export const meta = sqliteTable("meta", {
  key: text().primaryKey(),
  value: text().notNull(),
});

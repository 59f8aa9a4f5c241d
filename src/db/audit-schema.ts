import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { MODES } from "./schema.ts";

/* What was done, and how much was used: beside the data of schema.ts, and referring to none of it. */

/** Who did it: the operator over HTTP or by the CLI, an API key, Instagram by an answer, the service. */
export const AUDIT_ACTORS = ["operator", "cli", "key", "instagram", "service"] as const;

/**
 * What happened, append-only: db/audited.ts writes it. It has no references, since it outlives what it
 * tells of. Its id has the time.
 */
export const audit = sqliteTable(
  "audit",
  {
    id: text().primaryKey(),
    /** A kind of AUDIT_KINDS, also of older versions. */
    kind: text().notNull(),
    /** Null for what is the operator's own. */
    tenantId: text("tenant_id"),
    mode: text({ enum: MODES }),
    actor: text({ enum: AUDIT_ACTORS }).notNull(),
    /** The API key that did it. */
    actorKeyId: text("actor_key_id"),
    /** The address that the request came from. */
    address: text(),
    /** The key, session or proxy to which it was done. */
    keyId: text("key_id"),
    sessionId: text("session_id"),
    proxyId: text("proxy_id"),
    /** A JSON object: never a secret. */
    details: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index("audit_tenant").on(table.tenantId, table.id),
    index("audit_tenant_kind").on(table.tenantId, table.kind, table.id),
    index("audit_kind").on(table.kind, table.id),
    index("audit_actor_key").on(table.actorKeyId, table.id).where(sql`actor_key_id IS NOT NULL`),
    index("audit_key").on(table.keyId, table.id).where(sql`key_id IS NOT NULL`),
    index("audit_session").on(table.sessionId, table.id).where(sql`session_id IS NOT NULL`),
    index("audit_proxy").on(table.proxyId, table.id).where(sql`proxy_id IS NOT NULL`),
  ],
);

/**
 * What has changed of that which processes keep in memory, kept for an hour: triggers on `audit` and
 * `proxies` write it, db/change-feed.ts reads it.
 */
export const changes = sqliteTable("changes", {
  /** The order of the commits. */
  seq: integer().primaryKey({ autoIncrement: true }),
  /** A FeedKind, also of other versions. */
  kind: text().notNull(),
  tenantId: text("tenant_id"),
  keyId: text("key_id"),
  sessionId: text("session_id"),
  proxyId: text("proxy_id"),
  /** Of the session after the change. */
  version: integer(),
  /** Of the tenant after the change. */
  status: text({ enum: ["active", "suspended"] }),
  /** A JSON list: what was changed, or the ids and versions of saved sessions. */
  changed: text(),
  /** Unix milliseconds of the database's clock. */
  at: integer().notNull(),
});

/** What an API key has used of an operation on one day. */
export const usage = sqliteTable(
  "usage",
  {
    /** Days since 1970, in UTC. */
    day: integer().notNull(),
    tenantId: text("tenant_id").notNull(),
    keyId: text("key_id").notNull(),
    /** The key's. */
    mode: text({ enum: MODES }).notNull(),
    /** The operation's id in the contract. */
    operation: text().notNull(),
    /** Requests, with those that were refused or failed. */
    calls: integer().notNull(),
    /** Answers with a status of 400 to 499. */
    refused: integer().notNull(),
    /** Answers with a status of 500 or more. */
    failed: integer().notNull(),
    upstreamCalls: integer("upstream_calls").notNull(),
    bytesIn: integer("bytes_in").notNull(),
    bytesOut: integer("bytes_out").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.day, table.keyId, table.operation] }),
    index("usage_day_tenant").on(table.day, table.tenantId, table.keyId, table.operation),
  ],
);

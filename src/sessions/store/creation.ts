import { and, eq, lt, sql } from "drizzle-orm";
import { type Actor, type Announcements, OPERATOR } from "../../announcements.ts";
import { type AuditEntry, recordIfChanged } from "../../db/audited.ts";
import type { Database } from "../../db/connection.ts";
import { existingTenant } from "../../db/existing-tenant.ts";
import type { NewId } from "../../db/ids.ts";
import { insertWhere } from "../../db/insert.ts";
import type { Keyring } from "../../db/keyring.ts";
import { proxies, sessions, tenants } from "../../db/schema.ts";
import { tenantNotFound } from "../../problems/gateway.ts";
import type { Hold } from "../../proxies/hold.ts";
import { hasPlace } from "../../proxies/places.ts";
import {
  AccountHasSession,
  LegacyIdTaken,
  ProxyPlaceLost,
  SessionLimitReached,
} from "../session-errors.ts";
import { cleanSessionId } from "../session-id.ts";
import { createMany } from "./bulk-creation.ts";
import { endOfHold } from "./held-places.ts";
import { legacyIdFree, rethrowTaken, withLegacyId } from "./legacy-ids.ts";
import { blankColumns, type NewSession, type StoredSession, sealRow } from "./rows.ts";

/** Creating sessions. */
export function sessionCreation(
  db: Database,
  keyring: Keyring,
  { now, newId, announcements }: { now: () => number; newId: NewId; announcements: Announcements },
) {
  function fresh(input: NewSession): StoredSession {
    const time = now();
    return {
      ...blankColumns,
      enabled: true,
      refusals: 0,
      stateSince: time,
      ...input,
      legacyId: input.legacyId ? cleanSessionId(input.legacyId) : null,
      id: newId(),
      version: 1,
      createdAt: input.createdAt ?? time,
      updatedAt: time,
    };
  }

  function insertion(session: StoredSession, firstOfAccount: boolean, hold: Hold | null) {
    const { mode, proxyId } = session;
    const row = sealRow(keyring, session);
    const credentials = sql`CASE WHEN ${tenants.storeCredentials} THEN ${row.credentials} END`;
    return insertWhere(
      db.drizzle,
      sessions,
      { ...row, credentials },
      tenants,
      and(
        existingTenant(session.tenantId),
        legacyIdFree(keyring, session),
        firstOfAccount ? isFirstOfAccount(session) : undefined,
        lt(sessionCount, tenants.maxSessions),
        proxyId === null ? undefined : hasPlace(mode, proxyId, hold),
      ),
    );
  }

  async function sizeOf(tenantId: string) {
    const [tenant] = await db.read((orm) =>
      orm
        .select({ limit: tenants.maxSessions, sessions: sessionCount })
        .from(tenants)
        .where(existingTenant(tenantId)),
    );
    return tenant;
  }

  /** The reason why nothing was inserted. */
  async function refusalOf({ tenantId, mode, legacyId, proxyId }: StoredSession): Promise<Error> {
    if (legacyId !== null) {
      const same = withLegacyId(keyring, tenantId, mode, legacyId);
      const others = await db.read((orm) =>
        orm.select({ id: sessions.id }).from(sessions).where(same),
      );
      if (others.length > 0) return new LegacyIdTaken();
    }
    const tenant = await sizeOf(tenantId);
    if (tenant === undefined) return tenantNotFound();
    if (tenant.sessions >= tenant.limit) return new SessionLimitReached(tenant.limit);
    if (proxyId !== null) {
      const found = await db.read((orm) =>
        orm
          .select({ hasPlace: sql<number>`${hasPlace(mode, proxyId, null)}` })
          .from(proxies)
          .where(eq(proxies.id, proxyId)),
      );
      if (found[0]?.hasPlace !== 1) return new ProxyPlaceLost();
    }
    return new AccountHasSession();
  }

  return {
    /**
     * Resolves when durable. Account credentials are stored only if the tenant's policy says so.
     * With `firstOfAccount`, throws AccountHasSession when a session has the same username or user
     * pk.
     * A session with a proxy takes the place of the hold `hold`, or a free one.
     * Throws LegacyIdTaken, SessionLimitReached, TenantNotFound, ProxyPlaceLost.
     */
    async create(
      input: NewSession,
      {
        firstOfAccount = false,
        hold = null,
        by = OPERATOR,
      }: { firstOfAccount?: boolean; hold?: Hold | null; by?: Actor } = {},
    ): Promise<StoredSession> {
      const session = fresh(input);
      const [{ rowsAffected }] = await db
        .write((orm) =>
          orm.batch([
            insertion(session, firstOfAccount, hold),
            orm.run(recordIfChanged(recordOf(session, by))),
            ...endOfHold(orm, hold, session),
          ]),
        )
        .catch(rethrowTaken);
      if (rowsAffected === 0) throw await refusalOf(session);
      if (hold) hold.isKept = true;
      await announcements.announce(created(session, by));
      return session;
    },

    /** How many sessions the tenant may keep, and how many more. Throws TenantNotFound. */
    async room(tenantId: string): Promise<{ limit: number; left: number }> {
      const tenant = await sizeOf(tenantId);
      if (tenant === undefined) throw tenantNotFound();
      return { limit: tenant.limit, left: Math.max(0, tenant.limit - tenant.sessions) };
    },

    /**
     * Creates many sessions of one tenant in few transactions; an error stands for one that create()
     * would refuse. One with a proxy of the tenant's or the operator's takes the place of its hold.
     * Throws StorageUnavailable; the sessions of earlier transactions stay.
     */
    createMany: (
      inputs: readonly NewSession[],
      { by = OPERATOR, holds = [] }: { by?: Actor; holds?: readonly (Hold | null)[] } = {},
    ): Promise<(StoredSession | Error)[]> =>
      createMany(db, keyring, inputs.map(fresh), {
        holds,
        refusalOf,
        record: (session) => recordOf(session, by),
        announce: (session) => announcements.announce(created(session, by)),
      }),
  };
}

// An imported session may be older than its creation here.
const created = ({ id, tenantId, mode, state, updatedAt }: StoredSession, by: Actor) =>
  ({ kind: "session.created", tenantId, sessionId: id, mode, state, by, at: updatedAt }) as const;

/** The record has what is not announced: the account and its proxy. */
const recordOf = (session: StoredSession, by: Actor): AuditEntry => ({
  ...created(session, by),
  username: session.username,
  ...(session.proxyId === null ? {} : { proxyId: session.proxyId }),
});

/** The number of sessions of the statement's tenant. */
const sessionCount = sql<number>`coalesce((SELECT counts.sessions FROM tenant_session_counts AS counts
  WHERE counts.tenant_id = tenants.id), 0)`;

const isFirstOfAccount = ({ tenantId, mode, username, userPk }: StoredSession) =>
  sql`NOT EXISTS (SELECT 1 FROM sessions AS same WHERE same.tenant_id = ${tenantId}
    AND same.mode = ${mode} AND (same.username = ${username} OR same.user_pk = ${userPk}))`;

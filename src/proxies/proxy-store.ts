import { and, eq, sql } from "drizzle-orm";
import { type Actor, type Announcements, OPERATOR } from "../announcements.ts";
import { type AuditEntry, recordIfChanged } from "../db/audited.ts";
import type { Database } from "../db/connection.ts";
import { existingTenant } from "../db/existing-tenant.ts";
import type { NewId } from "../db/ids.ts";
import { insertWhere } from "../db/insert.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "../db/keyring.ts";
import type { PaceOptions } from "../db/pace.ts";
import { proxies, tenants } from "../db/schema.ts";
import { GatewayProblem, tenantNotFound } from "../problems/gateway.ts";
import {
  openProxy,
  type ProxyPlace,
  type ProxyRow,
  type ProxySummary,
  placeOf,
  sealUrl,
  summaryOf,
} from "./rows.ts";
import { createMany } from "./store/bulk-creation.ts";
import {
  countOf,
  inUse,
  isUnused,
  limitReached,
  MAX_OFFERED,
  type ProxyOwner,
  sameUrl,
} from "./store/conditions.ts";
import { proxyListing } from "./store/listing.ts";
import { reencryptProxies } from "./store/reencryption.ts";

/** The fields of a proxy that its owner chooses, all made uniform: see fields.ts. */
export interface ProxyFields
  extends Pick<ProxyRow, "label" | "country" | "region" | "maxSessions" | "onFailure"> {
  /** With its credentials, in the normal form of parseProxyUrl(). */
  url: string;
}

/** What createMany() made of a proxy. */
export type Creation = "created" | "existing" | "limit";

export interface ProxyStoreOptions {
  now: () => number;
  newId: NewId;
  announcements: Announcements;
}

export type ProxyStore = ReturnType<typeof createProxyStore>;

/**
 * The proxies of all tenants, and those of the operator. A proxy of another owner is answered like an
 * unknown one. All methods throw StorageUnavailable when the database cannot serve.
 */
export function createProxyStore(
  db: Database,
  keyring: Keyring,
  { now, newId, announcements }: ProxyStoreOptions,
) {
  const listing = proxyListing(db, keyring);

  function rowOf(place: ProxyPlace, { url, ...fields }: ProxyFields): ProxyRow {
    const id = newId();
    const time = now();
    return {
      id,
      ...place,
      ...sealUrl(keyring, id, place, url),
      ...fields,
      ...UNUSED,
      stateSince: time,
      // The sandbox's are not checked: there is no network.
      nextCheckAt: place.mode === "test" ? null : time,
      createdAt: time,
      updatedAt: time,
    };
  }

  /** One statement with the checks, so that two processes cannot both pass them. */
  function insertion(place: ProxyPlace, fields: ProxyFields, row: ProxyRow) {
    const isNew = sql`NOT EXISTS (SELECT 1 FROM proxies AS same WHERE
      ${sameUrl(keyring, place, fields.url, "same")})`;
    if (place.tenantId === null) {
      const owned = sql`${isNew} AND ${countOf("")} < ${MAX_OFFERED}`;
      return insertWhere(db.drizzle, proxies, row, sql`(SELECT 1)`, owned);
    }
    const isRoom = sql`${countOf(place.tenantId)} < ${tenants.maxProxies}`;
    return insertWhere(
      db.drizzle,
      proxies,
      row,
      tenants,
      and(existingTenant(place.tenantId), isNew, isRoom),
    );
  }

  async function withUrl(place: ProxyPlace, url: string): Promise<ProxyRow | null> {
    const rows = await db.read((orm) =>
      orm
        .select()
        .from(proxies)
        .where(sameUrl(keyring, place, url))
        .limit(1),
    );
    return rows[0] ?? null;
  }

  /** Why nothing was inserted, although there is no proxy with that URL. */
  async function refusalOf({ tenantId }: ProxyPlace): Promise<Error> {
    if (tenantId === null) return limitReached(MAX_OFFERED);
    const [tenant] = await db.read((orm) =>
      orm.select({ limit: tenants.maxProxies }).from(tenants).where(existingTenant(tenantId)),
    );
    return tenant === undefined ? tenantNotFound() : limitReached(tenant.limit);
  }

  return {
    ...listing,

    /**
     * Creates a proxy, unless the owner has one with this URL in this mode: that one stays as it is.
     * Throws ProxyLimitReached, TenantNotFound.
     */
    async create(
      place: ProxyPlace,
      fields: ProxyFields,
      by: Actor = OPERATOR,
    ): Promise<{ proxy: ProxySummary; isNew: boolean }> {
      const row = rowOf(place, fields);
      const [{ rowsAffected }] = await db.write((orm) =>
        orm.batch([insertion(place, fields, row), orm.run(recordIfChanged(recordOf(row, by)))]),
      );
      if (rowsAffected === 0) {
        const existing = await withUrl(place, fields.url);
        if (existing === null) throw await refusalOf(place);
        return { proxy: summaryOf(keyring, existing), isNew: false };
      }
      await announcements.announce(created(row, by));
      return { proxy: summaryOf(keyring, row), isNew: true };
    },

    /**
     * Creates many in few transactions, and says of each what became of it. What was written when it
     * fails stays; doing it again doubles nothing.
     */
    createMany: <Item extends { fields: ProxyFields }>(
      place: ProxyPlace,
      items: readonly Item[],
      made: (item: Item, what: Creation) => void,
      { by = OPERATOR, ...pace }: { by?: Actor } & PaceOptions = {},
    ): Promise<void> =>
      createMany(db, keyring, place, items, {
        ...pace,
        rowOf: ({ fields }) => rowOf(place, fields),
        entryOf: (row) => recordOf(row, by),
        created: async (item, row) => {
          await announcements.announce(created(row, by));
          made(item, "created");
        },
        refused: (item, exists) => made(item, exists ? "existing" : "limit"),
      }),

    /**
     * Changes fields; those that are left out stay. With another URL it is a proxy that nobody has
     * tried yet. Null when the owner has no such proxy; without `mode`, in either mode. Throws
     * ProxyExists when another proxy of the owner has the URL.
     */
    async update(
      owner: ProxyOwner,
      proxyId: string,
      { url, ...changes }: Partial<ProxyFields>,
      by: Actor = OPERATOR,
    ): Promise<ProxySummary | null> {
      const row = await listing.row(owner, proxyId);
      if (row === null) return null;
      const place = placeOf(row);
      const isOther = url !== undefined && url !== urlOf(keyring, row);
      const time = now();
      const next = {
        ...changes,
        ...(isOther
          ? {
              ...sealUrl(keyring, row.id, place, url),
              ...UNTRIED,
              stateSince: time,
              nextCheckAt: place.mode === "test" ? null : time,
            }
          : {}),
      };
      const changed = changedNames(row, changes, isOther);
      if (changed.length === 0) return summaryOf(keyring, row);
      const isFree = isOther
        ? sql`NOT EXISTS (SELECT 1 FROM proxies AS same WHERE same.id <> ${row.id}
          AND ${sameUrl(keyring, place, url, "same")})`
        : undefined;
      const announcement = {
        kind: "proxy.changed",
        tenantId: row.tenantId,
        proxyId: row.id,
        state: isOther ? UNTRIED.state : row.state,
        stateBefore: row.state,
        changed,
        by,
        at: time,
      } as const;
      const [[updated]] = await db.write((orm) =>
        orm.batch([
          orm
            .update(proxies)
            .set({ ...next, updatedAt: time })
            .where(and(eq(proxies.id, row.id), isFree))
            .returning(),
          orm.run(recordIfChanged({ ...announcement, ...modeOf(row), ...changes })),
        ]),
      );
      if (updated === undefined) {
        const other = isOther ? await withUrl(place, url) : null;
        if (other === null || other.id === row.id) return null;
        throw new GatewayProblem("ProxyExists", "Another proxy has this URL", {
          members: { proxy_id: other.id },
        });
      }
      await announcements.announce({ ...announcement, state: updated.state });
      return summaryOf(keyring, updated);
    },

    /**
     * Deletes a proxy; false when the owner has no such. Throws ProxyInUse while sessions are on it, or
     * logins under way have a place on it.
     */
    async delete(owner: ProxyOwner, proxyId: string, by: Actor = OPERATOR): Promise<boolean> {
      const row = await listing.row(owner, proxyId);
      if (row === null) return false;
      const { id, tenantId } = row;
      const time = now();
      const deleted = { kind: "proxy.deleted", tenantId, proxyId: id, by, at: time } as const;
      const [{ rowsAffected }] = await db.write((orm) =>
        orm.batch([
          orm.delete(proxies).where(and(eq(proxies.id, id), isUnused(time))),
          orm.run(recordIfChanged({ ...deleted, ...modeOf(row), label: row.label })),
        ]),
      );
      if (rowsAffected === 0) {
        const left = await listing.row(owner, id);
        if (left === null) return false;
        throw inUse(left);
      }
      await announcements.announce(deleted);
      return true;
    },

    /**
     * Has a proxy checked next by whichever server looks first; the sandbox's are not. Null when the owner
     * has no such proxy.
     */
    async scheduleCheck(owner: ProxyOwner, proxyId: string): Promise<ProxySummary | null> {
      const row = await listing.row(owner, proxyId);
      if (row === null) return null;
      if (row.mode !== "test")
        await db.write((orm) =>
          orm.update(proxies).set({ nextCheckAt: now() }).where(eq(proxies.id, row.id)),
        );
      return summaryOf(keyring, row);
    },

    /** Moves the URLs to the first encryption key; see reencryptProxies(). */
    reencrypt: (options?: { batchSize?: number; onProgress?: (moved: number) => void }) =>
      reencryptProxies(db, keyring, options),
  };
}

const created = ({ id, tenantId, createdAt }: ProxyRow, by: Actor) =>
  ({ kind: "proxy.created", tenantId, proxyId: id, by, at: createdAt }) as const;

/** The record has what its owner chose, without the URL. */
const recordOf = (row: ProxyRow, by: Actor): AuditEntry => {
  const { label, country, region, maxSessions, onFailure } = row;
  return {
    ...created(row, by),
    ...modeOf(row),
    label,
    country,
    region,
    maxSessions,
    onFailure,
  };
};

const modeOf = ({ mode }: ProxyRow): Pick<AuditEntry, "mode"> => (mode === null ? {} : { mode });

/** What a proxy is before anybody has tried it. */
const UNTRIED = {
  state: "unknown",
  lastError: null,
  latencyMs: null,
  checkedAt: null,
  failures: 0,
  blocked: 0,
} as const;

/** What a new proxy has beside that; triggers count. */
const UNUSED = { ...UNTRIED, liveSessions: 0, testSessions: 0, liveHolds: 0, testHolds: 0 };

type Choices = Partial<Omit<ProxyFields, "url">>;

/** The names of the columns in which a proxy will differ. */
function changedNames(row: ProxyRow, changes: Choices, hasOtherUrl: boolean): string[] {
  const names = (Object.keys(changes) as (keyof Choices)[]).filter(
    (name) => changes[name] !== row[name],
  );
  return hasOtherUrl ? [...names, "url"] : names;
}

/** The URL of a row; null when it cannot be read, and any URL differs from it. */
function urlOf(keyring: Keyring, row: ProxyRow): string | null {
  try {
    return openProxy(keyring, row).url;
  } catch (error) {
    if (error instanceof EncryptionKeyUnavailable || error instanceof CiphertextInvalid)
      return null;
    throw error;
  }
}

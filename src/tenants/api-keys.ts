import { and, asc, eq, getTableColumns, gt, isNull, lt, type SQLWrapper, sql } from "drizzle-orm";
import { type Actor, Announcements } from "../announcements.ts";
import { recordIfChanged } from "../db/audited.ts";
import { type ChangeWatch, createChangeWatch } from "../db/change-watch.ts";
import type { Database } from "../db/connection.ts";
import { existingTenant } from "../db/existing-tenant.ts";
import { canonicalUlid, createIdSource, type NewId } from "../db/ids.ts";
import { insertWhere } from "../db/insert.ts";
import { createLastUse } from "../db/last-use.ts";
import { cutPage, pageCursor, pageSize } from "../db/paging.ts";
import { apiKeys, tenants as tenantTable } from "../db/schema.ts";
import { tenantNotFound } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";
import { formatKey, hashSecret, newSecret } from "./api-key-text.ts";
import { keyNotActive, tooManyKeys } from "./errors.ts";
import { createKeyCache, type KeyAnswer } from "./key-cache.ts";
import {
  activeKeyCount,
  deleteOldEndedKeys,
  isActive,
  keyExists,
  ownKey,
} from "./key-conditions.ts";
import { actorOf, checkGrant, checkMode, type KeyMaker, scopesFrom } from "./key-grant.ts";
import { cleanName } from "./names.ts";
import { cleanScopes, formatScopes, parseScopes, type Scope } from "./scopes.ts";

type ApiKeyRow = typeof apiKeys.$inferSelect;

/** An API key as it may be shown: without its secret. */
export interface ApiKeyRecord extends Omit<ApiKeyRow, "secretHash" | "grantedUntil" | "scopes"> {
  scopes: Scope[];
}

export interface NewApiKey extends Pick<ApiKeyRow, "name" | "mode"> {
  /** Default: read, write and auth, those of them that the maker has. */
  scopes?: readonly string[];
  /** Unix milliseconds. Default: when the maker expires, or never if it never does. */
  expiresAt?: number | null;
}

/** `key` is the text for the customer; it cannot be read again later. */
export interface IssuedKey {
  record: ApiKeyRecord;
  key: string;
}

/** How long a rotated key keeps working by default. */
export const defaultOverlapSeconds = 86_400;
/** How long a rotated key may keep working at most. */
export const maxOverlapSeconds = 90 * 86_400;

/** Active keys that a tenant may have. */
const MAX_KEYS = 1000;
/** The same during rotations, when an old and a new key overlap. */
const MAX_KEYS_ROTATING = MAX_KEYS + 100;

export interface ApiKeyStoreOptions {
  now?: () => number;
  newId?: NewId;
  /** Tells when another process may have changed a key. Default: a watch of its own. */
  changes?: ChangeWatch;
  /** Announces what happens to keys and their tenants. */
  announcements?: Announcements;
}

/**
 * API keys of all tenants. A key of another tenant is answered like an unknown one. With a `maker`,
 * a key gets no more rights than the maker has: otherwise GrantExceeded is thrown.
 */
export type ApiKeyStore = ReturnType<typeof createApiKeyStore>;

/** All methods throw StorageUnavailable when the database cannot serve. */
export function createApiKeyStore(
  db: Database,
  {
    now = Date.now,
    newId = createIdSource(now),
    announcements = new Announcements(),
    changes = createChangeWatch(db, { announcements }),
  }: ApiKeyStoreOptions = {},
) {
  const cache = createKeyCache(db, { now, changes, announcements });
  const lastUse = createLastUse(db, apiKeys);

  function noted(answer: KeyAnswer): KeyAnswer {
    if ("keyId" in answer) lastUse.note(answer.keyId, now());
    return answer;
  }

  function recordOf(row: ApiKeyRow): ApiKeyRecord {
    const { secretHash: _hidden, grantedUntil: _kept, scopes, lastUsedAt, ...record } = row;
    return {
      ...record,
      scopes: parseScopes(scopes),
      lastUsedAt: lastUse.latest(row.id, lastUsedAt),
    };
  }

  const issued = (row: ApiKeyRow, secret: string): IssuedKey => ({
    record: recordOf(row),
    key: formatKey({ mode: row.mode, keyId: row.id, secret }),
  });

  async function tenantExists(id: string): Promise<boolean> {
    const rows = await db.read((orm) =>
      orm.select({ id: tenantTable.id }).from(tenantTable).where(existingTenant(id)),
    );
    return rows.length > 0;
  }

  async function find(tenantId: string, keyId: string) {
    const where = ownKey(tenantId, keyId);
    if (where === null) return null;
    const rows = await db.read((orm) => orm.select().from(apiKeys).where(where));
    return rows[0] ?? null;
  }

  return {
    /** As KeyCache.authenticate(); notes the use of a valid key. */
    authenticate(text: string, beforeGuess?: () => void): KeyAnswer | Promise<KeyAnswer> {
      const answer = cache.authenticate(text, beforeGuess);
      return answer instanceof Promise ? answer.then(noted) : noted(answer);
    },

    /**
     * Throws TenantNotFound, InvalidInput (name, scopes, expires_at), GrantExceeded,
     * ApiKeyLimitReached.
     */
    async create(
      tenantId: string,
      { name, mode, ...given }: NewApiKey,
      maker: KeyMaker = null,
      by: Actor = actorOf(maker),
    ): Promise<IssuedKey> {
      const id = canonicalUlid(tenantId);
      if (id === null) throw tenantNotFound();
      const scopes = cleanScopes(given.scopes ?? scopesFrom(maker));
      const expiresAt = given.expiresAt ?? maker?.expiresAt ?? null;
      if (expiresAt !== null && !(expiresAt > now())) {
        throw new InvalidInput("expires_at", "must be in the future");
      }
      checkGrant(maker, { mode, scopes, expiresAt });
      const secret = newSecret();
      const row = {
        id: newId(),
        tenantId: id,
        name: cleanName(name),
        mode,
        scopes: formatScopes(scopes),
        secretHash: hashSecret(secret),
        createdAt: now(),
        expiresAt,
        grantedUntil: expiresAt,
      };
      const created = { kind: "key.created", mode, ...about(row, by, row.createdAt) } as const;
      // One statement with the checks, so that no key is made for a tenant that is deleted
      // meanwhile.
      const [[made]] = await db.write((orm) =>
        orm.batch([
          insertWhere(
            orm,
            apiKeys,
            row,
            tenantTable,
            and(existingTenant(id), lt(activeKeyCount(id, row.createdAt), MAX_KEYS)),
          ).returning(),
          orm.run(recordIfChanged({ ...created, name: row.name, scopes, expiresAt })),
          orm.run(deleteOldEndedKeys(id, row.createdAt)),
        ]),
      );
      if (made === undefined) {
        if (!(await tenantExists(id))) throw tenantNotFound();
        throw tooManyKeys(MAX_KEYS);
      }
      await announcements.announce(created);
      return issued(made, secret);
    },

    /**
     * Oldest first, with the thousand keys that were revoked or expired last. Throws InvalidInput.
     */
    async list(
      tenantId: string,
      { cursor, limit }: { cursor?: string; limit?: number } = {},
    ): Promise<{ keys: ApiKeyRecord[]; nextCursor: string | null }> {
      const after = pageCursor(cursor);
      const size = pageSize(limit);
      const id = canonicalUlid(tenantId);
      if (id === null) return { keys: [], nextCursor: null };
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(apiKeys)
          .where(and(eq(apiKeys.tenantId, id), after === null ? undefined : gt(apiKeys.id, after)))
          .orderBy(asc(apiKeys.id))
          .limit(size + 1),
      );
      const { page, nextCursor } = cutPage(rows, size);
      return { keys: page.map(recordOf), nextCursor };
    },

    async get(tenantId: string, keyId: string): Promise<ApiKeyRecord | null> {
      const row = await find(tenantId, keyId);
      return row === null ? null : recordOf(row);
    },

    /**
     * Ends the key at once; no error when it has ended already. Null when unknown. Throws
     * GrantExceeded.
     */
    async revoke(
      tenantId: string,
      keyId: string,
      maker: KeyMaker = null,
      by: Actor = actorOf(maker),
    ): Promise<ApiKeyRecord | null> {
      const id = canonicalUlid(keyId);
      const where = ownKey(tenantId, keyId);
      if (id === null || where === null) return null;
      if (maker !== null) checkMode(maker, (await find(tenantId, keyId))?.mode ?? maker.mode);
      const time = now();
      const key = { id, tenantId: tenantId.toUpperCase() };
      const revoked = { kind: "key.revoked", ...about(key, by, time) } as const;
      const [[row]] = await db.write((orm) =>
        orm.batch([
          orm
            .update(apiKeys)
            // The first revocation's time stays.
            .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, ${time})` })
            .where(where)
            .returning(),
          orm.run(
            recordIfChanged(revoked, {
              mode: storedIn(apiKeys.mode, id),
              name: storedIn(apiKeys.name, id),
            }),
          ),
        ]),
      );
      if (row === undefined) return null;
      await announcements.announce(revoked);
      return recordOf(row);
    },

    /**
     * Makes a key with the name, mode, scopes and expiry that the old key was created with, also
     * when the old key was rotated before. The old key expires after `overlapSeconds` (0: now).
     * Null when unknown.
     * Throws ApiKeyNotActive, InvalidInput (overlap_seconds), GrantExceeded, ApiKeyLimitReached.
     */
    async rotate(
      tenantId: string,
      keyId: string,
      {
        overlapSeconds = defaultOverlapSeconds,
        maker = null,
        by = actorOf(maker),
      }: { overlapSeconds?: number; maker?: KeyMaker; by?: Actor } = {},
    ): Promise<IssuedKey | null> {
      if (!(overlapSeconds >= 0 && overlapSeconds <= maxOverlapSeconds)) {
        throw new InvalidInput("overlap_seconds", `must be between 0 and ${maxOverlapSeconds}`);
      }
      const old = await find(tenantId, keyId);
      if (old === null) return null;
      const { mode, grantedUntil } = old;
      checkGrant(maker, { mode, scopes: parseScopes(old.scopes), expiresAt: grantedUntil });
      const time = now();
      const oldEnd = Math.floor(time + overlapSeconds * 1000);
      const newKeyId = newId();
      const secret = newSecret();
      const rotated = {
        kind: "key.rotated",
        successorId: newKeyId,
        ...about(old, by, time),
      } as const;
      const [[made]] = await db.write((orm) =>
        orm.batch([
          // Copied inside the transaction: if the key is revoked in between, nothing is copied.
          insertWhere(
            orm,
            apiKeys,
            {
              ...getTableColumns(apiKeys),
              id: newKeyId,
              secretHash: hashSecret(secret),
              createdAt: time,
              expiresAt: apiKeys.grantedUntil,
              lastUsedAt: null,
            },
            apiKeys,
            and(
              ownKey(old.tenantId, old.id) ?? undefined,
              isActive(time),
              lt(activeKeyCount(old.tenantId, time), MAX_KEYS_ROTATING),
            ),
          ).returning(),
          orm.run(recordIfChanged({ ...rotated, mode, name: old.name, expiresAt: oldEnd })),
          orm
            .update(apiKeys)
            .set({ expiresAt: sql`min(coalesce(${apiKeys.expiresAt}, ${oldEnd}), ${oldEnd})` })
            // Only when the successor was made.
            .where(and(eq(apiKeys.id, old.id), isNull(apiKeys.revokedAt), keyExists(newKeyId))),
          orm.run(deleteOldEndedKeys(old.tenantId, time)),
        ]),
      );
      if (made === undefined) {
        const current = await find(old.tenantId, old.id);
        const wasActive =
          current?.revokedAt === null && (current.expiresAt === null || current.expiresAt > time);
        throw wasActive ? tooManyKeys(MAX_KEYS) : keyNotActive();
      }
      await announcements.announce(rotated);
      return issued(made, secret);
    },

    /** Writes the noted last uses, for shutdown. */
    flush: () => lastUse.flush(),
  };
}

const storedIn = (column: SQLWrapper, id: string) =>
  sql`(SELECT ${column} FROM ${apiKeys} WHERE ${apiKeys.id} = ${id})`;

/** The fields of every announcement about a key. */
const about = ({ id, tenantId }: Pick<ApiKeyRow, "id" | "tenantId">, by: Actor, at: number) => ({
  tenantId,
  keyId: id,
  by,
  at,
});

import { and, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import { canonicalUlid } from "../db/ids.ts";
import { apiKeys } from "../db/schema.ts";

/* Conditions and statements about API keys, in SQL. */

/** Revoked and expired keys that are kept per tenant, for lists. */
const MAX_ENDED_KEYS = 1000;

/** The condition that a key is neither revoked nor expired. */
export const isActive = (time: number): SQL | undefined =>
  and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, time)));

/** The number of a tenant's keys that are neither revoked nor expired. */
export const activeKeyCount = (tenantId: string, time: number): SQL<number> =>
  sql`(SELECT count(*) FROM api_keys AS others WHERE others.tenant_id = ${tenantId}
    AND others.revoked_at IS NULL AND (others.expires_at IS NULL OR others.expires_at > ${time}))`;

/** Deletes a tenant's revoked and expired keys, except for those that ended last. */
export const deleteOldEndedKeys = (tenantId: string, time: number): SQL =>
  sql`DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE tenant_id = ${tenantId}
    AND (revoked_at IS NOT NULL OR expires_at <= ${time})
    ORDER BY coalesce(revoked_at, expires_at) DESC LIMIT -1 OFFSET ${MAX_ENDED_KEYS})`;

/** The condition that a key of that id exists. */
export const keyExists = (keyId: string): SQL =>
  sql`EXISTS (SELECT 1 FROM api_keys AS new WHERE new.id = ${keyId})`;

/** The condition for one key of one tenant, or null when one of the ids is not a ULID. */
export function ownKey(tenantId: string, keyId: string): SQL | null {
  const tenant = canonicalUlid(tenantId);
  const key = canonicalUlid(keyId);
  if (tenant === null || key === null) return null;
  return and(eq(apiKeys.id, key), eq(apiKeys.tenantId, tenant)) ?? null;
}

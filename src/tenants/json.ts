import type { ApiKeyRecord } from "./api-keys.ts";
import { namedPolicies } from "./policies.ts";
import type { Tenant } from "./tenants.ts";

/* Tenants and keys as the HTTP API and the CLI show them; times are ISO 8601, in UTC. */

export const tenantJson = ({ id, name, status, policies, createdAt, updatedAt }: Tenant) => ({
  id,
  name,
  status,
  ...namedPolicies(policies),
  created_at: iso(createdAt),
  updated_at: iso(updatedAt),
});

export const apiKeyJson = (key: ApiKeyRecord) => ({
  id: key.id,
  tenant_id: key.tenantId,
  name: key.name,
  mode: key.mode,
  scopes: key.scopes,
  created_at: iso(key.createdAt),
  expires_at: isoOrNull(key.expiresAt),
  revoked_at: isoOrNull(key.revokedAt),
  last_used_at: isoOrNull(key.lastUsedAt),
});

const iso = (time: number): string => new Date(time).toISOString();
const isoOrNull = (time: number | null): string | null => (time === null ? null : iso(time));

import type { Glossary } from "./entry.ts";

const ULID = "01K9ZJ5M0T6R3F4C2B1A0XYZWV";

/** What belongs to this service: tenants, keys, its own state. */
export const service: Glossary = {
  name: ["Name, for people.", "Acme"],
  status: ["ok, or error where something fails.", "ok"],
  "Tenant.id": ["Id of the tenant.", ULID],
  "Tenant.status": ["A suspended tenant's keys are refused.", "active"],
  "AdminTenantRequest.status": ["A suspended tenant's keys are refused.", "active"],
  updated_at: ["When it last changed (UTC).", "2025-11-01T09:58:00Z"],
  "Deletion.id": ["Id of what was deleted.", ULID],
  deleted: ["Always true.", true],
  "ApiKey.id": ["Id of the key; not the key itself.", ULID],
  "IssuedApiKey.id": ["Id of the key; not the key itself.", ULID],
  tenant_id: ["Id of the tenant that it belongs to.", ULID],
  scopes: ["What the key may do: read, write, auth, admin.", ["read", "write", "auth"]],
  expires_at: ["When the key ends (UTC); null for never.", "2026-11-01T09:58:00Z"],
  revoked_at: ["When the key was revoked (UTC); null where it was not.", null],
  last_used_at: ["When the key was last used (UTC), to the minute; null for never.", null],
  checks: ["Each check by its name."],
  detail: ["What fails.", "the database is read-only"],
  version: ["Version of this service.", "0.1.0"],
  runtime: ["What runs it.", "bun 1.4.4"],
  git_sha: ["Commit that it was built from; null where it was not told.", null],
  build_time: ["When it was built; null where it was not told.", null],
  started_at: ["When this process started (UTC).", "2025-11-01T09:58:00Z"],
  region: ["Region of the machine; null outside Fly.io.", null],
  field: ["Name of the field.", "amount"],
};

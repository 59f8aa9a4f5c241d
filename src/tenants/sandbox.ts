import { type Database, isUniqueViolation } from "../db/connection.ts";
import { createIdSource } from "../db/ids.ts";
import { readMeta } from "../db/meta.ts";
import { apiKeys, meta, tenants } from "../db/schema.ts";
import { formatKey, hashSecret, newSecret, parseKey } from "./api-key-text.ts";
import { KeyRefused, readKey } from "./key-cache.ts";
import { defaultPolicies } from "./policies.ts";
import { allScopes, formatScopes } from "./scopes.ts";

/** The row of `meta` with the sandbox tenant's id; it exists once that tenant was created. */
const SANDBOX_MADE = "sandbox_tenant";

/** The text of a new API key for the sandbox, which is not stored yet. */
export function newSandboxKey(): string {
  return formatKey({ mode: "test", keyId: createIdSource()(), secret: newSecret() });
}

/**
 * Creates the sandbox tenant with an API key of this text, once in a database's life. Tenant, key
 * and the entry in `meta` are one transaction, so that only one of several processes creates them.
 * The caller has written the text to a file before, so that a kill cannot leave a key that nobody
 * knows.
 */
export async function makeSandboxOnce(
  db: Database,
  key: () => string,
  now: () => number = Date.now,
): Promise<void> {
  if ((await readMeta(db, SANDBOX_MADE)) !== null) return;
  const parts = parseKey(key());
  // The file holds something else: rather no sandbox than no start.
  if (parts === null || parts.mode !== "test") return;
  const time = now();
  const tenantId = createIdSource(now)();
  try {
    await db.write((orm) =>
      orm.batch([
        // First, so that a second process fails here.
        orm.insert(meta).values({ key: SANDBOX_MADE, value: tenantId }),
        orm.insert(tenants).values({
          id: tenantId,
          name: "Sandbox",
          status: "active",
          ...defaultPolicies,
          createdAt: time,
          updatedAt: time,
        }),
        orm.insert(apiKeys).values({
          id: parts.keyId,
          tenantId,
          name: "First start",
          mode: "test",
          scopes: formatScopes(allScopes),
          secretHash: hashSecret(parts.secret),
          createdAt: time,
        }),
      ]),
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
}

/** Whether this database accepts the API key. */
export async function isKeyAccepted(db: Database, key: string, now = Date.now): Promise<boolean> {
  const parts = parseKey(key);
  if (parts === null) return false;
  const answer = await readKey(db, parts, now);
  return !(answer instanceof KeyRefused) && answer.tenantStatus === "active";
}

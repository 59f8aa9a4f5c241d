import { type Database, isUniqueViolation } from "../db/connection.ts";
import { createIdSource } from "../db/ids.ts";
import { readMeta } from "../db/meta.ts";
import { apiKeys, meta, tenants } from "../db/schema.ts";
import { formatKey, hashSecret, newSecret, parseKey } from "./api-key-text.ts";
import { KeyRefused, readKey } from "./key-cache.ts";
import { defaultPolicies } from "./policies.ts";
import { defaultScopes, formatScopes } from "./scopes.ts";

/** Of which tenant the sandbox is, from a database's first start in development on. */
const SANDBOX_MADE = "sandbox_tenant";

/** The text of a key for the sandbox, before it is any database's. */
export function newSandboxKey(): string {
  return formatKey({ mode: "test", keyId: createIdSource()(), secret: newSecret() });
}

/**
 * Makes the tenant of the sandbox with a key of this text, once in a database's life: tenant, key and
 * the mark that they were made are one transaction, and of several processes one makes them. The text
 * is kept elsewhere before, so that no kill leaves a key that nobody knows.
 */
export async function makeSandboxOnce(
  db: Database,
  key: () => string,
  now: () => number = Date.now,
): Promise<void> {
  if ((await readMeta(db, SANDBOX_MADE)) !== null) return;
  const parts = parseKey(key());
  // Somebody has written something else into its file: no sandbox then, rather than no start.
  if (parts === null || parts.mode !== "test") return;
  const time = now();
  const tenantId = createIdSource(now)();
  try {
    await db.write((orm) =>
      orm.batch([
        // The mark comes first: a second process fails on it.
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
          scopes: formatScopes([...defaultScopes]),
          secretHash: hashSecret(parts.secret),
          createdAt: time,
        }),
      ]),
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
}

/** Whether the text is that of a key which this database accepts. */
export async function isKeyAccepted(db: Database, key: string, now = Date.now): Promise<boolean> {
  const parts = parseKey(key);
  if (parts === null) return false;
  const answer = await readKey(db, parts, now);
  return !(answer instanceof KeyRefused) && answer.tenantStatus === "active";
}

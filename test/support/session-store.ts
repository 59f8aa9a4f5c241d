import type { Database } from "../../src/db/connection.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import {
  createSessionStore,
  type NewSession,
  type SessionStore,
} from "../../src/sessions/session-store.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";

export const oldKey = "0a".repeat(32);
export const newKey = "0b".repeat(32);

export interface SessionFixture {
  tenantId: string;
  otherTenantId: string;
  clock: { time: number };
  /** The store of a process with these encryption keys. */
  store(...keys: string[]): SessionStore;
  session(changes?: Partial<NewSession>): NewSession;
}

export async function setUpSessions(db: Database): Promise<SessionFixture> {
  const clock = { time: 1_700_000_000_000 };
  const tenants = createTenantStore(db);
  const { id: tenantId } = await tenants.create({
    name: "Acme",
    policies: { storeCredentials: true },
  });
  const { id: otherTenantId } = await tenants.create({ name: "Other" });
  return {
    tenantId,
    otherTenantId,
    clock,
    store: (...keys) => createSessionStore(db, createKeyring(keys), { now: () => clock.time }),
    session: (changes) => ({
      tenantId,
      mode: "live",
      username: "somebody",
      userPk: "3012345678901234567",
      state: "active",
      region: "fra",
      settings: '{"uuids": {"phone_id": "x"}, "unknown": 3012345678901234567}',
      proxy: "http://user:hush-proxy@proxy.example:8080",
      credentials: { username: "somebody", password: "hush-password" },
      legacyId: "3012345678901234567:hush-cookie:1",
      challenge: '{"step_name":"hush-step"}',
      ...changes,
    }),
  };
}

import { describe, expect, test } from "bun:test";
import { AccountHasSession, SessionLimitReached } from "../../src/sessions/session-errors.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { savedSettings } from "../support/live.ts";
import { createTestService, type TestService } from "../support/service.ts";
import { newKey, setUpSessions } from "../support/session-store.ts";
import { allStorages } from "../support/storage.ts";

for (const [name, open] of allStorages)
  describe(name, () => {
    test("of sessions that are made at once no more are stored than the tenant may keep", async () => {
      await using storage = await open();
      const { store, session, tenantId, otherTenantId } = await setUpSessions(storage.db);
      await createTenantStore(storage.db).update(tenantId, { policies: { maxSessions: 3 } });
      const sessions = store(newKey);
      const make = (fields: Parameters<typeof session>[0]) =>
        sessions.create(session({ legacyId: null, ...fields })).catch((error: unknown) => error);
      const made = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          make({ username: `u${index}`, mode: index % 2 ? "live" : "test" }),
        ),
      );
      expect(made.filter((one) => one instanceof SessionLimitReached)).toHaveLength(5);
      const kept = (await sessions.list(tenantId)).sessions;
      expect(kept).toHaveLength(3);
      // What other tenants have does not count, and a deletion makes room.
      expect(await make({ tenantId: otherTenantId })).toMatchObject({ version: 1 });
      await sessions.delete(tenantId, null, kept[0]?.id ?? "");
      expect(await make({})).toMatchObject({ version: 1 });
      expect(await make({})).toBeInstanceOf(SessionLimitReached);
    });

    test("of first sessions of one account that are made at once one is stored", async () => {
      await using storage = await open();
      const { store, session, tenantId, otherTenantId } = await setUpSessions(storage.db);
      const sessions = store(newKey);
      const make = (fields: Parameters<typeof session>[0] = {}) =>
        sessions
          .create(session({ legacyId: null, ...fields }), { firstOfAccount: true })
          .catch((error: unknown) => error);
      const made = await Promise.all([
        make(),
        make({ username: "renamed" }),
        make({ userPk: null }),
        make(),
      ]);
      expect(made.filter((one) => one instanceof AccountHasSession)).toHaveLength(3);
      for (const other of [
        { mode: "test" as const },
        { tenantId: otherTenantId },
        { username: "else", userPk: "1" },
        { username: null, userPk: null },
      ])
        expect(await make(other)).toMatchObject({ version: 1 });
      expect((await sessions.findNewest(tenantId, "live", { userPk: "1" }))?.username).toBe("else");
    });
  });

async function operate(service: TestService, fields: Record<string, unknown>): Promise<void> {
  const answer = await service.admin("PATCH", `/admin/tenants/${service.tenantId}`, fields);
  expect(answer.status, answer.text).toBe(200);
}

test("a tenant that has all the sessions it may keep is told so and keeps what it has", async () => {
  const service = await createTestService();
  await operate(service, { max_sessions: 1 });
  const session = await service.login();
  const form = { username: "sandbox_private", password: "sandbox" };
  const login = await service.request("POST", "/auth/login", { key: service.testKey, form });
  expect([login.status, login.body.exc_type]).toEqual([403, "SessionLimitReached"]);
  const imported = await service.request("PATCH", "/auth/settings", {
    key: service.liveKey,
    form: { settings: JSON.stringify(savedSettings()) },
  });
  expect([imported.status, imported.body.exc_type]).toEqual([403, "SessionLimitReached"]);
  const account = { key: service.testKey, session };
  expect((await service.request("GET", "/account", account)).status).toBe(200);
  await service.close();
});

describe("a tenant that keeps account credentials no more", () => {
  const relogin = (service: TestService, session: string) =>
    service.request("PATCH", "/auth/relogin", { key: service.testKey, session, form: {} });
  const storedOf = (service: TestService, id: string) =>
    service.service.stores.sessions.find(service.tenantId, "test", id);

  test("has none stored, and none is used, also of sessions that are open", async () => {
    const service = await createTestService();
    await operate(service, { store_credentials: true });
    const session = await service.login();
    expect((await relogin(service, session)).status).toBe(200);
    expect((await storedOf(service, session))?.credentials).not.toBeNull();
    await operate(service, { store_credentials: false });
    expect((await storedOf(service, session))?.credentials).toBeNull();
    expect((await relogin(service, session)).body.exc_type).toBe("CredentialsRequired");

    // Not even by what had the password before: it changes the session, and brings none back.
    await service.request("PATCH", "/auth/settings", {
      key: service.testKey,
      session,
      form: { timezone: "3600" },
    });
    await operate(service, { store_credentials: true });
    expect((await storedOf(service, session))?.credentials).toBeNull();
    expect((await relogin(service, session)).body.exc_type).toBe("CredentialsRequired");
    await service.close();
  });

  test("has none stored by a login that was under way", async () => {
    const service = await createTestService();
    await operate(service, { store_credentials: true });
    const logins = [service.login(), service.login("sandbox_private")];
    await operate(service, { store_credentials: false });
    for (const session of await Promise.all(logins))
      expect((await storedOf(service, session))?.credentials).toBeNull();
    await service.close();
  });

  test("has none in memory of a session that is used while they are removed", async () => {
    const service = await createTestService();
    await operate(service, { store_credentials: true });
    const { sessions } = service.service;
    const id = await service.login();
    const used = async () => (await sessions.resolve(service.tenantId, "test", id))?.stored;
    const meanwhile: unknown[] = [];
    service.service.stores.announcements.on(["tenant.changed"], async () => {
      meanwhile.push((await used())?.credentials);
    });
    await operate(service, { store_credentials: false });
    expect(meanwhile).toEqual([{ username: "sandbox", password: "sandbox" }]);
    expect((await used())?.credentials).toBeNull();
    await service.close();
  });

  test("loses those of many sessions, and other tenants keep theirs", async () => {
    const [, open] = allStorages[0] ?? [];
    if (!open) throw new Error("no storage");
    await using storage = await open();
    const { store, session, tenantId, otherTenantId } = await setUpSessions(storage.db);
    const tenants = createTenantStore(storage.db);
    await tenants.update(otherTenantId, { policies: { storeCredentials: true } });
    const sessions = store(newKey);
    for (let index = 0; index < 450; index++)
      await sessions.create(session({ legacyId: null, username: `u${index}` }));
    const theirs = await sessions.create(session({ tenantId: otherTenantId }));
    await tenants.update(tenantId, { policies: { storeCredentials: false } });
    const { rows } = await storage.db.statements.execute(
      "SELECT id FROM sessions WHERE credentials IS NOT NULL",
    );
    expect(rows.map(({ id }) => id)).toEqual([theirs.id]);
  }, 60_000);
});

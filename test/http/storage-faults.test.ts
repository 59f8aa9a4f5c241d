import { describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { openDatabase } from "../../src/db/connection.ts";
import { createEmulator, sandboxSessionId } from "../../src/emulator/index.ts";
import { importTinyDb } from "../../src/sessions/tinydb-import.ts";
import { createApiKeyStore } from "../../src/tenants/api-keys.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { startHranaServer } from "../support/hrana-server.ts";
import { createTestService, ENCRYPTION_KEY, type TestService } from "../support/service.ts";

const OTHER_KEY = "22".repeat(32);

/** A row of the Python service's database for a sandbox account, under the id its user has. */
function savedByPython(username: string): { id: string; text: string } {
  const id = sandboxSessionId(username);
  if (id === undefined) throw new Error(`no sandbox account ${username}`);
  const settings = {
    authorization_data: { ds_user_id: id.split("%3A")[0], sessionid: id },
    unknown_key: { kept: true },
  };
  const row = { sessionid: decodeURIComponent(id), settings: JSON.stringify(settings), proxy: "" };
  return { id, text: JSON.stringify({ _default: { "1": row } }) };
}

async function imported(service: TestService, username = "sandbox"): Promise<string> {
  const { id, text } = savedByPython(username);
  const { sessions: sessionStore } = service.service.stores;
  const result = await importTinyDb(sessionStore, {
    tenantId: service.tenantId,
    mode: "test",
    file: new Blob([text]),
  });
  expect(result).toMatchObject({ imported: 1, skipped: [] });
  return id;
}

describe("session ids of the Python service", () => {
  test("keep working after an import, as clients send them", async () => {
    const service = await createTestService();
    const id = await imported(service);
    for (const session of [id, decodeURIComponent(id), `"${id}"`, `\\"${id}\\"`]) {
      const answer = await service.request("GET", "/account", { key: service.testKey, session });
      expect(answer.status).toBe(200);
      expect(answer.body.username).toBe("sandbox");
    }
    const settings = await service.request("GET", "/auth/settings", {
      key: service.testKey,
      session: id,
    });
    expect(settings.body.unknown_key).toEqual({ kept: true });
    await service.close();
  });

  test("survive a relogin, which gives the account another upstream session", async () => {
    const service = await createTestService();
    const session = await imported(service);
    const key = service.testKey;
    const form = { username: "sandbox", password: "sandbox" };
    expect((await service.request("PATCH", "/auth/relogin", { key, session, form })).text).toBe(
      "true",
    );
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
    await service.close();
  });

  test("are another tenant's no more than any other id", async () => {
    const service = await createTestService();
    const session = await imported(service);
    const stranger = await service.createTenant("Stranger");
    const { key } = await service.createKey(stranger);
    const answer = await service.request("GET", "/account", { key, session });
    expect(answer.body.exc_type).toBe("SessionNotFound");
    await service.close();
  });
});

describe("an encryption key that is not configured", () => {
  test("never looks like a session that is not there, and heals when the key is back", async () => {
    using directory = temporaryDirectory();
    const database = { url: `file:${directory.path}/gramway.db` };
    const before = await createTestService({ config: { database } });
    const session = await before.login();
    const oldId = await imported(before, "sandbox_private");
    const key = before.testKey;
    await before.close();

    const without = await createTestService({ config: { database, encryptionKeys: [OTHER_KEY] } });
    for (const sent of [session, oldId]) {
      const answer = await without.request("GET", "/account", { key, session: sent });
      expect(answer.status).toBe(503);
      expect(answer.body.exc_type).toBe("EncryptionKeyUnavailable");
      expect(answer.body.hint).toContain("ENCRYPTION_KEYS");
    }
    const ready = await without.request("GET", "/ready");
    expect(ready.status).toBe(503);
    expect(ready.body.checks.encryption.status).toBe("error");
    expect(ready.body.checks.storage.status).toBe("ok");
    // What is new is under the new key, and unaffected.
    const fresh = await without.login("sandbox", key);
    expect((await without.request("GET", "/account", { key, session: fresh })).status).toBe(200);
    await without.close();

    const both = await createTestService({
      config: { database, encryptionKeys: [OTHER_KEY, ENCRYPTION_KEY] },
    });
    for (const sent of [session, oldId, fresh])
      expect((await both.request("GET", "/account", { key, session: sent })).status).toBe(200);
    await both.close();
  });
});

describe("a database that does not answer", () => {
  test("is 503 everywhere, and no login is spent on it", async () => {
    const server = startHranaServer({ token: "t0ken" });
    let now = Date.now();
    const service = await createTestService({
      config: { database: { url: server.url, authToken: "t0ken" } },
      now: () => now,
      monotonicNow: () => now,
    });
    const session = await service.login();
    const { testKey: key } = service;
    await server.stop();

    const login = await service.request("POST", "/auth/login", {
      key,
      form: { username: "sandbox", password: "sandbox" },
    });
    expect(login.status).toBe(503);
    expect(login.body.exc_type).toBe("StorageUnavailable");
    expect(login.headers.get("retry-after")).toBe("5");
    expect(login.headers.get("gramway-upstream-calls")).toBeNull();
    // What is open in memory goes on.
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
    now += 60_000;
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
    // An unknown session cannot be told from one that is stored.
    const unknown = await service.request("GET", "/account", { key, session: "1%3Aunknown%3A1" });
    expect(unknown.body.exc_type).toBe("StorageUnavailable");
    const ready = await service.request("GET", "/ready");
    expect(ready.status).toBe(503);
    expect(ready.body.checks.storage.status).toBe("error");
    expect((await service.request("GET", "/health")).status).toBe(200);
    await service.close().catch(() => {});
  });
});

describe("two services on one database", () => {
  test("see each other's sessions, logins, deletions and revoked keys within seconds", async () => {
    using directory = temporaryDirectory();
    const database = { url: `file:${directory.path}/gramway.db` };
    let now = Date.now();
    const options = {
      config: { database },
      emulator: createEmulator(),
      now: () => now,
      monotonicNow: () => now,
    };
    const one = await createTestService(options);
    const two = await createTestService(options);
    const { testKey: key } = one;
    const session = await one.login();
    const account = (service: TestService) => service.request("GET", "/account", { key, session });
    expect((await account(two)).status).toBe(200);

    const authorization = async (service: TestService) =>
      (await service.request("GET", "/auth/settings", { key, session })).body.authorization_data;
    const before = await authorization(two);
    const form = { username: "sandbox", password: "sandbox" };
    expect((await one.request("PATCH", "/auth/relogin", { key, session, form })).status).toBe(200);
    now += 6000;
    const after = await authorization(two);
    expect(after).toEqual(await authorization(one));
    expect(after.sessionid).toBeString();
    expect(after.sessionid).not.toBe(before.sessionid);

    const third = await createTestService(options);
    await third.service.stores.sessions.delete(one.tenantId, "test", session);
    await third.close();
    now += 6000;
    expect((await account(two)).body.exc_type).toBe("SessionNotFound");
    expect((await account(one)).body.exc_type).toBe("SessionNotFound");

    const other = await one.createKey(one.tenantId);
    expect(
      (await two.request("GET", "/media/pk", { key: other.key, query: { media_id: "1_2" } })).text,
    ).toBe('"1"');
    await one.request("DELETE", `/admin/tenants/${one.tenantId}/keys/${other.id}`, {
      headers: one.adminHeaders,
    });
    now += 6000;
    const refused = await two.request("GET", "/media/pk", {
      key: other.key,
      query: { media_id: "1_2" },
    });
    expect(refused.body.exc_type).toBe("ApiKeyInvalid");
    await one.close();
    await two.close();
  });

  test("see a revoked key also after a lock has cost them their connection", async () => {
    using directory = temporaryDirectory();
    const database = { url: `file:${directory.path}/gramway.db` };
    let now = Date.now();
    const options = { config: { database }, now: () => now, monotonicNow: () => now };
    const one = await createTestService(options);
    const other = openDatabase(database);
    const keys = createApiKeyStore(other);
    const ask = (key: string) =>
      one.request("GET", "/media/pk", { key, query: { media_id: "1_2" } });
    for (let trial = 0; trial < 20; trial++) {
      const { record, key } = await keys.create(one.tenantId, { name: "k", mode: "test" });
      now += 6000;
      expect((await ask(key)).text).toBe('"1"');

      // The lock makes a write of the service fail with SQLITE_BUSY, which replaces its connection.
      const locker = createClient(database);
      const lock = await locker.transaction("write");
      const write = one.createTenant(`Trial ${trial}`);
      await Bun.sleep(60);
      await lock.rollback();
      await write;
      locker.close();

      await keys.revoke(one.tenantId, record.id);
      now += 6000;
      expect((await ask(key)).body.exc_type, `trial ${trial}`).toBe("ApiKeyInvalid");
    }
    await other.close();
    await one.close();
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { hasLibsqlServer, type LibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { createTestService, type TestService } from "../support/service.ts";

/** One process on a local copy of a remote database, and one that makes changes at the primary. */
describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("on a local copy", () => {
  const directory = temporaryDirectory();
  const instagram = new FakeInstagram();
  let server: LibsqlServer;
  let proxy: FaultProxy;
  let here: TestService;
  let there: TestService;

  beforeAll(async () => {
    server = await startLibsqlServer();
    proxy = await startFaultProxy(server.port);
    const url = `file:${directory.path}/copy.db`;
    here = await createTestService({
      config: { database: { url, syncUrl: proxy.url } },
      instagram,
    });
    there = await createTestService({
      config: { database: { url: server.url } },
      instagram,
      sleep: async () => {},
    });
  });
  afterAll(async () => {
    await proxy.heal();
    await here.close();
    await there.close();
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    directory.remove();
  });

  const look = () => here.service.stores.changes.look();

  async function warmSession() {
    const tenantId = await here.createTenant();
    const { key, id: keyId } = await here.createKey(tenantId);
    const session = await here.login("sandbox", key);
    const read = async () => {
      const query = { username: "instagram" };
      const { body } = await here.request("GET", "/user", { key, session, query });
      return body.exc_type ?? "sent";
    };
    expect(await read()).toBe("sent");
    return { tenantId, key, keyId, session, read };
  }

  test("what others have changed holds after a look, and is never read back from an older copy", async () => {
    for (let turn = 0; turn < 3; turn++) {
      const { tenantId, keyId, session, read } = await warmSession();
      const path = `/admin/tenants/${tenantId}`;
      await there.admin("PATCH", `${path}/sessions/${session}`, { enabled: false });
      await look();
      expect(await read()).toBe("SessionDisabled");
      await there.admin("PATCH", `${path}/sessions/${session}`, { enabled: true });
      await look();
      expect(await read()).toBe("sent");
      await there.admin("PATCH", "/admin/upstream", { enabled: false });
      await look();
      expect(await read()).toBe("UpstreamStopped");
      await there.admin("PATCH", "/admin/upstream", { enabled: true });
      await look();
      expect(await read()).toBe("sent");
      await there.admin("DELETE", `${path}/keys/${keyId}`);
      await look();
      expect(await read()).toBe("ApiKeyInvalid");
    }
  }, 60_000);

  test("hot sessions go on while the primary cannot be reached, and hear of what they have missed", async () => {
    const { tenantId, session, read } = await warmSession();
    await proxy.fail("refuse");
    await expect(look()).rejects.toThrow();
    for (let turn = 0; turn < 20; turn++) expect(await read()).toBe("sent");
    const path = `/admin/tenants/${tenantId}/sessions/${session}`;
    await there.admin("PATCH", path, { enabled: false });
    expect(await read()).toBe("sent");
    await proxy.heal();
    await look();
    expect(await read()).toBe("SessionDisabled");
  }, 60_000);
});

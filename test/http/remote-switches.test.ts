import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { hasLibsqlServer, type LibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { createTestService, type TestService } from "../support/service.ts";

/*
 * Two machines on one remote database: when the use of a switch is acknowledged in one, nothing leaves
 * the other any more.
 */
describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("switches of machines", () => {
  const instagram = new FakeInstagram();
  let server: LibsqlServer;
  let one: TestService;
  let two: TestService;

  beforeAll(async () => {
    server = await startLibsqlServer();
    const machine = (machineId: string) =>
      createTestService({ config: { database: { url: server.url }, machineId }, instagram });
    one = await machine("one");
    two = await machine("two");
  });
  afterAll(async () => {
    await one.close();
    await two.close();
    await server[Symbol.asyncDispose]();
  });

  const setUpstream = async (enabled: boolean): Promise<void> => {
    const answer = await one.admin("PATCH", "/admin/upstream", { enabled });
    expect(answer.status, answer.text).toBe(200);
  };
  /** A session that the second machine uses. */
  async function sessionOfTwo() {
    const tenantId = await two.createTenant();
    const { key } = await two.createKey(tenantId);
    const session = await two.login("sandbox", key);
    const read = async () => {
      const query = { username: "instagram" };
      const { body } = await two.request("GET", "/user", { key, session, query });
      return body.exc_type ?? "sent";
    };
    expect(await read()).toBe("sent");
    return { tenantId, key, session, read };
  }

  test("hold in the other machine when they are acknowledged", async () => {
    const { tenantId, session, read } = await sessionOfTwo();
    for (let turn = 0; turn < 2; turn++) {
      await setUpstream(false);
      expect(await read()).toBe("UpstreamStopped");
      await setUpstream(true);
      expect(await read()).toBe("sent");
    }
    const path = `/admin/tenants/${tenantId}`;
    await one.admin("PATCH", `${path}/sessions/${session}`, { enabled: false });
    expect(await read()).toBe("SessionDisabled");
    await one.admin("PATCH", `${path}/sessions/${session}`, { enabled: true });
    expect(await read()).toBe("sent");
    await one.admin("PATCH", path, { status: "suspended" });
    expect(await read()).toBe("TenantSuspended");
    await one.admin("DELETE", path);
    expect(await read()).toBe("ApiKeyInvalid");
  }, 60_000);

  test("are not acknowledged before the other machine has read of them", async () => {
    const { read } = await sessionOfTwo();
    const { changes } = two.service.stores;
    // It does not look by itself any more, but renews its lease.
    changes.close();
    let isAcknowledged = false;
    const stopping = setUpstream(false).then(() => {
      isAcknowledged = true;
    });
    await Bun.sleep(3_500);
    expect(isAcknowledged).toBe(false);
    await changes.look();
    await stopping;
    expect(await read()).toBe("UpstreamStopped");
    await changes.start();
    await setUpstream(true);
    expect(await read()).toBe("sent");
  }, 60_000);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { hasLibsqlServer, type LibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { importSession, USER_PK } from "../support/live.ts";
import { type Answer, createTestService, type TestService } from "../support/service.ts";

/** What a service asks by itself, whatever its requests are: the feed, and looks for work that is due. */
const BY_ITSELF = [/FROM changes WHERE seq >=/, /next_check_at/, /LIMIT 1$/];

/*
 * Two processes on one remote database. `here` serves requests, and what it asks the database is counted;
 * `there` makes changes. The test looks into the feed by hand, beside the looks of each second.
 */
describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")("on a remote database", () => {
  const instagram = new FakeInstagram();
  let server: LibsqlServer;
  let proxy: FaultProxy;
  let here: TestService;
  let there: TestService;

  beforeAll(async () => {
    server = await startLibsqlServer();
    proxy = await startFaultProxy(server.port);
    here = await createTestService({ config: { database: { url: proxy.url } }, instagram });
    there = await createTestService({
      config: { database: { url: server.url } },
      instagram,
      // What it acknowledges is not waited for: the test looks.
      sleep: async () => {},
    });
  });
  afterAll(async () => {
    await here.close();
    await there.close();
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const look = () => here.service.stores.changes.look();
  const done = async (answer: Promise<Answer>): Promise<any> => {
    const { status, body, text } = await answer;
    expect(status, text).toBeLessThan(300);
    return body;
  };

  /** A session of the service `here`, warm, with a key and a tenant of its own. */
  async function warmSession(tenant: Record<string, unknown> = {}) {
    const tenantId = await here.createTenant("Acme", tenant);
    const { key, id: keyId } = await here.createKey(tenantId);
    const session = await here.login("sandbox", key);
    const get = (headers: Record<string, string> = {}) =>
      here.request("GET", "/user", { key, session, query: { username: "instagram" }, headers });
    const medias = await done(
      here.request("GET", "/user/medias", {
        key,
        session,
        query: { user_id: "25025320", amount: "1" },
      }),
    );
    const [{ id: media }] = medias.items;
    const like = () =>
      here.request("POST", "/media/like", { key, session, form: { media_id: media } });
    await look();
    await done(get());
    return { tenantId, key, keyId, session, get, like };
  }

  /** What the database is asked for requests during some work, and what is written. */
  async function asked(work: () => Promise<unknown>) {
    const before = proxy.statements.length;
    await work();
    const statements = proxy.statements.slice(before);
    const reads = statements.filter((sql) => /^\s*(select|with)/i.test(sql));
    return {
      reads: reads.filter((sql) => !BY_ITSELF.some((pattern) => pattern.test(sql.trim()))),
      writes: statements.length - reads.length,
    };
  }

  test("a thousand requests of a hot session ask nothing, whether they read or act", async () => {
    const { get, like } = await warmSession();
    // More likes than the sandbox lets an account give.
    instagram.on(/\/media\/.+\/like\/$/, reply(200, { status: "ok" }));
    const { reads, writes } = await asked(async () => {
      for (let turn = 0; turn < 500; turn++) await Promise.all([done(get()), done(like())]);
    });
    expect(reads).toEqual([]);
    // The use of the key and the session, and what the key has used, from time to time.
    expect(writes).toBeLessThan(30);
  }, 60_000);

  test("whatever others change of other tenants, a hot session asks nothing", async () => {
    const { get, like } = await warmSession();
    const tenantId = await there.createTenant("Others", { cors_origins: ["https://page.example"] });
    const { key, id: keyId } = await there.createKey(tenantId, {
      scopes: ["read", "write", "auth", "admin"],
    });
    const session = await there.login("sandbox_private", key);
    const url = "http://user:secret@127.0.0.1:8080";
    const { proxy_id: id } = await done(there.request("POST", "/proxy", { key, json: { url } }));
    await done(there.request("PATCH", "/session", { key, session, json: { label: "x" } }));
    await done(there.request("PATCH", "/session", { key, session, json: { enabled: false } }));
    await done(there.request("DELETE", "/session", { key, session }));
    await done(there.request("DELETE", "/proxy", { key, query: { proxy_id: id } }));
    await done(there.admin("PATCH", `/admin/tenants/${tenantId}`, { daily_budgets: { like: 3 } }));
    await done(there.admin("POST", `/admin/tenants/${tenantId}/keys/${keyId}/rotate`, {}));
    await done(there.admin("PATCH", `/admin/tenants/${tenantId}`, { status: "suspended" }));
    await done(there.admin("DELETE", `/admin/tenants/${tenantId}`));
    await look();
    const { reads } = await asked(async () => {
      for (let turn = 0; turn < 20; turn++) await Promise.all([done(get()), done(like())]);
    });
    expect(reads).toEqual([]);
  }, 30_000);

  test("a key that was revoked elsewhere is refused after a look", async () => {
    const { tenantId, keyId, get } = await warmSession();
    await done(there.admin("DELETE", `/admin/tenants/${tenantId}/keys/${keyId}`));
    await look();
    const { reads } = await asked(async () => {
      for (let turn = 0; turn < 5; turn++)
        expect((await get()).body.exc_type).toBe("ApiKeyInvalid");
    });
    expect(reads).toHaveLength(1);
  }, 30_000);

  test("a tenant that was suspended elsewhere, and let go on, is after a look", async () => {
    const { tenantId, get } = await warmSession();
    const setStatus = async (status: string) => {
      await done(there.admin("PATCH", `/admin/tenants/${tenantId}`, { status }));
      await look();
    };
    await setStatus("suspended");
    expect((await get()).body.exc_type).toBe("TenantSuspended");
    await setStatus("active");
    await done(get());
  }, 30_000);

  test("policies that were changed elsewhere hold after a look", async () => {
    const { tenantId, like } = await warmSession();
    await done(like());
    await done(there.admin("PATCH", `/admin/tenants/${tenantId}`, { daily_budgets: { like: 0 } }));
    await look();
    expect((await like()).body.exc_type).toBe("BudgetSpent");
  }, 30_000);

  test("a session that was switched off elsewhere sends nothing after a look, also in the middle of work", async () => {
    const { tenantId, session, get } = await warmSession();
    const path = `/admin/tenants/${tenantId}/sessions/${session}`;
    await done(there.admin("PATCH", path, { enabled: false }));
    await look();
    const { reads } = await asked(async () => {
      for (let turn = 0; turn < 5; turn++)
        expect((await get()).body.exc_type).toBe("SessionDisabled");
    });
    // Its version, and what is stored.
    expect(reads).toHaveLength(2);
    await done(there.admin("PATCH", path, { enabled: true }));
    await look();
    await done(get());
  }, 30_000);

  test("a session that was deleted elsewhere is gone after a look", async () => {
    const { key, session, get } = await warmSession();
    await done(there.request("DELETE", "/session", { key, session }));
    await look();
    expect((await get()).body.exc_type).toBe("SessionNotFound");
  }, 30_000);

  test("a tenant that was deleted elsewhere is gone after a look", async () => {
    const { tenantId, get } = await warmSession();
    await done(there.admin("DELETE", `/admin/tenants/${tenantId}`));
    await look();
    expect((await get()).body.exc_type).toBe("ApiKeyInvalid");
  }, 30_000);

  test("everything that was stopped elsewhere stands still after a look, until it is let go on", async () => {
    const { get } = await warmSession();
    await done(there.admin("PATCH", "/admin/upstream", { enabled: false }));
    await look();
    expect((await get()).body.exc_type).toBe("UpstreamStopped");
    await done(there.admin("PATCH", "/admin/upstream", { enabled: true }));
    await look();
    await done(get());
    expect((await asked(get)).reads).toEqual([]);
  }, 30_000);

  test("a page that a tenant named elsewhere is let in after a look", async () => {
    const { tenantId } = await warmSession();
    const origin = "https://new.example";
    const preflight = () =>
      here.request("OPTIONS", "/user", {
        headers: { Origin: origin, "Access-Control-Request-Method": "GET" },
      });
    const allowed = ({ headers }: Answer) => headers.get("access-control-allow-origin");
    expect(allowed(await preflight())).toBeNull();
    await done(there.admin("PATCH", `/admin/tenants/${tenantId}`, { cors_origins: [origin] }));
    await look();
    expect(allowed(await preflight())).toBe(origin);
  }, 30_000);

  test("a proxy whose URL was changed elsewhere is the one that requests take after a look", async () => {
    const scopes = ["read", "write", "auth", "admin"];
    const { key } = await here.createKey(here.tenantId, { mode: "live", scopes });
    const session = await importSession(here);
    const url = (port: number) => `http://user:secret@127.0.0.1:${port}`;
    const account = { user: { pk: USER_PK, username: "me.account" }, status: "ok" };
    instagram.on("accounts/current_user/", reply(200, account));
    const used = async () => {
      await done(here.request("GET", "/account", { key, session }));
      return instagram.callsOf("accounts/current_user/").at(-1)?.proxy;
    };
    const proxyOf = async (port: number): Promise<string> =>
      (await done(here.request("POST", "/proxy", { key, json: { url: url(port) } }))).proxy_id;
    const first = await proxyOf(8080);
    const second = await proxyOf(8081);
    const move = async (proxy_id: string) => {
      await done(there.request("PATCH", "/session", { key, session, form: { proxy_id } }));
      await look();
    };
    await move(first);
    expect(await used()).toBe(url(8080));
    await move(second);
    expect(await used()).toBe(url(8081));
    const changed = { key, query: { proxy_id: second }, json: { url: url(9090) } };
    await done(there.request("PATCH", "/proxy", changed));
    await look();
    expect(await used()).toBe(url(9090));
  }, 30_000);

  test("values of headers that another process has saved are the ones that are sent on", async () => {
    const { key, session } = await warmSession();
    const account = { user: { pk: "1", username: "sandbox" }, status: "ok" };
    const readIn = async (service: TestService) => {
      await done(service.request("GET", "/account", { key, session }));
      return instagram.callsOf("accounts/current_user/").at(-1)?.headers["ig-u-rur"];
    };
    await readIn(here);
    for (const region of ["CCO,1", "NHA,2"]) {
      const headers = { "ig-set-ig-u-rur": region };
      instagram.on("accounts/current_user/", reply(200, account, headers));
      await readIn(there);
      await there.service.sessions.flush();
      instagram.on("accounts/current_user/", reply(200, account));
      await look();
      expect(await readIn(here)).toBe(JSON.stringify(region));
    }
  }, 30_000);
});

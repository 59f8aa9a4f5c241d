import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { runCli } from "../../src/cli/run.ts";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { importSession, logIn, savedSettings, USER_PK } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import { listen, startInstagram } from "../support/servers.ts";
import {
  type Answer,
  createTestService,
  ENCRYPTION_KEY,
  type TestService,
} from "../support/service.ts";
import { ASYNC, CONFIGURE, held, SEND_PHOTO, uploadingService } from "../support/uploading.ts";

/* The switches of a session, of a tenant and of all: while one is off, nothing goes to Instagram. */

const ACCOUNT = "accounts/current_user/";
const TOTP = "accounts/disable_totp_two_factor/";
const GOOD = reply(200, { user: { pk: USER_PK, username: "me.account" }, status: "ok" });

const instagram = new FakeInstagram();
const service = await createTestService({ instagram });
const { tenantId, liveKey: key } = service;
afterAll(() => service.close());

let session: string;
beforeEach(async () => {
  instagram.reset();
  instagram.on(ACCOUNT, GOOD);
  session = await importSession(service);
});

type Switched = (on: boolean, at?: TestService) => Promise<Answer>;
const SWITCHES: Record<string, { turn: Switched; kind: string }> = {
  "of a session, by its tenant": {
    turn: (enabled, at = service) =>
      at.request("PATCH", "/session", { key, session, json: { enabled } }),
    kind: "SessionDisabled",
  },
  "of a tenant": {
    turn: (on, at = service) =>
      at.admin("PATCH", `/admin/tenants/${tenantId}`, { status: on ? "active" : "suspended" }),
    kind: "TenantSuspended",
  },
  "of all": {
    turn: (enabled, at = service) => at.admin("PATCH", "/admin/upstream", { enabled }),
    kind: "UpstreamStopped",
  },
};

const form = { username: "me.account", password: "pw" };
const CALLS: Record<string, () => Promise<Answer>> = {
  "a read": () => service.request("GET", "/account", { key, session }),
  "an action": () => service.request("DELETE", "/auth/totp", { key, session }),
  "a relogin": () => service.request("PATCH", "/auth/relogin", { key, session, form }),
  "a download": () =>
    service.request("GET", "/photo/download/by/url", {
      key,
      session,
      query: { url: "https://scontent.cdninstagram.com/v/t51.2885-15/a.jpg" },
    }),
  "an upload by URL": () =>
    service.request("POST", "/photo/upload/by/url", {
      key,
      session,
      form: { url: "http://127.0.0.1:8099/a.jpg", caption: "A photo" },
    }),
};

for (const [name, { turn, kind }] of Object.entries(SWITCHES))
  describe(`the switch ${name}`, () => {
    afterEach(async () => void (await turn(true)));

    test("lets nothing through while it is off, and everything when it is on again", async () => {
      const off = await turn(false);
      expect(off.status, off.text).toBe(200);
      instagram.takePaths();
      for (const [what, call] of Object.entries(CALLS)) {
        const answer = await call();
        expect([what, answer.body.exc_type]).toEqual([what, kind]);
        expectProblem(answer, kind as "SessionDisabled");
      }
      expect(instagram.takePaths()).toEqual([]);
      const on = await turn(true);
      expect(on.status, on.text).toBe(200);
      expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
    });

    test("ends requests that wait in the session's queue", async () => {
      const gate = new Gate();
      instagram.on(ACCOUNT, () => gate.pass(GOOD));
      const reads = Array.from({ length: 8 }, () =>
        service.request("GET", "/account", { key, session }),
      );
      await until(() => gate.running === 4);
      await turn(false);
      gate.letGo();
      const answers = await Promise.all(reads);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
      expect(answers.filter(({ body }) => body.exc_type === kind)).toHaveLength(4);
      expect(instagram.callsOf(ACCOUNT)).toHaveLength(4);
    });

    test("ends the repetition of a read that was not answered", async () => {
      instagram.on(ACCOUNT, async () => {
        await turn(false);
        return reply(503, "");
      });
      expectProblem(
        await service.request("GET", "/account", { key, session }),
        kind as "SessionDisabled",
      );
      expect(instagram.callsOf(ACCOUNT)).toHaveLength(1);
    });
  });

describe("a session that was switched off by", () => {
  const path = () => `/admin/tenants/${tenantId}/sessions/${session}`;
  const read = () => service.request("GET", "/account", { key, session });
  const byTenant = (enabled: boolean) =>
    service.request("PATCH", "/session", { key, session, json: { enabled } });

  test("its tenant is switched on by the tenant, or by the operator", async () => {
    await byTenant(false);
    expect((await read()).body.hint).toContain("PATCH /session");
    await byTenant(true);
    expect((await read()).status).toBe(200);
    await byTenant(false);
    const on = await service.admin("PATCH", path(), { enabled: true });
    expect(on.body).toEqual({ id: session, enabled: true });
    expect((await read()).status).toBe(200);
  });

  test("the operator is switched on by nobody else", async () => {
    expect((await service.admin("PATCH", path(), { enabled: false })).status).toBe(200);
    const refused = await read();
    expectProblem(refused, "SessionDisabled");
    expect(refused.body.hint).toContain("Only the operator");
    expectProblem(await byTenant(true), "SessionDisabled");
    expectProblem(await read(), "SessionDisabled");
    await service.admin("PATCH", path(), { enabled: true });
    expect((await read()).status).toBe(200);
  });

  test("a key of its tenant with the scope admin, of its mode; others see no such session", async () => {
    const scopes = ["read", "admin"];
    const keyOf = async (tenant: string, mode: string) =>
      (await service.createKey(tenant, { mode, scopes })).key;
    const turn = (apiKey: string) =>
      service.request("PATCH", path(), {
        headers: { "X-API-Key": apiKey },
        json: { enabled: false },
      });
    expectProblem(await turn(await keyOf(tenantId, "test")), "SessionNotFound");
    const other = await service.createTenant("Another");
    expectProblem(await turn(await keyOf(other, "live")), "TenantNotFound");
    expectProblem(await turn(key), "ScopeRequired");
    expect((await read()).status).toBe(200);
    expect((await turn(await keyOf(tenantId, "live"))).status).toBe(200);
    expectProblem(await read(), "SessionDisabled");
    await byTenant(true);
  });
});

test("logins that have no session yet are stopped too", async () => {
  await service.admin("PATCH", "/admin/upstream", { enabled: false });
  instagram.takePaths();
  expectProblem(await logIn(service, { username: "somebody.new" }), "UpstreamStopped");
  expectProblem(
    await service.request("POST", "/auth/login", {
      key: service.testKey,
      form: { username: "sandbox", password: "sandbox" },
    }),
    "UpstreamStopped",
  );
  expect(instagram.takePaths()).toEqual([]);
  await service.admin("PATCH", "/admin/upstream", { enabled: true });
});

test("settings can still be imported, exported and changed: that needs no Instagram", async () => {
  await service.admin("PATCH", "/admin/upstream", { enabled: false });
  instagram.takePaths();
  const settings = JSON.stringify(savedSettings({ mid: "another" }));
  const patch = await service.request("PATCH", "/auth/settings", { key, form: { settings } });
  expect(patch.status, patch.text).toBe(200);
  const got = await service.request("GET", "/auth/settings", { key, session: patch.body });
  expect(got.body.mid).toBe("another");
  expect(instagram.takePaths()).toEqual([]);
  await service.admin("PATCH", "/admin/upstream", { enabled: true });
});

describe("an operation of several requests", () => {
  test.each([
    ["session", "SessionDisabled"],
    ["tenant", "TenantSuspended"],
    ["all", "UpstreamStopped"],
  ])("ends at its next request when %s is switched off: nothing is posted", async (what, kind) => {
    await using own = await uploadingService();
    const { instagram, tenantId, testKey } = own.service;
    const gate = held(instagram, SEND_PHOTO);
    const turn = {
      session: () =>
        own.service.request("PATCH", "/session", {
          key: testKey,
          session: own.session,
          json: { enabled: false },
        }),
      tenant: () =>
        own.service.admin("PATCH", `/admin/tenants/${tenantId}`, { status: "suspended" }),
      all: () => own.service.admin("PATCH", "/admin/upstream", { enabled: false }),
    }[what];
    const waited = own.upload({ caption: "Waited for" });
    const accepted = await own.upload({ headers: ASYNC, caption: "In the background" });
    await until(() => gate.running === 2);
    const off = await turn?.();
    expect(off?.status, off?.text).toBe(200);
    gate.letGo();
    const answer = await waited;
    expectProblem(answer, kind as "SessionDisabled");
    expect(answer.body.outcome).toBe("not_sent");
    await own.service.service.uploadsEnded();
    const back = await own.service.admin("PATCH", `/admin/tenants/${tenantId}`, {
      status: "active",
    });
    expect(back.status).toBe(200);
    const { error } = await own.toldWhen(accepted.body.upload_id, "failed");
    expect(error).toMatchObject({ exc_type: kind, outcome: "not_sent" });
    expect(instagram.callsOf(CONFIGURE)).toEqual([]);
  });
});

test("a request whose connection is ready only after the switch is not sent", async () => {
  using upstream = startInstagram();
  const opening = new Gate();
  // A SOCKS5 proxy that takes its time.
  using proxy = await listen((socket) => {
    socket.once("data", () => {
      socket.write(Buffer.from([5, 0]));
      socket.once("data", async () => {
        await opening.pass(undefined);
        const target = new URL(upstream.origin);
        const remote = await Bun.connect({
          hostname: "127.0.0.1",
          port: Number(target.port),
          socket: {
            data: (_, data) => void socket.write(data),
            close: () => void socket.end(),
          },
        });
        socket.on("data", (data) => void remote.write(data));
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      });
    });
  });
  const guard = createHostGuard(parseAllowList(["127.0.0.1", "localhost"]));
  const platform = createBunPlatform({ guard, connectTimeoutMs: 10_000 });
  await using own = await createTestService({
    platform,
    guard,
    config: { upstreamUrl: upstream.origin },
  });
  const asked = { key: own.liveKey, session: "" };
  const settings = JSON.stringify(savedSettings());
  await own.admin("PATCH", "/admin/upstream", { enabled: false });
  const imported = await own.request("PATCH", "/auth/settings", {
    key: own.liveKey,
    form: { settings, proxy: `socks5://127.0.0.1:${proxy.port}` },
  });
  asked.session = imported.body;
  await own.admin("PATCH", "/admin/upstream", { enabled: true });
  const acting = own.request("DELETE", "/auth/totp", asked);
  await until(() => opening.running === 1);
  await own.admin("PATCH", "/admin/upstream", { enabled: false });
  opening.letGo();
  const answer = await acting;
  expectProblem(answer, "UpstreamStopped");
  expect(answer.body.outcome).toBe("not_sent");
  expect(upstream.instagram.callsOf(TOTP)).toEqual([]);
  // The connection is none the worse for it.
  await own.admin("PATCH", "/admin/upstream", { enabled: true });
  upstream.instagram.on(TOTP, reply(200, { status: "ok" }));
  expect((await own.request("DELETE", "/auth/totp", asked)).status).toBe(200);
  expect(upstream.instagram.callsOf(TOTP)).toHaveLength(1);
});

describe("on one database file", () => {
  test("what one process has switched holds in the other at once, and after a restart", async () => {
    using directory = temporaryDirectory();
    const config = { database: { url: `file:${directory.path}/gramway.db` } };
    // The clock moves only where the service waits.
    let time = 1000;
    const clock = {
      monotonicNow: () => time,
      sleep: async (milliseconds: number) => {
        time += milliseconds;
      },
    };
    const one = await createTestService({ config, instagram, ...clock });
    const two = await createTestService({ config, instagram, ...clock });
    two.liveKey = one.liveKey;
    const own = await importSession(one);
    const ask = (at: TestService) =>
      at.request("GET", "/account", { key: one.liveKey, session: own });
    expect([(await ask(one)).status, (await ask(two)).status]).toEqual([200, 200]);
    const turns: [string, (at: TestService, on: boolean) => Promise<Answer>][] = [
      [
        "SessionDisabled",
        (at, enabled) =>
          at.request("PATCH", "/session", { key: one.liveKey, session: own, json: { enabled } }),
      ],
      [
        "TenantSuspended",
        (at, on) =>
          at.admin("PATCH", `/admin/tenants/${one.tenantId}`, {
            status: on ? "active" : "suspended",
          }),
      ],
      ["UpstreamStopped", (at, enabled) => at.admin("PATCH", "/admin/upstream", { enabled })],
    ];
    for (const [kind, turn] of turns)
      for (const [here, there] of [
        [one, two],
        [two, one],
      ] as const) {
        await turn(here, false);
        instagram.takePaths();
        expect((await ask(there)).body.exc_type).toBe(kind);
        expect((await ask(here)).body.exc_type).toBe(kind);
        expect(instagram.takePaths()).toEqual([]);
        await turn(there, true);
        expect([(await ask(here)).status, (await ask(there)).status]).toEqual([200, 200]);
      }
    await one.admin("PATCH", "/admin/upstream", { enabled: false });
    await one.close();
    await two.close();
    const three = await createTestService({ config, instagram });
    expect((await three.admin("GET", "/admin/upstream")).body.enabled).toBe(false);
    expect((await ask(three)).body.exc_type).toBe("UpstreamStopped");
    expect((await three.request("GET", "/ready")).body).toMatchObject({
      status: "ok",
      checks: { upstream: { status: "ok" } },
    });
    expect((await three.request("GET", "/metrics")).text).toContain("gramway_upstream_enabled 0");
    await three.close();
  });

  test("the CLI stops and starts a service that runs, and both are recorded", async () => {
    using directory = temporaryDirectory();
    const url = `file:${directory.path}/gramway.db`;
    await using own = await createTestService({ config: { database: { url } }, instagram });
    const run = async (...args: string[]) => {
      const out: string[] = [];
      const env = { DATABASE_URL: url, ENCRYPTION_KEYS: ENCRYPTION_KEY, ADMIN_TOKEN: "a-token" };
      const code = await runCli([...args, "--json"], {
        env,
        out: (line) => out.push(line),
        err: (line) => out.push(line),
      });
      expect(code, out.join("\n")).toBe(0);
      return JSON.parse(out.join("\n"));
    };
    const own_session = await importSession(own);
    const ask = () => own.request("GET", "/account", { key: own.liveKey, session: own_session });
    expect(await run("upstream", "status")).toEqual({ enabled: true, since: null });
    expect((await run("upstream", "stop")).enabled).toBe(false);
    expectProblem(await ask(), "UpstreamStopped");
    expect(await run("upstream", "start")).toMatchObject({
      enabled: true,
      since: expect.any(String),
    });
    expect((await ask()).status).toBe(200);
    const { rows } = await own.service.stores.db.statements.execute(
      "SELECT actor, details FROM audit WHERE kind = 'upstream.switched' ORDER BY id",
    );
    expect(rows.map(({ actor, details }) => [actor, JSON.parse(String(details))])).toEqual([
      ["cli", { enabled: false }],
      ["cli", { enabled: true }],
    ]);
  });

  test("only the operator sees and uses the switch of all", async () => {
    const { key: tenantAdmin } = await service.createKey(tenantId, {
      mode: "live",
      scopes: ["read", "admin"],
    });
    for (const method of ["GET", "PATCH"]) {
      const json = method === "PATCH" ? { enabled: false } : undefined;
      const asked = (headers: Record<string, string>) =>
        service.request(method, "/admin/upstream", { headers, ...(json ? { json } : {}) });
      expectProblem(await asked({ "X-API-Key": tenantAdmin }), "ScopeRequired");
      expectProblem(await asked({ "X-API-Key": key }), "ScopeRequired");
      expectProblem(await asked({}), "AdminTokenRequired");
    }
    for (const json of [{}, { enabled: "perhaps" }, { enabled: null }])
      expectProblem(await service.admin("PATCH", "/admin/upstream", json), "ValidationError");
    expect((await service.admin("GET", "/admin/upstream")).body.enabled).toBe(true);
  });
});

test("the switch of all stops checks of proxies that ask Instagram", async () => {
  await using own = await createTestService({
    instagram,
    config: {
      proxyChecks: {
        areOn: false,
        url: "https://www.instagram.com/robots.txt",
        intervalMs: 600_000,
      },
    },
  });
  instagram.on("/robots.txt", reply(200, "User-agent: *"));
  await own.admin("PATCH", "/admin/upstream", { enabled: false });
  const scopes = ["read", "admin"];
  const admin = (await own.createKey(own.tenantId, { mode: "live", scopes })).key;
  const check = async (port: number) => {
    const json = { url: `http://user:password@127.0.0.1:${port}` };
    const made = await own.request("POST", "/proxy", { key: admin, json });
    expect(made.status, made.text).toBeLessThan(300);
    const { proxy_id } = made.body;
    return own.request("POST", "/proxy/check", { key: admin, json: { proxy_id } });
  };
  instagram.takePaths();
  await check(9);
  expect(instagram.takePaths()).toEqual([]);
  await own.admin("PATCH", "/admin/upstream", { enabled: true });
  expect((await check(10)).status).toBe(200);
  expect(instagram.takePaths().length).toBeGreaterThan(0);
});

import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { Announcement } from "../../src/announcements.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { importSession, savedSettings, signedBody, USER_PK } from "../support/live.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService, type RequestOptions } from "../support/service.ts";
import { ASYNC, held, SEND_PHOTO, uploadingService } from "../support/uploading.ts";

/* GET, PATCH and DELETE /session, GET /session/health: one session, on live keys. */

const PROFILE = "accounts/current_user/";
const LOGOUT = "accounts/logout/";
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const instagram = new FakeInstagram();
let time = Date.UTC(2026, 10, 24, 6);
const service = await createTestService({
  instagram,
  now: () => time,
  monotonicNow: () => time,
});
const { liveKey: key, tenantId } = service;
afterAll(() => service.close());
afterEach(() => instagram.reset());

let imported = 0;
/** A session of its own. */
const newSession = (): Promise<string> => {
  const sessionid = `${USER_PK}%3AOwn${++imported}%3A12%3AAYd`;
  const authorization_data = { ds_user_id: USER_PK, sessionid };
  return importSession(service, savedSettings({ authorization_data }), { new_session: "true" });
};
/** A session of the sandbox that waits for a code. */
async function pendingSession(): Promise<string> {
  const form = { username: "sandbox_2fa", password: "sandbox" };
  const answer = await service.request("POST", "/auth/login", { key: service.testKey, form });
  instagram.takePaths();
  return expectProblem(answer, "TwoFactorRequired").session_id;
}
const ask = (method: string, path: string, session: string, options: RequestOptions = {}) =>
  service.request(method, path, { key, session, ...options });
const show = async (session: string) => (await ask("GET", "/session", session)).body;
const change = (session: string, json: object) => ask("PATCH", "/session", session, { json });
const read = (session: string) => ask("GET", "/account", session);

/** What is announced of sessions while `work` runs. */
async function announcedDuring(work: () => Promise<unknown>): Promise<Announcement[]> {
  const heard: Announcement[] = [];
  const { announcements } = service.service.stores;
  announcements.on(["session.changed", "session.deleted"], (said) => void heard.push(said));
  await work();
  return heard.splice(0);
}

describe("a session", () => {
  test("is shown whole, without secrets, and without asking Instagram", async () => {
    const session = await importSession(service, savedSettings(), {
      proxy: "http://user:hush-proxy@proxy.example:8080",
      new_session: "true",
    });
    const answer = await ask("GET", "/session", session);
    expect(answer.body).toEqual({
      id: session,
      username: null,
      user_pk: USER_PK,
      mode: "live",
      label: null,
      state: "active",
      state_since: answer.body.state_since,
      reason: null,
      proxy_id: null,
      proxy: "http://***@proxy.example:8080",
      region: null,
      app_version: "428.0.0.47.67",
      created_at: new Date(time).toISOString(),
      last_used_at: expect.stringMatching(INSTANT),
      last_ok_at: answer.body.last_ok_at,
      last_error: null,
      blocked: [],
      budget: null,
    });
    for (const name of ["state_since", "last_ok_at"])
      expect(answer.body[name] ?? answer.body.created_at, name).toMatch(INSTANT);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    expect(instagram.calls).toEqual([]);
    expect(answer.text).not.toMatch(/hush|AYdSessionIdTail|aCsrfToken/);
    // The list has the same.
    const { items } = (await service.request("GET", "/sessions", { key })).body;
    expect(items.filter(({ id }: { id: string }) => id === session)).toEqual([answer.body]);
  });

  test("is of the last use that this process knows of", async () => {
    const session = await newSession();
    time += 3_600_000;
    await read(session);
    const at = new Date(time).toISOString();
    expect((await show(session)).last_used_at).toBe(at);
    const { items } = (await service.request("GET", "/sessions", { key })).body;
    expect(items.at(-1)).toMatchObject({ id: session, last_used_at: at });
  });

  test("that cannot be decrypted is listed, and says why it cannot be used", async () => {
    const { service: own, createTenant, createKey, login, request } = service;
    const tenant = await createTenant("Damaged");
    const { key: testKey } = await createKey(tenant);
    const session = await login("sandbox", testKey);
    await own.stores.db.statements.execute({
      sql: "UPDATE sessions SET settings = x'00', version = version + 1 WHERE id = ?",
      args: [session],
    });
    const { items } = (await request("GET", "/sessions", { key: testKey })).body;
    expect(items).toMatchObject([{ id: session, reason: "what is stored of it is damaged" }]);
  });
});

describe("PATCH /session", () => {
  test("names a session, and forgets the name", async () => {
    const session = await newSession();
    expect((await change(session, { label: "  client-acme " })).body.label).toBe("client-acme");
    expect((await show(session)).label).toBe("client-acme");
    const form = await ask("PATCH", "/session", session, { form: { label: "" } });
    expect(form.body.label).toBeNull();
    expect((await change(session, { label: "Łódź 🏙" })).body.label).toBe("Łódź 🏙");
    expect((await change(session, { label: null })).body.label).toBeNull();
  });

  test("moves a session to another region, or to any", async () => {
    const session = await newSession();
    expect((await change(session, { region: "FRA" })).body.region).toBe("fra");
    expect((await change(session, { region: null })).body.region).toBeNull();
  });

  test.each([
    [{}, "label"],
    [{ label: "x".repeat(101) }, "label"],
    [{ label: "x".repeat(500) }, "label"],
    [{ label: "two\nlines" }, "label"],
    [{ label: ["x", "y"], region: ["fra", "x"] }, "region"],
    [{ region: "frankfurt" }, "region"],
    [{ region: "f/a" }, "region"],
    [{ enabled: "maybe" }, "enabled"],
    [{ pace_ms: -1 }, "pace_ms"],
    [{ daily_budgets: { sleep: 3 } }, "daily_budgets"],
    [{ daily_budgets: { like: -3 } }, "daily_budgets"],
    [{ daily_budgets: "much" }, "daily_budgets"],
    [{ enabled: null }, "label"],
  ])("refuses %j and changes nothing", async (json, field) => {
    const session = await newSession();
    const before = await show(session);
    const announced = await announcedDuring(async () => {
      expect(faultyFields(await change(session, json))).toEqual([field]);
    });
    expect(announced).toEqual([]);
    expect(await show(session)).toEqual(before);
  });

  test("changes no other field, and announces what has changed", async () => {
    const session = await newSession();
    await change(session, { label: "one", region: "ams" });
    const announced = await announcedDuring(async () => {
      await change(session, { region: "ams" });
      await change(session, { region: "fra" });
    });
    expect(announced).toMatchObject([
      { kind: "session.changed", sessionId: session, changed: ["region"], by: { kind: "key" } },
    ]);
    expect(await show(session)).toMatchObject({ label: "one", region: "fra" });
  });

  test("keeps what an answer changes in the session at the same time", async () => {
    const session = await newSession();
    instagram.on(
      PROFILE,
      reply(
        200,
        { user: { pk: USER_PK, username: "me.account" }, status: "ok" },
        { "ig-set-x-mid": "aNewMid" },
      ),
    );
    await Promise.all([read(session), change(session, { label: "kept" }), read(session)]);
    expect((await show(session)).label).toBe("kept");
    await service.service.sessions.flush();
    expect((await ask("GET", "/auth/settings", session)).body.mid).toBe("aNewMid");
    expect((await show(session)).label).toBe("kept");
  });

  test("gives a session limits of its own, and takes them away", async () => {
    const session = await newSession();
    const limits = async () => {
      const live = await service.service.sessions.resolve(tenantId, "live", session);
      return [live?.stored.dailyBudgets, live?.stored.paceMs];
    };
    const given = { daily_budgets: { like: 50, follow: null }, pace_ms: 1500 };
    expect((await change(session, given)).status).toBe(200);
    expect<unknown>(await limits()).toEqual([{ like: 50, follow: null }, 1500]);
    const form = { daily_budgets: '{"like": 7}' };
    expect((await ask("PATCH", "/session", session, { form })).status).toBe(200);
    expect<unknown>(await limits()).toEqual([{ like: 7 }, 1500]);
    expect((await change(session, { daily_budgets: null, pace_ms: null })).status).toBe(200);
    expect<unknown>(await limits()).toEqual([null, null]);
  });

  test("switches a session off and on, and says by whom", async () => {
    const session = await newSession();
    const off = await change(session, { enabled: false });
    expect(off.body).toMatchObject({
      state: "disabled",
      state_since: new Date(time).toISOString(),
    });
    expect(off.body.reason).toMatch(/^switched off by the API key [0-9A-Z]{26}$/);
    time += 1000;
    // Again is no change.
    expect((await change(session, { enabled: false })).body).toEqual(off.body);
    const on = await change(session, { enabled: true });
    expect(on.body).toMatchObject({ state: "active", reason: null });
  });

  test("does not switch on what the operator has switched off", async () => {
    const session = await newSession();
    const { sessions } = service.service.stores;
    const operator = { kind: "operator" } as const;
    const columns = { enabled: false, disabledBy: "operator", disabledAt: time };
    await sessions.manage(tenantId, "live", session, () => columns, operator);
    const live = await service.service.sessions.resolve(tenantId, "live", session);
    await live?.copy.reload();
    expect((await show(session)).reason).toBe("switched off by the operator");
    expectProblem(await change(session, { enabled: true, label: "x" }), "SessionDisabled");
    expect(await show(session)).toMatchObject({ state: "disabled", label: null });
    // Switching it off once more leaves it the operator's.
    expect((await change(session, { enabled: false })).body.reason).toContain("operator");
  });
});

describe("DELETE /session", () => {
  test("forgets a session and leaves it logged in at Instagram", async () => {
    const session = await newSession();
    await read(session);
    instagram.takePaths();
    const announced = await announcedDuring(async () => {
      const answer = await ask("DELETE", "/session", session);
      expect(answer.body).toEqual({
        id: session,
        deleted: true,
        logged_out: null,
        logout_error: null,
      });
    });
    expect(announced).toMatchObject([
      { kind: "session.deleted", sessionId: session, by: { kind: "key" } },
    ]);
    expect(instagram.takePaths()).toEqual([]);
    for (const [method, path] of [
      ["GET", "/session"],
      ["GET", "/account"],
      ["PATCH", "/session"],
      ["DELETE", "/session"],
    ])
      expectProblem(await ask(method!, path!, session), "SessionNotFound", path);
    const { items } = (await service.request("GET", "/sessions", { key, query: { limit: "100" } }))
      .body;
    expect(items.map(({ id }: { id: string }) => id)).not.toContain(session);
  });

  test("leaves no row of it, nor of what hung on it", async () => {
    const session = await newSession();
    instagram.on("friendships/create/25025320/", reply(200, { status: "ok" }));
    const headers = { "Idempotency-Key": "once" };
    await ask("POST", "/user/follow", session, { form: { user_id: "25025320" }, headers });
    const rows = async () => {
      const { statements } = service.service.stores.db;
      const tables = ["sessions WHERE id", "idempotency_records WHERE session_id"];
      return Promise.all(
        tables.map(
          async (table) =>
            (
              await statements.execute({
                sql: `SELECT count(*) AS n FROM ${table} = ?`,
                args: [session],
              })
            ).rows[0]?.n,
        ),
      );
    };
    expect(await rows()).toEqual([1, 1]);
    await ask("DELETE", "/session", session, { headers: { "Idempotency-Key": "end" } });
    expect(await rows()).toEqual([0, 0]);
  });

  test("tells Instagram with logout=true, by one request", async () => {
    const session = await newSession();
    instagram.on(LOGOUT, reply(200, { status: "ok", login_nonce: null }));
    const answer = await ask("DELETE", "/session", session, { query: { logout: "true" } });
    expect(answer.body).toMatchObject({ deleted: true, logged_out: true, logout_error: null });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    expect(signedBody(instagram.callsOf(LOGOUT)[0])).toEqual({ one_tap_app_login: true });
    expect(instagram.takePaths()).toEqual([`POST ${LOGOUT}`]);
    expectProblem(await ask("GET", "/session", session), "SessionNotFound");
  });

  test("deletes although Instagram cannot be told, and says so", async () => {
    for (const [script, kind] of [
      [reply(403, { message: "login_required", status: "fail" }), "LoginRequired"],
      [reply(500, "<html>"), "UpstreamError"],
      [reply(200, { status: "fail" }), /./],
      [
        () => {
          throw new TypeError("the connection broke");
        },
        /./,
      ],
    ] as const) {
      const session = await newSession();
      instagram.on(LOGOUT, script);
      const answer = await ask("DELETE", "/session", session, { query: { logout: "true" } });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toMatchObject({ deleted: true, logged_out: false });
      expect(answer.body.logout_error.kind).toMatch(kind);
      expect(answer.body.logout_error.message).toBeString();
      expectProblem(await ask("GET", "/session", session), "SessionNotFound");
    }
  });

  test("asks Instagram nothing for a session that has no login", async () => {
    const pending = await pendingSession();
    const options = { key: service.testKey, query: { logout: "true" } };
    const answer = await ask("DELETE", "/session", pending, options);
    expect(answer.body).toMatchObject({ deleted: true, logged_out: null });
    expect(instagram.takePaths()).toEqual([]);
  });

  test("asks Instagram nothing for a session that is switched off", async () => {
    const session = await newSession();
    await change(session, { enabled: false });
    instagram.takePaths();
    const answer = await ask("DELETE", "/session", session, { query: { logout: "true" } });
    expect(answer.body).toMatchObject({
      deleted: true,
      logged_out: false,
      logout_error: { kind: "SessionDisabled" },
    });
    expect(instagram.takePaths()).toEqual([]);
  });

  test("while requests run: what has not begun asks Instagram nothing", async () => {
    const session = await newSession();
    const gate = new Gate();
    instagram.on(PROFILE, () => gate.pass(undefined));
    // Four reads of a session run at a time; the others wait.
    const reads = Array.from({ length: 8 }, () => read(session));
    await until(() => gate.running === 4);
    expect((await ask("DELETE", "/session", session)).status).toBe(200);
    gate.letGo();
    const statuses = (await Promise.all(reads)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(4);
    expect(instagram.callsOf(PROFILE)).toHaveLength(4);
    // Nothing of them brings it back.
    await service.service.sessions.flush();
    expectProblem(await ask("GET", "/session", session), "SessionNotFound");
  });

  test("twice at the same time deletes once", async () => {
    const session = await newSession();
    const announced = await announcedDuring(async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => ask("DELETE", "/session", session)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    });
    expect(announced).toHaveLength(1);
  });

  test("ends its uploads in the background, and their files go", async () => {
    await using own = await uploadingService();
    const { instagram: other, request, testKey } = own.service;
    const gate = held(other, SEND_PHOTO);
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    await until(() => gate.running === 1);
    const answer = await request("DELETE", "/session", { key: testKey, session: own.session });
    expect(answer.status, answer.text).toBe(200);
    expect((await own.told(upload_id)).status).toBe(404);
    gate.letGo();
    await own.service.service.uploadsEnded();
    expect(other.callsOf("media/configure/")).toEqual([]);
  });
});

describe("a read of several pages", () => {
  test.each([
    ["switched off", "PATCH", { json: { enabled: false } }, "SessionDisabled"],
    ["deleted", "DELETE", {}, "SessionNotFound"],
  ] as const)(
    "ends at its next request once its session is %s",
    async (_how, method, options, kind) => {
      const session = await newSession();
      const gate = new Gate();
      const page = reply(200, {
        items: [{ pk: "3", id: "3_1", media_type: 1, user: { pk: 1 } }],
        next_max_id: "3_1",
        status: "ok",
      });
      instagram.on("feed/liked/", () => gate.pass(page));
      const reading = ask("GET", "/account/liked/media", session, { query: { amount: "0" } });
      await until(() => gate.running === 1);
      expect((await ask(method, "/session", session, options)).status).toBe(200);
      gate.letGo();
      const answer = await reading;
      expectProblem(answer, kind);
      expect(instagram.callsOf("feed/liked/")).toHaveLength(1);
    },
  );
});

describe("GET /session/health", () => {
  const check = (session: string) => ask("GET", "/session/health", session);

  test("asks Instagram once, and answers how the session is", async () => {
    const session = await newSession();
    const answer = await check(session);
    expect(answer.body).toMatchObject({
      id: session,
      state: "active",
      ok: true,
      latency_ms: expect.any(Number),
      checked_at: new Date(time).toISOString(),
      error: null,
    });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    expect(instagram.takePaths()).toEqual([`GET ${PROFILE}`]);
  });

  test("takes over the username that the account has now", async () => {
    const session = await newSession();
    expect((await show(session)).username).toBeNull();
    expect((await check(session)).body.username).toBe("me.account");
    const found = await service.request("GET", "/sessions", {
      key,
      query: { username: "@Me.Account" },
    });
    expect(found.body.items.map(({ id }: { id: string }) => id)).toContain(session);
  });

  test("is kept for ten seconds, and shared by those who ask at the same time", async () => {
    const session = await newSession();
    const answers = await Promise.all(Array.from({ length: 20 }, () => check(session)));
    for (const { status, body } of answers) expect([status, body.ok]).toEqual([200, true]);
    expect(instagram.callsOf(PROFILE)).toHaveLength(1);
    time += 9_000;
    const again = await check(session);
    expect(again.body.checked_at).toBe(answers[0]?.body.checked_at);
    expect(again.headers.get("gramway-upstream-calls")).toBe("0");
    time += 2_000;
    expect((await check(session)).headers.get("gramway-upstream-calls")).toBe("1");
  });

  test("says what is wrong where Instagram refuses or cannot be reached", async () => {
    for (const [script, kind] of [
      [reply(403, { message: "login_required", status: "fail" }), "LoginRequired"],
      [reply(400, { message: "checkpoint_required", status: "fail" }), "CheckpointRequired"],
      [reply(502, "<html>"), "UpstreamError"],
    ] as const) {
      const session = await newSession();
      instagram.on(PROFILE, script);
      const { status, body } = await check(session);
      expect([status, body.ok, body.error.kind], JSON.stringify(body)).toEqual([200, false, kind]);
      expect(body.error.message).toBeString();
    }
  });

  test("asks Instagram nothing for a session that has no login, or is switched off", async () => {
    const pending = await pendingSession();
    const answer = await ask("GET", "/session/health", pending, { key: service.testKey });
    expect(answer.body).toMatchObject({
      state: "two_factor",
      ok: false,
      latency_ms: null,
      error: { kind: "TwoFactorRequired" },
    });
    const off = await newSession();
    await change(off, { enabled: false });
    instagram.takePaths();
    expect((await check(off)).body).toMatchObject({
      state: "disabled",
      ok: false,
      latency_ms: null,
      error: { kind: "SessionDisabled" },
    });
    expect(instagram.takePaths()).toEqual([]);
  });
});

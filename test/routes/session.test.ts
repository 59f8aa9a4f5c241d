import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { importSession, savedSettings, USER_PK } from "../support/live.ts";
import { INSTANT, managingService, PROFILE } from "../support/managing.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";

/* GET and PATCH /session: one session, on live keys. */

const { service, instagram, clock, newSession, ask, show, change, read, announcedDuring } =
  await managingService();
const { liveKey: key, tenantId } = service;

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
      holder: null,
      app_version: "428.0.0.47.67",
      created_at: new Date(clock.time).toISOString(),
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
    clock.time += 3_600_000;
    await read(session);
    const at = new Date(clock.time).toISOString();
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

describe("a session that Instagram has slow down", () => {
  test("is shown and found as cooling down, with what waits, until that is over", async () => {
    const session = await newSession();
    instagram.on(
      "friendships/create/25025320/",
      reply(400, { message: "feedback_required", spam: true, status: "fail" }),
    );
    const follow = await ask("POST", "/user/follow", session, { form: { user_id: "25025320" } });
    expectProblem(follow, "FeedbackRequired");
    const listed = async (state: string) =>
      (await service.request("GET", "/sessions", { key, query: { state, limit: "100" } })).body;
    const { state, reason, blocked } = await show(session);
    expect(state).toBe("cooling_down");
    expect(reason).toBe("Instagram asked to slow down: FeedbackRequired");
    expect(blocked).toHaveLength(1);
    const [{ action, until }] = blocked;
    expect(action).toBe("follow");
    expect((await listed("cooling_down")).items).toMatchObject([{ id: session }]);
    const isActive = async () =>
      (await listed("active")).items.some(({ id }: { id: string }) => id === session);
    expect(await isActive()).toBe(false);
    clock.time = Date.parse(until) + 1;
    expect(await show(session)).toMatchObject({ state: "active", blocked: [] });
    expect((await listed("cooling_down")).items).toEqual([]);
    expect(await isActive()).toBe(true);
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
      state_since: new Date(clock.time).toISOString(),
    });
    expect(off.body.reason).toMatch(/^switched off by the API key [0-9A-Z]{26}$/);
    clock.time += 1000;
    // Again is no change.
    expect((await change(session, { enabled: false })).body).toEqual(off.body);
    const on = await change(session, { enabled: true });
    expect(on.body).toMatchObject({ state: "active", reason: null });
  });

  test("does not switch on what the operator has switched off", async () => {
    const session = await newSession();
    const { sessions } = service.service.stores;
    const operator = { kind: "operator" } as const;
    const columns = { enabled: false, disabledBy: "operator", disabledAt: clock.time };
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

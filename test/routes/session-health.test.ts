import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { managingService, PROFILE } from "../support/managing.ts";

const { service, instagram, clock, newSession, pendingSession, ask, show, change } =
  await managingService();
const { liveKey: key } = service;

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
      checked_at: new Date(clock.time).toISOString(),
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
    clock.time += 9_000;
    const again = await check(session);
    expect(again.body.checked_at).toBe(answers[0]?.body.checked_at);
    expect(again.headers.get("gramway-upstream-calls")).toBe("0");
    clock.time += 2_000;
    expect((await check(session)).headers.get("gramway-upstream-calls")).toBe("1");
  });

  test("is not kept for a session that was switched off or on since", async () => {
    const session = await newSession();
    expect((await check(session)).body.ok).toBe(true);
    await change(session, { enabled: false });
    expect((await check(session)).body.error.kind).toBe("SessionDisabled");
    await change(session, { enabled: true });
    expect((await check(session)).body.ok).toBe(true);
    expect(instagram.callsOf(PROFILE)).toHaveLength(2);
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

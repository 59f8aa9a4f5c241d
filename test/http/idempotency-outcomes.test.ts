import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import {
  HOUR,
  keyedService,
  LIKE,
  liked,
  lost,
  message,
  newKey,
  newSession,
  SEND,
  sent,
  tokenIn,
} from "../support/idempotency.ts";
import { savedSettings } from "../support/live.ts";

/*
 * Requests under an Idempotency-Key that fail: where the answer was lost, only what Instagram guards
 * by a token goes out again; where nothing can have happened, the request may be repeated.
 */

let time = Date.UTC(2026, 0, 5);
const { service, instagram, ask, rows } = await keyedService({ now: () => time });
afterAll(() => service.close());
beforeEach(() => {
  instagram.reset();
  instagram.on(LIKE, liked).on(SEND, sent);
});

describe("an answer that was lost", () => {
  test("is unknown to the retries, and nothing is sent again", async () => {
    const key = newKey();
    instagram.on(LIKE, lost);
    const first = await ask(key);
    expect(first.status).toBe(502);
    instagram.on(LIKE, liked);
    for (let count = 0; count < 2; count++) {
      const again = await ask(key);
      expect([again.status, again.body.exc_type]).toEqual([409, "OutcomeUnknown"]);
      expect(again.body).toMatchObject({
        outcome: "unknown",
        hint: expect.stringMatching(/^Read first/),
      });
    }
    expect(instagram.calls).toHaveLength(1);
  });

  test.each([
    ["a 5xx", reply(502, "<html>")],
    ["nonsense", reply(200, "<html>")],
  ])("by %s is unknown as well", async (_, answer) => {
    const key = newKey();
    instagram.on(LIKE, answer);
    expect((await ask(key)).status).toBe(502);
    expect((await ask(key)).body.exc_type).toBe("OutcomeUnknown");
    expect(instagram.calls).toHaveLength(1);
  });

  test("of a message is asked for again, with the same token", async () => {
    const key = newKey();
    instagram.on(SEND, lost, lost, sent);
    const first = await ask(key, message());
    expect(first.status).toBe(502);
    expect(first.body).toMatchObject({
      outcome: "unknown",
      hint: expect.stringMatching(/^Send the same/),
    });
    expect((await ask(key, message())).status).toBe(502);
    const third = await ask(key, message());
    expect(third.status, third.text).toBe(200);
    expect(third.headers.get("idempotency-replayed")).toBeNull();
    expect((await ask(key, message())).text).toBe(third.text);
    const calls = instagram.callsOf(SEND);
    expect(calls).toHaveLength(3);
    expect(new Set(calls.map(tokenIn)).size).toBe(1);
  });

  test("of a message: another message under that key is refused all the same", async () => {
    const key = newKey();
    instagram.on(SEND, lost);
    await ask(key, message());
    expect((await ask(key, message("other"))).body.exc_type).toBe("IdempotencyKeyReused");
  });

  test.each<[string, Parameters<typeof instagram.on>[1], number]>([
    ["asked to wait", reply(429, { message: "Please wait a few minutes", status: "fail" }), 429],
    ["refused for good", reply(403, { message: "You cannot do that", status: "fail" }), 403],
  ])(
    "of a message that is then %s is still not known: the token stays",
    async (_, answer, status) => {
      const key = newKey();
      instagram.on(SEND, lost, answer, sent);
      await ask(key, message());
      expect((await ask(key, message())).status).toBe(status);
      // The session waits for some minutes where it was asked to.
      time += HOUR;
      const third = await ask(key, message());
      expect([third.status, third.headers.get("idempotency-replayed")]).toEqual([200, null]);
      expect(new Set(instagram.callsOf(SEND).map(tokenIn)).size).toBe(1);
    },
  );

  test("tokens of different keys differ, and those of a key used anew after a day", async () => {
    const key = newKey();
    await ask(key, message());
    await ask(newKey(), message());
    time += 25 * HOUR;
    await ask(key, message());
    expect(new Set(instagram.callsOf(SEND).map(tokenIn)).size).toBe(3);
  });
});

describe("an answer that does not stand", () => {
  test.each<[string, number, unknown]>([
    ["that waiting ends", 429, { message: "Please wait a few minutes", status: "fail" }],
    [
      "that a challenge ends",
      400,
      { message: "challenge_required", challenge: {}, status: "fail" },
    ],
    ["that another app version ends", 400, { message: "needs_upgrade", status: "fail" }],
  ])("%s is not kept: the retry goes out", async (_, status, body) => {
    const key = newKey();
    instagram.on(LIKE, reply(status, body));
    const first = await ask(key);
    expect(first.status).toBeGreaterThanOrEqual(400);
    expect(await rows()).not.toContainEqual(expect.objectContaining({ state: "started" }));
    instagram.on(LIKE, liked);
    time += HOUR;
    const again = await ask(key);
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, null]);
  });

  test("of a session that Instagram has logged out is not kept: after a new login it goes out", async () => {
    const own = await newSession(service);
    const key = newKey();
    instagram.on(LIKE, reply(403, { message: "login_required", status: "fail" }));
    expect((await ask(key, { session: own })).body.exc_type).toBe("LoginRequired");
    expect((await ask(key, { session: own })).body.exc_type).toBe("LoginRequired");
    const form = { settings: JSON.stringify(savedSettings()) };
    await service.request("PATCH", "/auth/settings", { key: service.liveKey, session: own, form });
    instagram.on(LIKE, liked);
    expect((await ask(key, { session: own })).status).toBe(200);
  });

  test("of the gateway's own is not kept", async () => {
    const key = newKey();
    const before = (await rows()).length;
    expect((await ask(key, { form: {} })).status).toBe(422);
    expect((await ask(key, { session: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" })).status).toBe(401);
    expect((await ask(key, { key: "gw_live_unknown" })).status).toBe(401);
    expect(await rows()).toHaveLength(before);
    expect((await ask(key)).status).toBe(200);
  });
});

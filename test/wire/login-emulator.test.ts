import { afterEach, beforeEach, expect, test } from "bun:test";
import { signedBody } from "../support/live.ts";
import { type Answer, createTestService, type TestService } from "../support/service.ts";

let service: TestService;
beforeEach(async () => {
  service = await createTestService();
});
afterEach(() => service.close());

const logIn = (username: string, fields: Record<string, string> = {}): Promise<Answer> =>
  service.request("POST", "/auth/login", {
    key: service.testKey,
    form: { username, password: "sandbox", ...fields },
  });
const logins = (): Record<string, any>[] =>
  service.instagram.callsOf("accounts/login/").map(signedBody);
const devices = (): Set<string> =>
  new Set(logins().map((body) => `${body.guid} ${body.device_id} ${body.phone_id}`));
const challengeCalls = (): number => service.instagram.callsOf(/challenge\//).length;

test("a second factor: no code, a wrong one, the right one as it is typed, all from one device", async () => {
  const first = await logIn("sandbox_2fa");
  expect([first.status, first.body.exc_type]).toEqual([401, "TwoFactorRequired"]);
  const wrong = await logIn("sandbox_2fa", { verification_code: "654321" });
  expect([wrong.status, wrong.body.session_id]).toEqual([401, first.body.session_id]);
  const right = await logIn("sandbox_2fa", { verification_code: "123 456" });
  expect([right.status, right.body]).toEqual([200, first.body.session_id]);
  expect(logins()).toHaveLength(3);
  expect(devices().size).toBe(1);
});

test("a challenge: one code is sent, a wrong one is no end, and the same device gets in", async () => {
  const challenged = await logIn("sandbox_challenge");
  expect([challenged.status, challenged.body.exc_type]).toEqual([403, "ChallengeRequired"]);
  const { session_id: session, last_json } = challenged.body;
  const resolve = (code?: string): Promise<Answer> =>
    service.request("POST", "/auth/challenge/resolve", {
      key: service.testKey,
      session,
      form: {
        last_json: JSON.stringify(last_json),
        ...(code === undefined ? {} : { security_code: code }),
      },
    });
  expect((await resolve()).body.hint).toContain("security_code");
  expect(challengeCalls()).toBe(2);
  expect((await resolve("111111")).status).toBe(403);
  expect(challengeCalls()).toBe(3);
  expect((await resolve("123 456")).body).toBe(true);
  expect(challengeCalls()).toBe(4);
  // As the hint says; and the session was logged in by then already.
  expect((await logIn("sandbox_challenge")).body).toBe(session);
  expect(devices().size).toBe(1);
  const read = await service.request("GET", "/account", { key: service.testKey, session });
  expect(read.body.username).toBe("sandbox_challenge");
});

test("a challenge's end logs the session in, so that no second login is needed", async () => {
  const { session_id: session, last_json } = (await logIn("sandbox_challenge")).body;
  const form = { last_json: JSON.stringify(last_json), security_code: "123456" };
  const key = service.testKey;
  await service.request("POST", "/auth/challenge/resolve", { key, session, form });
  const read = await service.request("GET", "/account", { key, session });
  expect(read.body.username).toBe("sandbox_challenge");
  expect(logins()).toHaveLength(1);
  const states = await service.service.stores.sessions.countByState();
  expect(states).toMatchObject({ active: 1, challenge: 0 });
});

test("what fails is asked once: a wrong password, an unknown name, a throttled account", async () => {
  for (const [username, password, status] of [
    ["sandbox", "wrong", 401],
    ["nobody.at.all.here", "sandbox", 401],
    ["sandbox_throttled", "sandbox", 429],
  ] as const) {
    service.instagram.takePaths();
    expect((await logIn(username, { password })).status).toBe(status);
    expect(logins()).toHaveLength(1);
  }
});

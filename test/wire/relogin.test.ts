import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { FakeInstagram, reply, type Script } from "../support/fake-instagram.ts";
import {
  CHALLENGE_TEXT,
  importSession,
  loggedIn,
  logIn,
  savedSettings,
  settingsOf,
  signedBody,
} from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import type { Answer, TestService } from "../support/service.ts";
import { createTestService } from "../support/service.ts";
import { openPassword } from "../support/wire/password.ts";

const PASSWORD = "S3cret Pass";
const SECOND_FACTOR = reply(400, {
  message: "",
  two_factor_info: { two_factor_identifier: "TwoFactorIdentifier" },
  error_type: "two_factor_required",
  status: "fail",
});

let instagram: FakeInstagram;
let service: TestService;
beforeEach(async () => {
  instagram = new FakeInstagram();
  service = await createTestService({ instagram });
});
afterEach(() => service.close());

describe("PATCH /auth/relogin", () => {
  const relogin = (key: string, session: string, form: Record<string, string>): Promise<Answer> =>
    service.request("PATCH", "/auth/relogin", { key, session, form });

  test("starts with clean cookies and no login, on the same device, and names the account", async () => {
    const session = await importSession(service);
    const answer = await relogin(service.liveKey, session, {
      username: "me.account",
      password: PASSWORD,
    });
    expect([answer.status, answer.body]).toEqual([200, true]);
    const [launcher, , login, tray] = instagram.calls;
    for (const { headers } of [launcher!, login!]) {
      expect(headers).toMatchObject({
        "IG-INTENDED-USER-ID": "0",
        "IG-U-DS-USER-ID": "49123456789",
      });
      expect(headers).not.toContainAnyKeys(["Authorization", "Cookie"]);
    }
    expect(tray!.headers).toMatchObject({ "IG-INTENDED-USER-ID": "49123456789" });
    expect(tray!.headers.Authorization).toStartWith("Bearer IGT:2:");
    expect(signedBody(login!).guid).toBe("bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb");
    const settings = await settingsOf(service, session);
    expect(settings.cookies).toEqual({});
    expect(settings.authorization_data.sessionid).toBe("49123456789%3ANewSession%3A5");
  });

  test("needs the password where the tenant's policy keeps none, and costs nothing then", async () => {
    const { body: session } = await logIn(service);
    instagram.takePaths();
    const answer = await relogin(service.liveKey, session, {});
    expectProblem(answer, "CredentialsRequired");
    expect(instagram.takePaths()).toEqual([]);
  });

  test("uses the kept password where the tenant's policy keeps it", async () => {
    const tenant = await service.createTenant("Keeper", { store_credentials: true });
    const { key } = await service.createKey(tenant, { mode: "live" });
    const { body: session } = await service.request("POST", "/auth/login", {
      key,
      form: { username: "me.account", password: PASSWORD },
    });
    expect((await relogin(key, session, {})).body).toBe(true);
    const [first, second] = instagram.callsOf("accounts/login/").map(signedBody);
    expect(openPassword(second!.enc_password).password).toBe(PASSWORD);
    expect(second!.guid).toBe(first!.guid);
  });

  test("that fails leaves the old login as it was", async () => {
    const session = await importSession(service);
    const before = await settingsOf(service, session);
    instagram.on("accounts/current_user/", reply(200, { user: { pk: 49123456789 }, status: "ok" }));
    const form = { username: "me.account", password: PASSWORD };
    const refusals: [Script, number][] = [
      [reply(400, { message: "", error_type: "bad_password", status: "fail" }), 401],
      [reply(400, CHALLENGE_TEXT), 403],
      [SECOND_FACTOR, 401],
      [reply(500, ""), 502],
      [loggedIn("777", "777%3AOther%3A5%3AAYlongenough"), 422],
    ];
    for (const [replies, status] of refusals) {
      instagram.on("accounts/login/", replies);
      expect((await relogin(service.liveKey, session, form)).status).toBe(status);
      expect(await settingsOf(service, session)).toEqual(before);
      instagram.takePaths();
      const read = await service.request("GET", "/account", { key: service.liveKey, session });
      expect(read.status).toBe(200);
      expect(instagram.calls[0]!.headers.Cookie).toContain("csrftoken=aCsrfToken");
    }
  });
});

test("a session imported again after a relogin keeps its id", async () => {
  const session = await importSession(service);
  const form = { username: "me.account", password: PASSWORD };
  const relogin = await service.request("PATCH", "/auth/relogin", {
    key: service.liveKey,
    session,
    form,
  });
  expect(relogin.status).toBe(200);
  expect(await importSession(service, savedSettings({ mid: "other" }))).toBe(session);
  expect((await settingsOf(service, session)).mid).toBe("other");
});

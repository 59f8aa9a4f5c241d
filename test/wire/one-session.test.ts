import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import {
  CHALLENGE_TEXT,
  importSession,
  loggedIn,
  logIn,
  savedSettings,
  settingsOf,
  signedBody,
  USER_PK,
} from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import type { TestService } from "../support/service.ts";
import { createTestService } from "../support/service.ts";

const cookieOf = (name: string): string => `${USER_PK}%3A${name}%3A12%3AAYdSessionIdTail`;
const account = { user: { pk: USER_PK, username: "me.account" }, status: "ok" };

let instagram: FakeInstagram;
let service: TestService;
beforeEach(async () => {
  instagram = new FakeInstagram();
  instagram.on("accounts/current_user/", reply(200, account));
  instagram.on(`users/${USER_PK}/info/`, reply(200, account));
  service = await createTestService({ instagram });
});
afterEach(() => service.close());

const patch = (form: Record<string, string>, session?: string) =>
  service.request("PATCH", "/auth/settings", {
    key: service.liveKey,
    form,
    ...(session ? { session } : {}),
  });
const bySessionId = async (sessionid: string, fields: Record<string, string> = {}) =>
  service.request("POST", "/auth/login/by/sessionid", {
    key: service.liveKey,
    form: { sessionid, ...fields },
  });
const read = (session: string) =>
  service.request("GET", "/account", { key: service.liveKey, session });
const sessionsIn = async ({ service: { stores }, tenantId }: TestService): Promise<string[]> =>
  (await stores.sessions.list(tenantId)).sessions.map(({ id }) => id);

describe("a second login of an account", () => {
  test("goes on in its session: device, locale and proxy stay, the login is the new one", async () => {
    const first = (await logIn(service, { proxy: "http://p.example:8080", locale: "de_DE" })).body;
    await patch({ timezone: "3600" }, first);
    const before = await settingsOf(service, first);
    instagram.takePaths();
    instagram.on("accounts/login/", loggedIn(USER_PK, cookieOf("second")));
    const second = await logIn(service, { username: " @Me.Account" });
    expect(second.body).toBe(first);
    const after = await settingsOf(service, first);
    expect(after).toMatchObject({
      uuids: before.uuids,
      device_settings: before.device_settings,
      locale: "de_DE",
      timezone_offset: 3600,
      authorization_data: { sessionid: cookieOf("second") },
    });
    expect(instagram.calls.map(({ proxy }) => proxy)).toEqual(
      instagram.calls.map(() => "http://p.example:8080"),
    );
    expect(signedBody(instagram.callsOf("accounts/login/")[0])).toMatchObject({
      guid: before.uuids.uuid,
    });
    expect(await sessionsIn(service)).toEqual([first]);
  });

  test("takes a proxy that it is given, already for itself", async () => {
    const first = (await logIn(service, { proxy: "http://p.example:8080" })).body;
    instagram.takePaths();
    await logIn(service, { proxy: "http://q.example:8080" });
    await read(first);
    expect(new Set(instagram.calls.map(({ proxy }) => proxy))).toEqual(
      new Set(["http://q.example:8080"]),
    );
  });

  test("gets a session of its own where it asks for one, and both go on", async () => {
    const first = (await logIn(service)).body;
    const second = (await logIn(service, { new_session: "true" })).body;
    expect(second).not.toBe(first);
    for (const session of [first, second]) expect((await read(session)).status).toBe(200);
    // Of several the newest one goes on.
    expect((await logIn(service)).body).toBe(second);
    expect(await sessionsIn(service)).toEqual([first, second]);
  });

  test("makes no second session when both come at once, in one process or in two", async () => {
    const directory = temporaryDirectory();
    const config = { database: { url: `file:${directory.path}/gramway.db` } };
    const one = await createTestService({ instagram, config });
    const two = await createTestService({ instagram, config });
    two.liveKey = one.liveKey;
    const answers = await Promise.all([logIn(one), logIn(two), logIn(one), logIn(two)]);
    const ids = answers.map(({ body, text, status }) => {
      expect(status, text).toBe(200);
      return body;
    });
    expect(await sessionsIn(one)).toEqual([ids[0]]);
    expect(new Set(ids).size).toBe(1);
    const login = async (at: TestService) =>
      (await settingsOf(at, ids[0])).authorization_data.sessionid;
    expect(await login(one)).toBe(await login(two));
    await one.close();
    await two.close();
    directory.remove();
  });

  test("leaves the session as it works when it is refused", async () => {
    const first = (await logIn(service)).body;
    const before = await settingsOf(service, first);
    for (const [answer, type] of [
      [reply(400, { message: "Wrong", error_type: "bad_password", status: "fail" }), "BadPassword"],
      [
        reply(400, {
          two_factor_required: true,
          two_factor_info: { two_factor_identifier: "x" },
          error_type: "two_factor_required",
          status: "fail",
        }),
        "TwoFactorRequired",
      ],
      [reply(400, CHALLENGE_TEXT), "ChallengeRequired"],
    ] as const) {
      instagram.on("accounts/login/", answer);
      const refused = await logIn(service);
      expect(refused.body.exc_type).toBe(type);
      if (type !== "BadPassword") expect(refused.body.session_id).toBe(first);
      expect((await read(first)).status).toBe(200);
      const { authorization_data } = await settingsOf(service, first);
      expect(authorization_data).toEqual(before.authorization_data);
    }
    instagram.on("accounts/login/", loggedIn());
    expect((await logIn(service)).body).toBe(first);
    expect(await sessionsIn(service)).toEqual([first]);
  });

  test("goes on in the session that Instagram has logged out, step by step", async () => {
    const first = (await logIn(service)).body;
    instagram.on("accounts/current_user/", reply(403, { message: "login_required" }));
    for (let time = 0; time < 2; time++) expectProblem(await read(first), "LoginRequired");
    instagram.on("accounts/login/", reply(400, CHALLENGE_TEXT));
    const challenged = await logIn(service);
    expect(challenged.body.session_id).toBe(first);
    expectProblem(await read(first), "ChallengeRequired");
    instagram.on("accounts/login/", loggedIn());
    instagram.on("accounts/current_user/", reply(200, account));
    expect((await logIn(service)).body).toBe(first);
    expect((await read(first)).status).toBe(200);
  });

  test("under another name goes on in the session of the same account", async () => {
    const first = (await logIn(service)).body;
    expect((await logIn(service, { username: "me.renamed" })).body).toBe(first);
    expect(await sessionsIn(service)).toEqual([first]);
  });

  test("under a name that is another account's by now leaves the session of the first", async () => {
    const first = (await logIn(service)).body;
    instagram.on("accounts/login/", loggedIn("7654321", "7654321%3Aother%3A28"));
    const second = (await logIn(service)).body;
    expect(second).not.toBe(first);
    const pkOf = async (session: string) =>
      (await settingsOf(service, session)).authorization_data.ds_user_id;
    expect([await pkOf(first), await pkOf(second)]).toEqual([USER_PK, "7654321"]);
  });
});

describe("a login by session id", () => {
  test("goes on in the session that its account has", async () => {
    const first = (await logIn(service, { proxy: "http://p.example:8080" })).body;
    const { uuids } = await settingsOf(service, first);
    instagram.takePaths();
    expect((await bySessionId(cookieOf("elsewhere"))).body).toBe(first);
    expect(instagram.calls.map(({ proxy }) => proxy)).toEqual(["http://p.example:8080"]);
    const after = await settingsOf(service, first);
    expect(after.uuids).toEqual(uuids);
    expect(after.cookies.sessionid).toBe(cookieOf("elsewhere"));
    // The upstream session id opens it, as clients of the Python service present it.
    expect((await read(cookieOf("elsewhere"))).status).toBe(200);
    const other = await bySessionId(cookieOf("third"), { new_session: "true" });
    expect(other.body).not.toBe(first);
  });

  test("that Instagram does not accept changes nothing", async () => {
    const first = (await logIn(service)).body;
    const before = await settingsOf(service, first);
    instagram.on(`users/${USER_PK}/info/`, reply(403, { message: "login_required" }));
    expect((await bySessionId(cookieOf("stale"))).status).toBe(401);
    expect(await settingsOf(service, first)).toEqual(before);
  });
});

describe("importing settings of an account that has a session", () => {
  const settings = (name: string, uuids?: Record<string, string>) =>
    savedSettings({
      authorization_data: { ds_user_id: USER_PK, sessionid: cookieOf(name) },
      ...(uuids ? { uuids } : {}),
    });

  test("goes on in it for a later login on the same device", async () => {
    const first = await importSession(service, settings("one"));
    const { uuids } = await settingsOf(service, first);
    expect(await importSession(service, settings("two"))).toBe(first);
    // A file that names no device is of the known one.
    expect(await importSession(service, settings("three", {}))).toBe(first);
    const after = await settingsOf(service, first);
    expect(after.authorization_data.sessionid).toBe(cookieOf("three"));
    expect(after.uuids).toEqual(uuids);
  });

  test("keeps a login on another device beside it, and makes a new session when asked to", async () => {
    const first = await importSession(service, settings("one"));
    const phone = { uuid: "cccccccc-0002-4bbb-8bbb-bbbbbbbbbbbb" };
    const second = await importSession(service, settings("two", phone));
    expect(second).not.toBe(first);
    const fields = { new_session: "true" };
    const third = await importSession(service, settings("three", phone), fields);
    expect(await sessionsIn(service)).toEqual([first, second, third]);
    const text = JSON.stringify(settings("four", phone));
    const fourth = (await patch({ settings: text, ...fields }, first)).body;
    expect(await sessionsIn(service)).toEqual([first, second, third, fourth]);
  });
});

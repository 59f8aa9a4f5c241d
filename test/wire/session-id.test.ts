import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { FakeInstagram, type Reply, reply } from "../support/fake-instagram.ts";
import { CHALLENGE_TEXT, SESSION_COOKIE, USER_PK } from "../support/live.ts";
import type { Answer, TestService } from "../support/service.ts";
import { createTestService } from "../support/service.ts";

const INFO = `users/${USER_PK}/info/`;
const WEB = "/graphql/query/";
const USER = reply(200, { user: { pk: Number(USER_PK), username: "me.account" }, status: "ok" });
const LOGGED_OUT = reply(403, { message: "login_required", status: "fail" });

let instagram: FakeInstagram;
let service: TestService;
beforeEach(async () => {
  instagram = new FakeInstagram().on(INFO, USER);
  service = await createTestService({ instagram });
});
afterEach(() => service.close());

const logIn = (sessionid = SESSION_COOKIE, fields: Record<string, string> = {}): Promise<Answer> =>
  service.request("POST", "/auth/login/by/sessionid", {
    key: service.liveKey,
    form: { sessionid, ...fields },
  });

describe("POST /auth/login/by/sessionid", () => {
  test("takes the cookie as the browser shows it, decoded or in quotes, as one session", async () => {
    const first = await logIn();
    expect(first.status).toBe(200);
    for (const form of [decodeURIComponent(SESSION_COOKIE), `"${SESSION_COOKIE}"`])
      expect((await logIn(form)).body).toBe(first.body);
    for (const { headers } of instagram.calls) {
      expect(headers.Cookie).toBe(`sessionid=${SESSION_COOKIE}`);
      const login = JSON.parse(
        Buffer.from(headers.Authorization!.replace("Bearer IGT:2:", ""), "base64").toString(),
      );
      expect(login).toEqual({
        ds_user_id: USER_PK,
        sessionid: SESSION_COOKIE,
        should_use_header_over_cookies: true,
      });
    }
  });

  test("asks the web where the app's API does not take the session", async () => {
    instagram
      .on(INFO, LOGGED_OUT)
      .on(WEB, reply(200, { data: { user: { username: "me.account" } }, status: "ok" }));
    expect((await logIn()).status).toBe(200);
    expect(instagram.takePaths()).toEqual([`GET ${INFO}`, `POST ${WEB}`]);
  });

  test("keeps to the app's refusal where the web has nothing better", async () => {
    instagram.on(INFO, LOGGED_OUT);
    for (const answer of [
      reply(401, ""),
      reply(200, "<html>"),
      reply(200, { data: { user: null } }),
      reply(302, "", { Location: "https://www.instagram.com/accounts/login/" }),
    ]) {
      instagram.on(WEB, answer);
      const refused = await logIn();
      expect([refused.status, refused.body.exc_type]).toEqual([401, "LoginRequired"]);
      expect(refused.text).not.toContain(SESSION_COOKIE);
    }
    const states = await service.service.stores.sessions.countByState();
    expect(states).toMatchObject({ active: 0, logged_out: 0 });
  });

  test("asks nobody else where the account is throttled or challenged, or nothing came back", async () => {
    const rows: [Reply, number][] = [
      [reply(429, ""), 429],
      [reply(400, CHALLENGE_TEXT), 403],
      [reply(400, { message: "feedback_required", status: "fail" }), 429],
    ];
    for (const [answer, status] of rows) {
      instagram.on(INFO, answer);
      expect((await logIn()).status).toBe(status);
      expect(instagram.takePaths()).toEqual([`GET ${INFO}`]);
    }
  });

  test("passes its options on", async () => {
    const proxy = "http://user:pw@127.0.0.1:8080";
    await logIn(SESSION_COOKIE, { proxy, locale: "fr_FR", timezone: "7200" });
    expect(instagram.calls[0]!.proxy).toBe(proxy);
    expect(instagram.calls[0]!.headers).toMatchObject({
      "X-IG-App-Locale": "fr_FR",
      "X-IG-Timezone-Offset": "7200",
    });
  });

  test("refuses what is no session id without asking anybody", async () => {
    for (const text of ["abc", USER_PK, `x${SESSION_COOKIE}`, `${SESSION_COOKIE}; a=b`])
      expect((await logIn(text)).body.exc_type).toBe("ValidationError");
    expect(instagram.takePaths()).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ProblemType } from "../../src/http/problems.ts";
import { FakeInstagram, reply, type Script } from "../support/fake-instagram.ts";
import { loggedIn, settingsOf, signedBody } from "../support/live.ts";
import { expectProblem } from "../support/problems.ts";
import type { Answer, TestService } from "../support/service.ts";
import { createTestService } from "../support/service.ts";
import { openPassword, passwordKeyHeaders } from "../support/wire/password.ts";

const LOGIN = [
  "POST launcher/sync/",
  "GET qe/sync/",
  "POST accounts/login/",
  "POST feed/reels_tray/",
  "POST feed/timeline/",
];
const PASSWORD = "S3cret Pass äöü 🔑";
const SECOND_FACTOR = reply(400, {
  message: "",
  two_factor_required: true,
  two_factor_info: { two_factor_identifier: "TwoFactorIdentifier" },
  error_type: "two_factor_required",
  status: "fail",
});

let instagram: FakeInstagram;
let service: TestService;
beforeEach(async () => {
  instagram = new FakeInstagram();
  service = await createTestService({ instagram, now: () => 1_795_500_000_217 });
});
afterEach(() => service.close());

const logIn = (fields: Record<string, string> = {}): Promise<Answer> =>
  service.request("POST", "/auth/login", {
    key: service.liveKey,
    form: { username: "me.account", password: PASSWORD, ...fields },
  });

describe("POST /auth/login", () => {
  test("makes the recorded requests, and the password can be opened with the published key", async () => {
    const answer = await logIn();
    expect(answer.status).toBe(200);
    const opened = openPassword(signedBody(instagram.callsOf("accounts/login/")[0]).enc_password);
    expect(opened).toEqual({ keyId: 209, seconds: "1795500000", password: PASSWORD });
    const body = signedBody(instagram.callsOf("accounts/login/")[0]);
    const sum = [...String(body.phone_id)].reduce((all, char) => all + char.charCodeAt(0), 0);
    expect(body.jazoest).toBe(`2${sum}`);
    expect(instagram.takePaths()).toEqual(LOGIN);
    expect((await settingsOf(service, answer.body)).last_login).toBeCloseTo(1_795_500_000.217);
  });

  test("encrypts anew for each login", async () => {
    await logIn();
    await logIn();
    const [first, second] = instagram.callsOf("accounts/login/").map(signedBody);
    expect(first!.enc_password).not.toBe(second!.enc_password);
    // From the phone that Instagram knows by now.
    expect(first!.guid).toBe(second!.guid);
  });

  test("takes usernames as people type them, also an e-mail address or a phone number", async () => {
    for (const [typed, sent] of [
      [" @Me.Account ", "me.account"],
      ["Me@Example.com", "me@example.com"],
      ["+49 151 23456789", "+4915123456789"],
    ] as const) {
      expect((await logIn({ username: typed })).status).toBe(200);
      expect(signedBody(instagram.callsOf("accounts/login/").at(-1)).username).toBe(sent);
    }
    expectProblem(await logIn({ username: "no such name" }), "ValidationError");
  });

  test("goes on where the app goes on: throttled launcher, feeds that fail to load", async () => {
    instagram
      .on("launcher/sync/", reply(429, { message: "", status: "fail" }))
      .on("feed/reels_tray/", reply(500, ""))
      .on("feed/timeline/", reply(400, { message: "feedback_required", status: "fail" }));
    expect((await logIn()).status).toBe(200);
    expect(instagram.takePaths()).toEqual(LOGIN);
  });

  test("takes nothing over from the browser-like request for the key", async () => {
    const headers = {
      ...passwordKeyHeaders(),
      "ig-set-x-mid": "web",
      "Set-Cookie": "csrftoken=web",
    };
    instagram.on("qe/sync/", reply(200, { status: "ok" }, headers));
    await logIn();
    const login = instagram.callsOf("accounts/login/")[0]!;
    expect(login.headers["X-MID"]).toBe("aMid");
    expect(login.headers).not.toContainKey("Cookie");
  });

  test("is never repeated", async () => {
    const broken: Script = () => {
      throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    };
    const late: Script = () => {
      throw new DOMException("late", "TimeoutError");
    };
    const rows: [Script, number, ProblemType][] = [
      [broken, 502, "OutcomeUnknown"],
      [late, 504, "OutcomeUnknown"],
      [reply(500, ""), 502, "UpstreamError"],
      [reply(429, ""), 429, "RateLimitError"],
      [
        reply(400, { message: "x", error_type: "bad_password", status: "fail" }),
        401,
        "BadPassword",
      ],
      [reply(200, "<html>"), 502, "UpstreamError"],
      [reply(200, { status: "ok" }), 502, "UpstreamError"],
      [
        reply(200, { status: "ok" }, { "ig-set-authorization": "Bearer IGT:2:" }),
        502,
        "UpstreamError",
      ],
      [reply(302, "", { Location: "https://www.instagram.com/" }), 502, "UpstreamError"],
    ];
    for (const [replies, status, type] of rows) {
      instagram.on("accounts/login/", replies);
      const answer = await logIn();
      expect(answer.status).toBe(status);
      expect(expectProblem(answer, type, "", status).outcome).toBe(
        status < 500 ? undefined : "unknown",
      );
      expect(instagram.takePaths()).toEqual(LOGIN.slice(0, 3));
      expect(answer.text).not.toContain(PASSWORD);
    }
    expect(service.logLines.join()).not.toContain(PASSWORD);
  });

  test("is not begun without a usable password key", async () => {
    for (const headers of [
      {},
      { "ig-set-password-encryption-key-id": "x", "ig-set-password-encryption-pub-key": "y" },
      { "ig-set-password-encryption-key-id": "41", "ig-set-password-encryption-pub-key": "bm8=" },
    ] as Record<string, string>[]) {
      instagram.on("qe/sync/", reply(200, { status: "ok" }, headers));
      expect(expectProblem(await logIn(), "UpstreamError").outcome).toBe("not_sent");
      expect(instagram.takePaths()).toEqual(LOGIN.slice(0, 2));
    }
  });

  test("passes locale, time zone and proxy on to every request, and keeps them", async () => {
    const proxy = "socks5://user:pw@127.0.0.1:1080";
    const answer = await logIn({ locale: "de_DE", timezone: "3600", proxy });
    expect(instagram.calls).toHaveLength(5);
    for (const call of instagram.calls) expect(call.proxy).toBe(proxy);
    for (const { headers } of instagram.calls.filter(({ method }) => method === "POST"))
      expect(headers).toMatchObject({
        "X-IG-App-Locale": "de_DE",
        "X-IG-App-Startup-Country": "DE",
        "X-IG-Timezone-Offset": "3600",
        "Accept-Language": "de-DE, en-US",
        "User-Agent": expect.stringContaining("; de_DE; "),
      });
    expect(await settingsOf(service, answer.body)).toMatchObject({
      locale: "de_DE",
      country: "DE",
      timezone_offset: 3600,
    });
  });

  test("refuses options that it cannot use before anything is sent", async () => {
    for (const fields of [
      { locale: "german" },
      { timezone: "CET" },
      { proxy: "ftp://127.0.0.1" },
      { verification_code: "abcdef" },
    ] as Record<string, string>[])
      expectProblem(await logIn(fields), "ValidationError");
    expect(instagram.takePaths()).toEqual([]);
  });
});

describe("a second factor", () => {
  beforeEach(() => void instagram.on("accounts/login/", SECOND_FACTOR));

  test("is asked for, and the next login comes from the same device", async () => {
    const first = await logIn();
    expectProblem(first, "TwoFactorRequired");
    expect(first.body.hint).toContain("verification_code");
    instagram.on("accounts/two_factor_login/", loggedIn());
    const second = await logIn({ verification_code: " 123 456" });
    expect(second).toMatchObject({ status: 200, body: first.body.session_id });
    const [before, after] = instagram.callsOf("accounts/login/").map(signedBody);
    expect(after).toMatchObject({
      guid: before!.guid,
      phone_id: before!.phone_id,
      device_id: before!.device_id,
    });
    expect(signedBody(instagram.callsOf("accounts/two_factor_login/")[0])).toMatchObject({
      verification_code: "123456",
      two_factor_identifier: "TwoFactorIdentifier",
      guid: before!.guid,
    });
  });

  test("is sent once; a wrong code leaves the login pending", async () => {
    const refusal = {
      message: "Please check the security code and try again.",
      error_type: "sms_code_validation_code_invalid",
      status: "fail",
    };
    instagram.on("accounts/two_factor_login/", reply(400, refusal), loggedIn());
    const wrong = await logIn({ verification_code: "000000" });
    expectProblem(wrong, "TwoFactorRequired");
    expect(wrong.body.detail).toBe(refusal.message);
    expect(instagram.callsOf("accounts/two_factor_login/")).toHaveLength(1);
    const right = await logIn({ verification_code: "123456" });
    expect(right.body).toBe(wrong.body.session_id);
  });

  test("that only the app can take is told so", async () => {
    instagram.on(
      "accounts/two_factor_login/",
      reply(400, { message: "Invalid Parameters", status: "fail" }),
    );
    const answer = await logIn({ verification_code: "123456" });
    expectProblem(answer, "TwoFactorRequired");
    expect(answer.body.detail).toContain("in the app");
  });

  test("leaves a session that cannot be used for anything else", async () => {
    const { body } = await logIn();
    instagram.takePaths();
    const answer = await service.request("GET", "/account", {
      key: service.liveKey,
      session: body.session_id,
    });
    expectProblem(answer, "TwoFactorRequired");
    expect(instagram.takePaths()).toEqual([]);
  });
});

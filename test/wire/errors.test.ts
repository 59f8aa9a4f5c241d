import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { problemKinds } from "../../src/http/problems.ts";
import { ADDRESS_BLOCKED } from "../../src/instagram/error-kinds.ts";
import { FakeInstagram, reply, type Script } from "../support/fake-instagram.ts";
import { unblock } from "../support/guard.ts";
import { CHALLENGE_TEXT, importSession, SESSION_COOKIE } from "../support/live.ts";
import { createTestService } from "../support/service.ts";

const instagram = new FakeInstagram();
const service = await createTestService({ instagram });
const session = await importSession(service);
afterAll(() => service.close());
// Over the same session: one that Instagram has logged out or throttled would not be asked for again.
beforeEach(async () => {
  await importSession(service);
  await unblock(service, session, service.liveKey);
});

interface Row {
  /** What the upstream answers. */
  when: string;
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** What the gateway answers: its status and `exc_type`. */
  gives: [status: number, type: string];
  detail?: RegExp;
  /** Where it is not the kind's. */
  hint?: string;
  lastJson?: string;
}

const fail = (message: string, more: Record<string, unknown> = {}): unknown => ({
  message,
  status: "fail",
  ...more,
});
const PAGE = "<!DOCTYPE html><html><title>Page Not Found</title></html>";
const UNSUPPORTED = "https://i.instagram.com/web/unsupported_version/";
const SUSPENDED = "https://www.instagram.com/accounts/suspended/";
const USERNAME = "The username you entered doesn't appear to belong to an account.";
const WAIT = "Please wait a few minutes before you try again.";

// Every branch of the recorded client's private.py, and what has happened to accounts since.
// biome-ignore format: a table is read by its rows
const ROWS: Row[] = [
  // 400 by message
  { when: "400 challenge_required", status: 400, body: CHALLENGE_TEXT, gives: [403, "ChallengeRequired"], lastJson: CHALLENGE_TEXT },
  { when: "400 feedback_required", status: 400, body: fail("feedback_required", { feedback_title: "Try Again Later", feedback_message: "We limit how often.", spam: true }), gives: [429, "FeedbackRequired"], detail: /^feedback_required: Try Again Later: We limit how often\.$/ },
  { when: "400 consent_required", status: 400, body: fail("consent_required"), gives: [403, "ConsentRequired"] },
  { when: "400 geoblock_required", status: 400, body: fail("geoblock_required"), gives: [403, "GeoBlockRequired"] },
  { when: "400 checkpoint_required", status: 400, body: fail("checkpoint_required", { checkpoint_url: "https://i.instagram.com/challenge/?next=/" }), gives: [403, "CheckpointRequired"] },
  { when: "400 login_required", status: 400, body: fail("login_required"), gives: [401, "LoginRequired"] },
  { when: "400 user_has_logged_out", status: 400, body: fail("user_has_logged_out"), gives: [401, "LoginRequired"] },
  { when: "400 please wait", status: 400, body: fail(WAIT), gives: [429, "PleaseWaitFewMinutes"] },
  { when: "400 VideoTooLongException", status: 400, body: fail("VideoTooLongException: 61 s"), gives: [422, "VideoTooLongException"] },
  { when: "400 not authorized to view", status: 400, body: fail("Not authorized to view user"), gives: [403, "PrivateAccount"] },
  { when: "400 invalid target user", status: 400, body: fail("Invalid target user."), gives: [404, "InvalidTargetUser"] },
  { when: "400 invalid media_id", status: 400, body: fail("Invalid media_id 1_2"), gives: [404, "InvalidMediaId"] },
  { when: "400 comment unavailable", status: 400, body: fail("This Comment is unavailable"), gives: [404, "CommentUnavailable"] },
  { when: "400 media unavailable", status: 400, body: fail("Media is unavailable"), gives: [404, "MediaUnavailable"] },
  { when: "400 media not found or unavailable", status: 400, body: fail("Media not found or unavailable"), gives: [404, "MediaNotFound"] },
  { when: "400 deleted", status: 400, body: fail("Sorry, this photo has been deleted."), gives: [404, "MediaUnavailable"] },
  { when: "400 unable to fetch followers", status: 400, body: fail("unable to fetch followers"), gives: [404, "UserNotFound"] },
  { when: "400 error generating user info", status: 400, body: fail("Error generating user info response"), gives: [404, "UserNotFound"] },
  { when: "400 unknown username", status: 400, body: fail(USERNAME, { error_type: "invalid_user" }), gives: [401, "UnknownUsername"] },
  { when: "400 unknown username by its message", status: 400, body: fail(USERNAME), gives: [401, "UnknownUsername"] },
  { when: "400 any other message", status: 400, body: fail("counter get error"), gives: [400, "UnknownError"], detail: /^counter get error$/ },
  { when: "400 without a message", status: 400, body: { status: "fail" }, gives: [400, "UnknownError"] },
  // 400 by error_type
  { when: "400 bad_password", status: 400, body: fail("The password you entered is incorrect.", { error_type: "bad_password" }), gives: [401, "BadPassword"] },
  { when: "400 two_factor_info", status: 400, body: fail("", { two_factor_info: { two_factor_identifier: "x" } }), gives: [401, "TwoFactorRequired"], detail: /^Two-factor authentication required$/ },
  { when: "400 two_factor_required", status: 400, body: fail("", { error_type: "two_factor_required" }), gives: [401, "TwoFactorRequired"] },
  { when: "400 wrong second factor", status: 400, body: fail("Please check the security code and try again.", { error_type: "sms_code_validation_code_invalid" }), gives: [401, "TwoFactorRequired"] },
  { when: "400 sentry_block", status: 400, body: fail("Sorry, there was a problem.", { error_type: "sentry_block" }), gives: [403, "SentryBlock"] },
  { when: "400 ip_block", status: 400, body: fail("The password you entered is incorrect.", { error_type: "ip_block" }), gives: [403, "ProxyAddressIsBlocked"] },
  { when: "403 ip_block", status: 403, body: fail("ip_block"), gives: [403, "ProxyAddressIsBlocked"] },
  { when: "400 open proxy", status: 400, body: fail("The IP address you are using has been flagged as an open proxy."), gives: [403, "ProxyAddressIsBlocked"] },
  { when: "400 rate_limit_error", status: 400, body: fail("There was an error.", { error_type: "rate_limit_error" }), gives: [429, "RateLimitError"] },
  // A version that is no longer served: neither a challenge nor a checkpoint ends it
  { when: "400 needs_upgrade", status: 400, body: fail("Your version of Instagram is out of date.", { error_type: "needs_upgrade" }), gives: [403, "UpgradeRequired"] },
  { when: "400 checkpoint of the unsupported version", status: 400, body: fail("checkpoint_required", { checkpoint_url: UNSUPPORTED }), gives: [403, "UpgradeRequired"] },
  { when: "400 challenge of the unsupported version", status: 400, body: fail("challenge_required", { challenge: { url: UNSUPPORTED, api_path: "/web/unsupported_version/" } }), gives: [403, "UpgradeRequired"] },
  { when: "403 checkpoint of the unsupported version", status: 403, body: fail("checkpoint_required", { checkpoint_url: `${UNSUPPORTED}?next=x` }), gives: [403, "UpgradeRequired"] },
  // An account that Instagram has closed: no code ends it
  { when: "400 challenge of a suspended account", status: 400, body: fail("challenge_required", { challenge: { url: `${SUSPENDED}?next=x`, api_path: "/accounts/suspended/", native_flow: false } }), gives: [403, "AccountSuspended"] },
  { when: "400 challenge of a suspended account without a path", status: 400, body: fail("challenge_required", { challenge: { url: SUSPENDED } }), gives: [403, "AccountSuspended"] },
  { when: "403 checkpoint of a suspended account", status: 403, body: fail("checkpoint_required", { checkpoint_url: SUSPENDED.slice(0, -1) }), gives: [403, "AccountSuspended"] },
  { when: "200 fail, suspended", status: 200, body: fail("challenge_required", { challenge: { url: SUSPENDED } }), gives: [403, "AccountSuspended"] },
  { when: "302 to a suspended account's page", status: 302, body: "", headers: { Location: SUSPENDED }, gives: [403, "AccountSuspended"] },
  { when: "400 disabled account", status: 400, body: fail("Your account has been disabled for violating our terms. Learn how you may be able to restore your account."), gives: [403, "AccountDisabled"], detail: /^Your account has been disabled/ },
  { when: "400 inactive user", status: 400, body: fail("There was a problem.", { error_type: "inactive user" }), gives: [403, "AccountDisabled"] },
  // Media that it does not take
  { when: "400 aspect ratio of a video", status: 400, body: fail("Transcode error: Video's aspect ratio is too large"), gives: [422, "AspectRatioNotAllowed"], detail: /too large$/ },
  { when: "400 aspect ratio of a photo", status: 400, body: fail("Uploaded image isn’t in an allowed aspect ratio"), gives: [422, "AspectRatioNotAllowed"] },
  { when: "400 transcode error", status: 400, body: fail("Transcode error: b'3tqjrEEcyU'"), gives: [422, "TranscodeError"] },
  { when: "400 source of a video", status: 400, body: fail("server processing error: VideoSourceError"), gives: [422, "TranscodeError"] },
  { when: "400 transcoding goes on", status: 400, body: fail("Transcode not finished yet."), gives: [400, "UnknownError"] },
  { when: "400 media_needs_reupload", status: 400, body: fail("media_needs_reupload"), gives: [422, "MediaNeedsReupload"] },
  // Direct
  { when: "400 missing thread", status: 400, body: fail("Thread does not exist"), gives: [404, "DirectThreadNotFound"] },
  { when: "400 message requests closed", status: 400, body: fail("You can’t message this account unless they follow you."), gives: [403, "DirectMessageRequestsDisabled"] },
  // Other forms of the same
  { when: "400 messages as a list", status: 400, body: { message: { errors: ["Media is unavailable", "again"] }, status: "fail" }, gives: [404, "MediaUnavailable"], detail: /^Media is unavailable again$/ },
  { when: "400 spam without feedback_required", status: 400, body: { spam: true, feedback_title: "Action Blocked", status: "fail" }, gives: [429, "FeedbackRequired"], detail: /^Action Blocked$/ },
  { when: "200 ok, but spam", status: 200, body: { spam: true, status: "ok" }, gives: [429, "FeedbackRequired"] },
  // Other statuses
  { when: "401", status: 401, body: fail("unauthorized"), gives: [401, "ClientUnauthorizedError"] },
  { when: "401 please wait", status: 401, body: fail(WAIT, { require_login: true }), gives: [429, "PleaseWaitFewMinutes"] },
  { when: "401 without a body", status: 401, body: "", gives: [401, "ClientUnauthorizedError"] },
  { when: "403 login_required", status: 403, body: fail("login_required", { logout_reason: 8 }), gives: [401, "LoginRequired"] },
  { when: "403", status: 403, body: fail("nope"), gives: [403, "ClientForbiddenError"] },
  { when: "403 page", status: 403, body: PAGE, gives: [403, "ClientForbiddenError"], hint: ADDRESS_BLOCKED },
  { when: "404 Not Found, a masked challenge", status: 404, body: "Not Found", gives: [403, "ChallengeRequired"], lastJson: "{}" },
  { when: "404 page", status: 404, body: PAGE, gives: [404, "UserNotFound"] },
  { when: "404 JSON", status: 404, body: fail("User not found"), gives: [404, "UserNotFound"] },
  { when: "408", status: 408, body: "", gives: [504, "UpstreamTimeout"] },
  { when: "418 JSON", status: 418, body: fail("teapot"), gives: [400, "UnknownError"] },
  { when: "429", status: 429, body: fail("Too many"), gives: [429, "RateLimitError"] },
  { when: "403 empty", status: 403, body: "", gives: [403, "ClientForbiddenError"], hint: ADDRESS_BLOCKED },
  { when: "429 page", status: 429, body: PAGE, gives: [429, "RateLimitError"], hint: ADDRESS_BLOCKED },
  { when: "429 empty", status: 429, body: "", gives: [429, "RateLimitError"], hint: ADDRESS_BLOCKED },
  { when: "429 please wait", status: 429, body: fail(WAIT), gives: [429, "PleaseWaitFewMinutes"] },
  // Nonsense
  { when: "500 JSON", status: 500, body: fail("Oops"), gives: [502, "UpstreamError"] },
  { when: "502 page", status: 502, body: PAGE, gives: [502, "UpstreamError"] },
  { when: "503 empty", status: 503, body: "", gives: [502, "UpstreamError"] },
  { when: "400 page", status: 400, body: PAGE, gives: [502, "UpstreamError"] },
  { when: "400 empty", status: 400, body: "", gives: [502, "UpstreamError"] },
  { when: "200 page", status: 200, body: PAGE, gives: [502, "UpstreamError"] },
  { when: "200 empty", status: 200, body: "", gives: [502, "UpstreamError"] },
  { when: "200 list", status: 200, body: [], gives: [502, "UpstreamError"] },
  { when: "200 null", status: 200, body: "null", gives: [502, "UpstreamError"] },
  { when: "200 cut off", status: 200, body: '{"user": {"pk": 1', gives: [502, "UpstreamError"] },
  // 2xx that says no
  { when: "200 fail", status: 200, body: fail("something"), gives: [400, "ClientStatusFail"], detail: /^something$/ },
  { when: "200 fail, login_required", status: 200, body: fail("login_required"), gives: [401, "LoginRequired"] },
  { when: "200 fail, challenge", status: 200, body: CHALLENGE_TEXT, gives: [403, "ChallengeRequired"], lastJson: CHALLENGE_TEXT },
  { when: "200 error_title", status: 200, body: { error_title: "Something is off", message: "no_reason", status: "ok" }, gives: [400, "ClientErrorWithTitle"], detail: /^no_reason$/ },
  { when: "200 media_needs_reupload", status: 200, body: { error_title: "bad image input", message: "media_needs_reupload", status: "ok" }, gives: [422, "MediaNeedsReupload"], detail: /^media_needs_reupload: bad image input$/ },
  { when: "200 comments_disabled", status: 200, body: { comments_disabled: true, status: "ok" }, gives: [403, "CommentsDisabled"] },
  { when: "200 hidden hashtag", status: 200, body: { warning_message: { category_name: "HASHTAG_PAGE_WARNING_MESSAGE", body_text: "Recent posts are hidden." }, null_state: { title: "Hidden" }, status: "ok" }, gives: [403, "HashtagPageWarning"], detail: /^Hidden: Recent posts are hidden\.$/ },
  { when: "200 without the user", status: 200, body: { status: "ok" }, gives: [404, "UserNotFound"] },
  { when: "200 without what a profile counts", status: 200, body: { user: { pk: 25025320, username: "instagram", is_private: false, media_count: 7, following_count: null }, status: "ok" }, gives: [502, "UpstreamError"], detail: /no whole profile: it lacks follower_count, following_count$/ },
  // Redirects are answers, not followed
  { when: "302 to the login page", status: 302, body: "", headers: { Location: "https://www.instagram.com/accounts/login/?next=x" }, gives: [401, "LoginRequired"] },
  { when: "302 to a challenge", status: 302, body: "", headers: { Location: "https://i.instagram.com/challenge/49123456789/Nonce/?next=/" }, gives: [403, "ChallengeRequired"], lastJson: '{"message":"challenge_required","challenge":{"url":"https://i.instagram.com/challenge/49123456789/Nonce/?next=/","api_path":"/challenge/49123456789/Nonce/"},"status":"fail"}' },
  { when: "302 elsewhere", status: 302, body: "", headers: { Location: "https://www.instagram.com/" }, gives: [502, "UpstreamError"] },
];

const ask = (): ReturnType<typeof service.request> =>
  service.request("GET", "/user", {
    key: service.liveKey,
    session,
    query: { user_id: "25025320" },
  });

describe("an answer of Instagram becomes the gateway's", () => {
  for (const { when, status, body, headers, gives, detail, hint, lastJson } of ROWS)
    test(`${when} → ${gives.join(" ")}`, async () => {
      instagram.on("users/25025320/info/", reply(status, body, headers));
      const answer = await ask();

      expect([answer.status, answer.body.exc_type]).toEqual(gives);
      expect(answer.headers.get("content-type")).toStartWith("application/problem+json");
      const kind = problemKinds[gives[1] as keyof typeof problemKinds];
      expect(answer.body).toMatchObject({ title: kind.title, status: gives[0] });
      if (hint !== undefined) expect(answer.body.hint).toBe(hint);
      else expect(answer.body.hint !== undefined).toBe(kind.hint !== undefined);
      expect(answer.headers.get("retry-after")).toBe(kind.retryAfter?.toString() ?? null);
      expect(answer.body.detail).toMatch(detail ?? /\S/);
      if (lastJson === undefined) expect(answer.body.last_json).toBeUndefined();
      else expect(answer.text).toContain(`"last_json":${lastJson.replace(/([:,]) /g, "$1")}`);
      expect(answer.text).not.toContain(SESSION_COOKIE);
    });
});

test("throttled answers say how long to wait, and four refusals of an account have a hint", () => {
  for (const row of ROWS.filter(({ gives }) => gives[0] === 429)) {
    const kind = problemKinds[row.gives[1] as keyof typeof problemKinds];
    expect(kind.retryAfter).toBeGreaterThan(0);
    expect(kind.hint).toBeString();
  }
  for (const type of ["TwoFactorRequired", "ChallengeRequired", "UpgradeRequired", "BadPassword"])
    expect(problemKinds[type as keyof typeof problemKinds].hint).toBeString();
});

test("a challenge is said to take a code exactly where POST /auth/challenge/resolve takes it", async () => {
  for (const [api_path, takesCode] of [
    ["/challenge/49123456789/Nonce/", true],
    ["/api/v1/challenge/49123456789/Nonce/", true],
    ["/challenge/?next=/x", false],
    ["/auth_platform/?apc=AYx", false],
  ] as const) {
    const body = fail("challenge_required", { challenge: { api_path } });
    instagram.on("users/25025320/info/", reply(400, body));
    const { hint } = (await ask()).body;
    expect(hint.includes("to have a code sent"), api_path).toBe(takesCode);
    const lastJson = JSON.stringify(body);
    instagram.on(`/api/v1/challenge/49123456789/Nonce/`, reply(200, { step_name: "verify_email" }));
    instagram.takePaths();
    await service.request("POST", "/auth/challenge/resolve", {
      key: service.liveKey,
      session,
      form: { last_json: lastJson },
    });
    expect(instagram.takePaths().length > 0, api_path).toBe(takesCode);
  }
});

describe("no usable answer", () => {
  const failing = (error: unknown): Script => {
    return () => {
      throw error;
    };
  };
  const reset = Object.assign(new Error("socket with secret hunter2"), { code: "ECONNRESET" });

  test("a connection reset is repeated once on a GET and answered with 502", async () => {
    instagram.on("users/25025320/info/", failing(reset));
    const answer = await ask();
    expect([answer.status, answer.body.exc_type]).toEqual([502, "UpstreamError"]);
    expect(instagram.takePaths()).toHaveLength(2);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
    expect(answer.text).not.toContain("hunter2");
    expect(service.logLines.join()).not.toContain("hunter2");
  });

  test("a GET that works the second time gives the answer", async () => {
    const counts = { media_count: 1, follower_count: 2, following_count: 3 };
    const user = { user: { pk: 25025320, username: "instagram", ...counts }, status: "ok" };
    for (const first of [failing(reset), reply(503, "")]) {
      instagram.on("users/25025320/info/", first, reply(200, user));
      const answer = await ask();
      expect([answer.status, answer.body.username]).toEqual([200, "instagram"]);
      expect(instagram.takePaths()).toHaveLength(2);
    }
  });

  test("time running out is answered with 504 and not repeated", async () => {
    instagram.on("users/25025320/info/", failing(new DOMException("late", "TimeoutError")));
    const answer = await ask();
    expect([answer.status, answer.body.exc_type]).toEqual([504, "UpstreamTimeout"]);
    expect(instagram.takePaths()).toHaveLength(1);
  });

  test("a POST is never repeated, whatever happens", async () => {
    const replies: [Script, number][] = [
      [failing(reset), 502],
      [failing(new DOMException("late", "TimeoutError")), 504],
      [reply(500, ""), 502],
      [reply(503, PAGE), 502],
      [reply(429, ""), 429],
    ];
    for (const [one, status] of replies) {
      instagram.on("accounts/disable_totp_two_factor/", one);
      const answer = await service.request("DELETE", "/auth/totp", {
        key: service.liveKey,
        session,
      });
      expect(answer.status).toBe(status);
      expect(instagram.takePaths()).toEqual(["POST accounts/disable_totp_two_factor/"]);
    }
  });

  test("a GET whose connection a proxy drops is repeated once, one that it refuses is not", async () => {
    await importSession(service, undefined, { proxy: "http://127.0.0.1:9" });
    for (const [code, calls] of [
      ["ECONNRESET", 2],
      ["ERR_PROXY_TUNNEL", 1],
      ["ECONNREFUSED", 1],
    ] as const) {
      instagram.on("users/25025320/info/", failing(Object.assign(new Error(code), { code })));
      const answer = await ask();
      expect([answer.status, answer.body.exc_type]).toEqual([502, "ProxyError"]);
      expect(instagram.takePaths()).toHaveLength(calls);
    }
  });

  test("a failure of the way out with a proxy is the proxy's", async () => {
    const secret = "proxy-password-7";
    const withProxy = await importSession(service, undefined, {
      proxy: `http://user:${secret}@127.0.0.1:9`,
    });
    expect(withProxy).toBe(session);
    const seen: (string | null)[] = [];
    instagram.on("users/25025320/info/", (call) => {
      seen.push(call.proxy);
      throw Object.assign(new Error(`connect ${call.proxy}`), { code: "ECONNREFUSED" });
    });
    const answer = await ask();
    expect([answer.status, answer.body.exc_type]).toEqual([502, "ProxyError"]);
    expect(seen[0]).toContain(secret);
    expect(answer.text + service.logLines.join()).not.toContain(secret);
  });
});

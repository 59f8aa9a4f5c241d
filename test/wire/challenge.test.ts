import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { FakeInstagram, type Reply, reply } from "../support/fake-instagram.ts";
import {
  CHALLENGE_TEXT,
  challengePath,
  importSession,
  loggedIn,
  logIn,
  savedSettings,
  signedBody,
} from "../support/live.ts";
import type { Answer, TestService } from "../support/service.ts";
import { createTestService } from "../support/service.ts";

const APP = `/api/v1${challengePath}`;
const UNVERSIONED = `/api${challengePath}`;
const CLOSE = reply(200, { action: "close", status: "ok" });
const step = (name: string, data: Record<string, unknown> = {}): Reply =>
  reply(200, { step_name: name, step_data: data, status: "ok" });
const SELECT = step("select_verify_method", {
  email: "x****g@y*****.com",
  phone_number: "+7 **09",
});
const VERIFY = step("verify_email", { contact_point: "x****g@y*****.com" });
const WRONG = reply(400, { message: "Please check the code we sent you.", status: "fail" });

let instagram: FakeInstagram;
let service: TestService;
beforeEach(async () => {
  instagram = new FakeInstagram();
  service = await createTestService({ instagram });
});
afterEach(() => service.close());

const resolve = (session: string, code?: string, lastJson = CHALLENGE_TEXT): Promise<Answer> =>
  service.request("POST", "/auth/challenge/resolve", {
    key: service.liveKey,
    session,
    form: { last_json: lastJson, ...(code === undefined ? {} : { security_code: code }) },
  });

const expectChallenge = (answer: Answer, detail: RegExp): void => {
  expect([answer.status, answer.body.exc_type]).toEqual([403, "ChallengeRequired"]);
  expect(answer.body.detail).toMatch(detail);
  // 64-bit numbers in it reach the caller, and come back, digit by digit.
  expect(answer.text).toContain('"cni":18226879502000588123');
};

/** Runs a login into a challenge and resolves with the session that waits for it. */
async function challengedSession(): Promise<string> {
  instagram.on("accounts/login/", reply(400, CHALLENGE_TEXT));
  const answer = await logIn(service);
  expectChallenge(answer, /^challenge_required$/);
  expect(answer.body.hint).toContain(answer.body.session_id);
  return answer.body.session_id;
}

describe("a challenge of a login", () => {
  test("has the code sent once, takes it in the second call, then the same device logs in", async () => {
    const session = await challengedSession();
    instagram.on(APP, SELECT, VERIFY, WRONG, CLOSE);
    instagram.takePaths();

    const asked = await resolve(session);
    expectChallenge(asked, /^Challenge code required: sent to x\*{4}g@y\*{5}\.com$/);
    expect(asked.body.hint).toContain("security_code");
    expect(instagram.takePaths()).toEqual([`GET ${APP.slice(8)}`, `POST ${APP.slice(8)}`]);

    const wrong = await resolve(session, "000000");
    expectChallenge(wrong, /^The code was refused: Please check the code we sent you\.$/);
    expect(wrong.body.hint).toContain("security_code");
    expect(instagram.takePaths()).toEqual([`POST ${APP.slice(8)}`]);

    const right = await resolve(session, "654 321");
    expect([right.status, right.body]).toEqual([200, true]);
    expect(signedBody(instagram.calls[0])).toEqual({ security_code: "654321" });
    instagram.takePaths();

    const login = instagram.on("accounts/login/", loggedIn()) && (await logIn(service));
    expect(login.body).toBe(session);
  });

  test("goes on from the device that was challenged", async () => {
    await challengedSession();
    const first = signedBody(instagram.callsOf("accounts/login/")[0]);
    instagram.on("accounts/login/", loggedIn());
    await logIn(service);
    const second = signedBody(instagram.callsOf("accounts/login/")[1]);
    for (const id of ["guid", "phone_id", "device_id", "adid"]) expect(second[id]).toBe(first[id]);
  });

  test("logs the session in where the answer to the code brings a login", async () => {
    const session = await challengedSession();
    const closed = loggedIn();
    instagram
      .on(UNVERSIONED, reply(200, { ...Object(closed.body), action: "close" }, closed.headers))
      .on(APP, VERIFY)
      .on("accounts/current_user/", reply(200, { user: { pk: 49123456789 }, status: "ok" }));
    expect((await resolve(session, "654321")).body).toBe(true);
    const read = await service.request("GET", "/account", { key: service.liveKey, session });
    expect(read.body.pk).toBe("49123456789");
  });

  test("keeps its progress when the first code, given at once, was wrong", async () => {
    const session = await challengedSession();
    instagram.on(APP, SELECT, VERIFY, WRONG, CLOSE);
    expectChallenge(await resolve(session, "000000"), /^The code was refused/);
    instagram.takePaths();
    expect((await resolve(session, "654321")).body).toBe(true);
    expect(instagram.takePaths()).toEqual([`POST ${APP.slice(8)}`]);
  });

  test("sends the code by SMS where there is no e-mail address", async () => {
    const session = await challengedSession();
    instagram.on(APP, step("select_verify_method", { phone_number: "+7 **09" }), VERIFY);
    expectChallenge(await resolve(session), /^Challenge code required/);
    expect(signedBody(instagram.calls.at(-1))).toEqual({ choice: "0" });
  });
});

test("a challenge whose first choice is refused sends the code by the other", async () => {
  const session = await challengedSession();
  const message = "Select a valid choice. 1 is not one of the available choices.";
  instagram.on(APP, SELECT, reply(400, { message, status: "fail" }), step("verify_sms"), CLOSE);
  instagram.takePaths();
  expectChallenge(await resolve(session), /^Challenge code required/);
  expect(instagram.calls.slice(1).map(signedBody)).toEqual([{ choice: "1" }, { choice: "0" }]);
  expect((await resolve(session, "654321")).body).toBe(true);
});

describe("a step of a challenge", () => {
  const rows: [name: string, opened: Reply, answered: Reply[], sent: Record<string, unknown>[]][] =
    [
      ["delta_login_review", step("delta_login_review"), [CLOSE], [{ choice: "0" }]],
      ["scraping_warning", step("scraping_warning"), [CLOSE], [{ choice: "0" }]],
      ["closed already", CLOSE, [], []],
      ["verify_email_code", step("verify_email_code"), [CLOSE], [{ security_code: "654321" }]],
      [
        "review of the contact point",
        VERIFY,
        [step("review_contact_point_change"), CLOSE],
        [{ security_code: "654321" }, { choice: 0 }],
      ],
    ];
  for (const [name, opened, answered, sent] of rows)
    test(`${name} is taken`, async () => {
      const session = await challengedSession();
      instagram.on(APP, opened).on(UNVERSIONED, ...answered);
      instagram.takePaths();
      expect((await resolve(session, "654321")).body).toBe(true);
      expect(instagram.calls.slice(1).map(signedBody)).toEqual(sent);
    });

  for (const name of ["selfie_captcha", "ufac_www_bloks", "change_password", "add_birthday", "new"])
    test(`${name} is a person's to take`, async () => {
      const session = await challengedSession();
      instagram.on(APP, step(name));
      instagram.takePaths();
      expectChallenge(await resolve(session, "654321"), new RegExp(`"${name}"`));
      expect(instagram.calls).toHaveLength(1);
    });

  test("a throttled code is throttling, not a wrong code", async () => {
    const session = await challengedSession();
    const wait = reply(400, { message: "Please wait a few minutes before you try again." });
    instagram.on(APP, VERIFY).on(UNVERSIONED, wait);
    const answer = await resolve(session, "654321");
    expect([answer.status, answer.body.exc_type]).toEqual([429, "PleaseWaitFewMinutes"]);
  });

  test("that asks for the code again says that it was wrong", async () => {
    const session = await challengedSession();
    instagram.on(APP, VERIFY).on(UNVERSIONED, VERIFY);
    expectChallenge(await resolve(session, "654321"), /^The code was refused/);
  });

  test("with no way to send a code is a person's to take", async () => {
    const session = await challengedSession();
    instagram.on(APP, step("select_verify_method", { choice: "0" }));
    expectChallenge(await resolve(session), /neither e-mail nor SMS/);
  });
});

test.each([
  ["/api/v1/challenge/NoNumber/Nonce/", "/challenge/NoNumber/Nonce/", "/api"],
  ["/api/challenge/", "/challenge/", "/api/v1"],
])(
  "a path as %s is taken, without a query where it names no user",
  async (given, path, answered) => {
    const session = await challengedSession();
    instagram.takePaths();
    instagram.on(`/api/v1${path}`, step("verify_phone")).on(answered + path, CLOSE);
    if (answered === "/api/v1") instagram.on(`/api/v1${path}`, step("verify_phone"), CLOSE);
    const lastJson = JSON.stringify({ challenge: { api_path: given } });
    expect((await resolve(session, "654321", lastJson)).body).toBe(true);
    const [opened, code] = instagram.calls;
    expect(opened?.url).toBe(`https://i.instagram.com/api/v1${path}`);
    expect(code?.url).toBe(`https://i.instagram.com${answered}${path}`);
  },
);

test("challenges of another kind are a person's to take and cost no request", async () => {
  const session = await challengedSession();
  instagram.takePaths();
  for (const path of [
    "/auth_platform/?apc=AYx",
    "/challenge/?next=/x",
    "/challenge/../accounts/",
  ]) {
    const answer = await resolve(session, "1234", `{"challenge": {"api_path": "${path}"}}`);
    expect([answer.status, answer.body.exc_type]).toEqual([403, "ChallengeRequired"]);
  }
  for (const lastJson of ["no json", "[]", "{}", '{"challenge": {"api_path": 5}}'])
    expect((await resolve(session, "1234", lastJson)).body.exc_type).toBe("ValidationError");
  expect(instagram.takePaths()).toEqual([]);
});

test("a challenge that turns out to be a suspended account is offered no code any more", async () => {
  const session = await challengedSession();
  const url = "https://i.instagram.com/accounts/suspended/";
  const suspended = { message: "challenge_required", challenge: { url }, status: "fail" };
  instagram.on(APP, reply(400, suspended));
  const answer = await resolve(session, "654321");
  expect([answer.status, answer.body.exc_type]).toEqual([403, "AccountSuspended"]);
  expect(answer.body.last_json).toBeUndefined();
  const read = await service.request("GET", "/account", { key: service.liveKey, session });
  expect([read.status, read.body.exc_type]).toEqual([401, "LoginRequired"]);
  instagram.takePaths();
  const again = await resolve(session, "654321", JSON.stringify(suspended));
  expect([again.status, again.body.exc_type]).toEqual([403, "AccountSuspended"]);
  expect(instagram.takePaths()).toEqual([]);
});

test("a login into a suspended account leaves no session that waits for a code", async () => {
  const challenge = { url: "https://i.instagram.com/accounts/suspended/" };
  const suspended = reply(400, { message: "challenge_required", challenge, status: "fail" });
  for (const path of ["accounts/login/", "feed/reels_tray/"]) {
    instagram.on("accounts/login/", loggedIn()).on(path, suspended);
    const answer = await logIn(service);
    expect([answer.status, answer.body.exc_type]).toEqual([403, "AccountSuspended"]);
    expect([answer.body.session_id, answer.body.last_json]).toEqual([undefined, undefined]);
    expect(answer.body.hint).toContain("owner");
  }
});

test("a logged-in session that is challenged stays logged in, whatever the step's headers say", async () => {
  const session = await importSession(service);
  const empty = { "ig-set-authorization": "Bearer IGT:2:" };
  instagram
    .on(APP, reply(200, VERIFY.body, empty))
    .on(UNVERSIONED, reply(200, CLOSE.body, empty))
    .on("accounts/current_user/", reply(200, { user: { pk: 49123456789 }, status: "ok" }));
  expect((await resolve(session, "654321")).body).toBe(true);
  const read = await service.request("GET", "/account", { key: service.liveKey, session });
  expect(read.status).toBe(200);
});

test("a session does not become another account's by that one's challenge", async () => {
  const session = await importSession(service);
  const other = loggedIn("777", "777%3AOther%3A5%3AAYlongenough");
  instagram
    .on(APP, VERIFY)
    .on(UNVERSIONED, reply(200, { ...Object(other.body), action: "close" }, other.headers))
    .on("accounts/current_user/", reply(200, { user: { pk: 49123456789 }, status: "ok" }));
  const answer = await resolve(session, "654321");
  expect([answer.status, answer.body.exc_type]).toEqual([422, "ValidationError"]);
  await service.request("GET", "/account", { key: service.liveKey, session });
  expect(instagram.calls.at(-1)!.headers["IG-INTENDED-USER-ID"]).toBe("49123456789");
});

describe("a challenge on a web page", () => {
  const form = (type: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    challengeType: type,
    ...more,
  });
  const page = reply(200, "<html></html>", { "Set-Cookie": "csrftoken=PageToken; Path=/" });
  const asked = reply(200, { ...form("VerifyEmailCodeForm"), status: "ok" });
  const review = reply(200, {
    challenge: form("ReviewContactPointChangeForm", { navigation: { forward: "/forward/1/" } }),
    status: "ok",
  });
  const done = reply(200, { type: "CHALLENGE_REDIRECTION", status: "ok" });

  const bodies = (): Record<string, string>[] =>
    instagram.calls
      .filter(({ method }) => method === "POST")
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body ?? "")));

  beforeEach(() => void instagram.on(APP, reply(400, CHALLENGE_TEXT)).on("/forward/1/", done));

  test("is taken in two calls, each code sent once", async () => {
    const session = await importSession(service, savedSettings({ cookies: {} }));
    const wrong = form("VerifyEmailCodeForm", { errors: ["Please check the code."] });
    instagram.on(
      challengePath,
      page,
      asked,
      reply(400, { challenge: wrong, status: "fail" }),
      review,
    );

    expectChallenge(await resolve(session), /^Challenge code required/);
    expect(bodies()).toEqual([{ choice: "1" }]);
    instagram.takePaths();

    expectChallenge(await resolve(session, "000000"), /^The code was refused: Please check/);
    expect(bodies()).toEqual([{ security_code: "000000" }]);
    expect(instagram.calls[0]!.headers).toMatchObject({
      "x-csrftoken": "PageToken",
      Cookie: "csrftoken=PageToken",
    });
    instagram.takePaths();

    expect((await resolve(session, "654321")).body).toBe(true);
    expect(bodies()).toEqual([
      { security_code: "654321" },
      expect.objectContaining({ choice: "0", new_password1: "", new_password2: "" }),
    ]);
    expect(instagram.takePaths()).toEqual([`POST ${challengePath}`, "POST /forward/1/"]);
  });

  test("keeps what each of its answers sets, over a redirect and between two calls", async () => {
    const session = await importSession(service, savedSettings({ cookies: {} }));
    const withHeaders = (answer: Reply, ...headers: [string, string][]): Reply => ({
      ...answer,
      headers: new Headers(headers),
    });
    const sets = (cookie: string): [string, string] => ["Set-Cookie", `${cookie}; Path=/; Secure`];
    instagram
      .on(
        challengePath,
        withHeaders(reply(302, ""), ["Location", "/challenge/page/"], sets("ig_did=Device")),
        withHeaders(asked, sets("csrftoken=Rotated")),
        done,
      )
      .on("/challenge/page/", withHeaders(page, sets("csrftoken=PageToken"), sets("mid=Mid")));

    expectChallenge(await resolve(session), /^Challenge code required/);
    const [, opened, next, choice] = instagram.calls.splice(0);
    expect([opened?.headers.Cookie, next?.headers.Cookie]).toEqual([undefined, "ig_did=Device"]);
    expect(choice?.headers.Cookie).toBe("ig_did=Device; csrftoken=PageToken; mid=Mid");

    expect((await resolve(session, "654321")).body).toBe(true);
    expect(instagram.calls[0]?.headers).toMatchObject({
      Cookie: "ig_did=Device; csrftoken=Rotated; mid=Mid",
      "x-csrftoken": "PageToken",
    });
  });

  test("falls back to SMS, and gives a phone number where it is wanted", async () => {
    const session = await importSession(service);
    const noEmail = form("SelectContactPointRecoveryForm", { errors: ["Select a valid choice."] });
    const phone = form("SubmitPhoneNumberForm", {
      fields: { phone_number: "+7" },
      challenge_context: "ctx",
    });
    instagram.on(
      challengePath,
      page,
      reply(200, { message: "", challenge: noEmail, status: "fail" }),
      reply(200, { challenge: phone, status: "ok" }),
      asked,
      done,
    );
    expect((await resolve(session, "654321")).body).toBe(true);
    expect(bodies()).toEqual([
      { choice: "1" },
      { choice: "0" },
      { phone_number: "+7", challenge_context: "ctx" },
      { security_code: "654321" },
    ]);
  });

  const choices = (...values: unknown[]): Record<string, unknown> =>
    form("SelectVerificationMethodForm", {
      errors: ["Select a valid choice. 1 is not one of the available choices."],
      extraData: {
        content: [
          { __typename: "GraphChallengePageHeader", title: "Help us", fields: null },
          {
            __typename: "GraphChallengePageForm",
            fields: [
              {
                input_name: "choice",
                input_type: "radio",
                values: values.map((value) => ({ label: "Phone", selected: true, value })),
              },
            ],
          },
        ],
      },
      fields: { choice: "None", phone_number: "+7 *** **09" },
    });

  test.each([0, "0"])(
    "takes the other choice where the refused form lists it as %p",
    async (sms) => {
      const session = await importSession(service);
      const refused = reply(400, { message: "", challenge: choices(sms), status: "fail" });
      instagram.on(challengePath, page, refused, asked, done);
      expectChallenge(await resolve(session), /^Challenge code required/);
      expect(bodies()).toEqual([{ choice: "1" }, { choice: "0" }]);
      expect((await resolve(session, "654321")).body).toBe(true);
    },
  );

  test("asks for no choice that the refused form does not list", async () => {
    const session = await importSession(service);
    instagram.on(challengePath, page, reply(400, { ...choices(3), status: "fail" }));
    expectChallenge(await resolve(session), /"SelectVerificationMethodForm"/);
    expect(bodies()).toEqual([{ choice: "1" }]);
  });

  test("that has nothing left to ask is resolved", async () => {
    const session = await importSession(service);
    instagram.on(challengePath, page, done);
    expect((await resolve(session)).body).toBe(true);
  });

  for (const type of ["RecaptchaChallengeForm", "LegacyForceSetNewPasswordForm"])
    test(`with a ${type} is a person's to take`, async () => {
      const session = await importSession(service);
      instagram.on(challengePath, page, reply(200, { challenge: form(type), status: "fail" }));
      expectChallenge(await resolve(session, "654321"), new RegExp(type));
      instagram.on(challengePath, page, asked, reply(200, { challenge: form(type) }));
      expectChallenge(await resolve(session, "654321"), new RegExp(type));
    });
});

import { describe, expect, test } from "bun:test";
import { createEmulator, sandboxSessionId } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { APP_HEADERS, loggedIn, TestClient } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);
const PROFILE = `/api/v1/users/${INSTAGRAM_PK}/info/`;

describe("sessions", () => {
  test("stay valid when the emulator starts anew", async () => {
    const next = new TestClient(createEmulator({ seed: 7 }));
    next.authorization = me.authorization;
    expect((await next.get("accounts/current_user/")).json.user.username).toBe("sandbox");
  });

  test("are told by the cookie where there is no header", async () => {
    const sessionId = sandboxSessionId("sandbox") ?? "";
    for (const value of [sessionId, decodeURIComponent(sessionId)]) {
      const answer = await new TestClient(emulator).send("GET", PROFILE, {
        headers: { Cookie: `mid=x; sessionid=${value}; ds_user_id=${SANDBOX_PK}` },
      });
      expect(answer.status).toBe(200);
    }
  });

  test.each([
    ["missing", undefined],
    ["empty", "Bearer IGT:2:"],
    ["not base64 JSON", "Bearer IGT:2:%%%"],
    ["of another scheme", "Basic eA=="],
    ["JSON without a session", `Bearer IGT:2:${Buffer.from("null").toString("base64")}`],
    [
      "made up",
      `Bearer IGT:2:${Buffer.from(`{"ds_user_id":"${SANDBOX_PK}","sessionid":"${SANDBOX_PK}%3AAbCdEfGhIjKlMn%3A28%3AAYdSessionIdTail"}`).toString("base64")}`,
    ],
    [
      "another account's",
      `Bearer IGT:2:${Buffer.from(JSON.stringify({ ds_user_id: "61000000002", sessionid: sandboxSessionId("sandbox") })).toString("base64")}`,
    ],
  ])("are refused with login_required when %s", async (_case, authorization) => {
    const answer = await me.send("GET", PROFILE, { headers: { Authorization: authorization } });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({
      message: "login_required",
      error_title: "You've Been Logged Out",
      logout_reason: 8,
      status: "fail",
    });
  });

  test("end with their logout, in their world only", async () => {
    const there = await loggedIn(emulator, "sandbox", "logout");
    const other = await loggedIn(emulator, "sandbox", "logout");
    await there.send("POST", "/api/v1/accounts/logout/", { form: { guid: "x" } });
    expect((await there.get("accounts/current_user/")).status).toBe(403);
    expect((await other.get("accounts/current_user/")).status).toBe(200);
    const elsewhere = new TestClient(emulator);
    elsewhere.authorization = there.authorization;
    expect((await elsewhere.get("accounts/current_user/")).status).toBe(200);
  });

  test("must belong to the account that the request names", async () => {
    const header = { "IG-INTENDED-USER-ID": String(SANDBOX_PRIVATE_PK) };
    expect((await me.send("GET", PROFILE, { headers: header })).status).toBe(400);
    const own = { "IG-INTENDED-USER-ID": String(SANDBOX_PK) };
    expect((await me.send("GET", PROFILE, { headers: own })).status).toBe(200);
    const signed = { user_id: String(INSTAGRAM_PK), _uid: SANDBOX_PRIVATE_PK };
    expect((await me.post(`friendships/create/${INSTAGRAM_PK}/`, signed)).json.message).toBe(
      "user_mismatch",
    );
  });
});

describe("requests that the upstream refuses", () => {
  test.each([
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) Safari/605.1.15"],
    ["python-httpx/0.28.1"],
    ["Instagram"],
    ["Instagram 428.0.0.47.67 Android"],
    ["Mozilla/5.0 Instagram 428.0.0.47.67 Android (34/14; 480dpi; 1x1; a; b; c; d; en_US; 1)"],
  ])("user agent %s", async (userAgent) => {
    const answer = await me.send("GET", PROFILE, { headers: { "User-Agent": userAgent } });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message: "useragent mismatch", status: "fail" });
  });

  test.each([
    [
      "Instagram 222.0.0.13.114 Android (24/7.0; 640dpi; 1440x2560; samsung; SM-G930F; herolte; samsungexynos8890; en_US; 350696709)",
    ],
    [
      "Instagram 273.0.0.16.70 (iPhone15,2; iOS 17_5_1; en_US; en-US; scale=3.00; 1290x2796; 470085518)",
    ],
  ])("but not the app's own %s", async (userAgent) => {
    const answer = await me.send("GET", PROFILE, { headers: { "User-Agent": userAgent } });
    expect(answer.status).toBe(200);
  });

  test("versions of the app that are too old", async () => {
    const headers = {
      "User-Agent": APP_HEADERS["User-Agent"].replace("428.0.0.47.67", "27.0.0.7.97"),
    };
    const session = await me.send("GET", PROFILE, { headers });
    expect(session.status).toBe(400);
    expect(session.json).toMatchObject({
      message: "checkpoint_required",
      checkpoint_url: "https://i.instagram.com/web/unsupported_version/",
    });
    const login = await me.send("POST", "/api/v1/accounts/login/", { headers, signed: {} });
    expect(login.json.error_type).toBe("needs_upgrade");
  });

  test.each([
    "X-IG-App-ID",
    "X-IG-Capabilities",
    "X-IG-Connection-Type",
    "X-IG-Device-ID",
    "X-IG-Android-ID",
  ])("without the header %s", async (name) => {
    const answer = await me.send("GET", PROFILE, { headers: { [name]: undefined } });
    expect(answer.status).toBe(400);
    expect(answer.json.message).toContain(name);
  });

  const create = `/api/v1/friendships/create/${INSTAGRAM_PK}/`;
  test.each([
    ["an unsigned form", { form: { user_id: String(INSTAGRAM_PK) } }],
    ["no body", {}],
    [
      "another word than SIGNATURE",
      { form: { signed_body: `NAME.{"user_id":"${INSTAGRAM_PK}"}` } },
    ],
    ["a signature without a body", { form: { signed_body: "SIGNATURE" } }],
    ["a short HMAC", { form: { signed_body: 'abc.{"user_id":"1"}', ig_sig_key_version: "4" } }],
    ["an HMAC without a key version", { form: { signed_body: `${"a".repeat(64)}.{}` } }],
    ["broken JSON", { form: { signed_body: "SIGNATURE.{" } }],
    ["a list", { signed: [] }],
    ["missing fields", { signed: { _uuid: "x" } }],
    ["another user than the path's", { signed: { user_id: String(SANDBOX_PRIVATE_PK) } }],
    [
      "a JSON content type",
      {
        signed: { user_id: String(INSTAGRAM_PK) },
        headers: { "Content-Type": "application/json" },
      },
    ],
  ])("a signed endpoint sent %s", async (_case, wanted) => {
    const answer = await me.send("POST", create, wanted);
    expect(answer.status).toBe(400);
    expect(answer.json.status).toBe("fail");
    expect(answer.json.message).toBeString();
  });

  test.each([
    ["GET", "/api/v1/no/such/endpoint/"],
    ["POST", PROFILE],
    ["PUT", PROFILE],
    ["GET", "/"],
    ["GET", create],
  ] as const)("%s %s, with a page", async (method, path) => {
    const answer = await me.send(method, path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toContain("text/html");
  });
});

describe("hosts", () => {
  test.each(["127.0.0.1:9099", "localhost:9099", "emulator", "i.instagram.com"])(
    "%s is the private API",
    async (host) => {
      expect((await me.send("GET", PROFILE, { host })).status).toBe(200);
    },
  );

  test("X-Forwarded-Host wins", async () => {
    const answer = await me.send("GET", "/share/p/BAabcdef12/", {
      host: "127.0.0.1:9099",
      headers: { "X-Forwarded-Host": "www.instagram.com" },
    });
    expect(answer.status).toBe(302);
  });
});

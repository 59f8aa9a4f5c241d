import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { createEmulator, SANDBOX_ACCOUNTS, sandboxSessionId } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { DEVICE, loggedIn, TestClient } from "./client.ts";

const emulator = createEmulator();

/** What an authenticator app shows for a base 32 seed. */
function authenticatorCode(seed: string, unixMs: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...seed].map((l) => alphabet.indexOf(l).toString(2).padStart(5, "0")).join("");
  const key = Uint8Array.from({ length: bits.length / 8 }, (_, i) =>
    Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2),
  );
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(unixMs / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const number = hash.readUInt32BE(hash.readUInt8(19) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

describe("login", () => {
  test("gives the account, a session and the state headers", async () => {
    const client = new TestClient(emulator);
    const answer = await client.login("sandbox");
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      status: "ok",
      logged_in_user: { pk: SANDBOX_PK, pk_id: String(SANDBOX_PK), username: "sandbox" },
    });
    const authorization = answer.headers.get("ig-set-authorization") ?? "";
    expect(authorization).toStartWith("Bearer IGT:2:");
    const claims = JSON.parse(Buffer.from(authorization.slice(13), "base64").toString());
    expect(claims.ds_user_id).toBe(String(SANDBOX_PK));
    expect(claims.sessionid).toMatch(new RegExp(`^${SANDBOX_PK}%3A\\w{14}%3A\\d+%3A[\\w-]+$`));
    expect(answer.headers.get("ig-set-x-mid")).toBeTruthy();
    expect(answer.headers.get("ig-set-ig-u-rur")).toContain(String(SANDBOX_PK));
    expect(answer.headers.get("x-ig-set-www-claim")).toStartWith("hmac.");
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split("=")[0]);
    expect(cookies).toEqual(["csrftoken", "mid", "ds_user_id", "sessionid", "rur"]);
  });

  test("takes a plain password too", async () => {
    const answer = await new TestClient(emulator).login("sandbox", "", {
      enc_password: "#PWD_INSTAGRAM:0:1795459503:sandbox",
    });
    expect(answer.status).toBe(200);
  });

  test("takes the older signature", async () => {
    const client = new TestClient(emulator);
    const fields = JSON.stringify(await client.loginFields("sandbox", "sandbox"));
    const form = { signed_body: `${"0a".repeat(32)}.${fields}`, ig_sig_key_version: "4" };
    const answer = await client.send("POST", "/api/v1/accounts/login/", { form });
    expect(answer.status).toBe(200);
  });

  test("publishes the password key to browsers and to the app", async () => {
    const client = new TestClient(emulator);
    const byBrowser = await client.send("GET", "/api/v1/qe/sync/", {
      headers: { "User-Agent": "Mozilla/5.0 Safari/605.1.15" },
    });
    const byApp = await client.post("qe/sync/", { id: DEVICE.guid, experiments: "x" });
    const key = "ig-set-password-encryption-pub-key";
    expect(byApp.headers.get(key)).toBe(byBrowser.headers.get(key));
    expect(Buffer.from(byApp.headers.get(key) ?? "", "base64").toString()).toStartWith(
      "-----BEGIN PUBLIC KEY-----",
    );
  });

  test.each([
    ["a wrong password", "sandbox", "wrong", {}, "bad_password"],
    [
      "a password that does not decrypt",
      "sandbox",
      "",
      { enc_password: "#PWD_INSTAGRAM:4:1:AcU=" },
      "bad_password",
    ],
    ["a bare password", "sandbox", "", { enc_password: "sandbox" }, "bad_password"],
    ["an account that nobody can log in to", "instagram", "sandbox", {}, "bad_password"],
    ["an unknown username", "nobody.at.all", "sandbox", {}, "invalid_user"],
    ["no device id", "sandbox", "sandbox", { device_id: "" }, "invalid_parameters"],
    ["a made-up device id", "sandbox", "sandbox", { device_id: "phone" }, "invalid_parameters"],
    ["a wrong guid", "sandbox", "sandbox", { guid: "1" }, "invalid_parameters"],
    ["a wrong jazoest", "sandbox", "sandbox", { jazoest: "21" }, "invalid_parameters"],
  ])("refuses %s", async (_case, username, password, change, errorType) => {
    const answer = await new TestClient(emulator).login(username, password, change);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ status: "fail", error_type: errorType });
    expect(answer.json.message).not.toBe("");
    expect(answer.headers.get("ig-set-authorization")).toBeNull();
  });

  test("the named accounts have profiles", async () => {
    const client = await loggedIn(emulator);
    expect(SANDBOX_ACCOUNTS).toHaveLength(7);
    for (const { pk, username } of SANDBOX_ACCOUNTS) {
      expect((await client.get(`users/${pk}/info/`)).json.user.username).toBe(username);
    }
  });
});

describe("second factor", () => {
  async function askedFor(username: string, world = "default") {
    const client = new TestClient(emulator, world);
    const answer = await client.login(username);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      error_type: "two_factor_required",
      two_factor_required: true,
      two_factor_info: { username },
    });
    const identifier: string = answer.json.two_factor_info.two_factor_identifier;
    const enter = (code: string, change: object = {}) =>
      client.post("accounts/two_factor_login/", {
        verification_code: code,
        two_factor_identifier: identifier,
        username,
        trust_this_device: "0",
        guid: DEVICE.guid,
        device_id: DEVICE.device_id,
        verification_method: "3",
        ...change,
      });
    return { client, enter };
  }

  test("is passed with 123456, with or without blanks", async () => {
    const { client, enter } = await askedFor("sandbox_2fa");
    expect((await enter("123 456")).status).toBe(200);
    client.keep(await enter("123456"));
    expect((await client.get("accounts/current_user/")).json.user.username).toBe("sandbox_2fa");
  });

  test("refuses a wrong code and another account's identifier", async () => {
    const { enter } = await askedFor("sandbox_2fa");
    const wrong = await enter("000000");
    expect(wrong.status).toBe(400);
    expect(wrong.json).toMatchObject({
      message: "Please check the security code and try again.",
      error_type: "sms_code_validation_code_invalid",
    });
    expect((await enter("123456", { username: "sandbox" })).status).toBe(400);
    expect((await enter("123456", { two_factor_identifier: "x" })).status).toBe(400);
  });

  test("is not asked for again on a device that shall be trusted", async () => {
    const { enter } = await askedFor("sandbox_2fa", "trusting");
    await enter("123456", { trust_this_device: "1" });
    expect((await new TestClient(emulator, "trusting").login("sandbox_2fa")).status).toBe(200);
  });

  test("is asked for after an authenticator app was added, in that world only", async () => {
    const world = "totp";
    const me = await loggedIn(emulator, "sandbox", world);
    const seed: string = (await me.post("accounts/generate_two_factor_totp_key/", {})).json
      .totp_seed;
    expect(seed).toMatch(/^[A-Z2-7]{32}$/);
    const wrong = await me.post("accounts/enable_totp_two_factor/", { verification_code: "1" });
    expect(wrong.status).toBe(400);
    expect((await new TestClient(emulator, world).login("sandbox")).status).toBe(200);

    const code = authenticatorCode(seed, Date.now());
    const enabled = await me.post("accounts/enable_totp_two_factor/", { verification_code: code });
    expect(enabled.json.backup_codes).toHaveLength(5);
    expect((await new TestClient(emulator).login("sandbox")).status).toBe(200);

    const { enter } = await askedFor("sandbox", world);
    expect((await enter("000000")).status).toBe(400);
    expect((await enter(authenticatorCode(seed, Date.now()))).status).toBe(200);
    const backup: string = enabled.json.backup_codes[0];
    expect((await enter(backup)).status).toBe(200);
    expect((await enter(backup)).status).toBe(400);

    await me.post("accounts/disable_totp_two_factor/", {});
    expect((await new TestClient(emulator, world).login("sandbox")).status).toBe(200);
  });
});

describe("challenge", () => {
  test.each(["/api/v1", "/api"])(
    "is resolved under %s, and the device is trusted then",
    async (root) => {
      const client = new TestClient(emulator, `challenge ${root}`);
      const demanded = await client.login("sandbox_challenge");
      expect(demanded.status).toBe(400);
      expect(demanded.json).toMatchObject({ message: "challenge_required", status: "fail" });
      const path = root + demanded.json.challenge.api_path;

      const start = await client.send("GET", path, { query: { guid: DEVICE.guid } });
      expect(start.json).toMatchObject({ step_name: "select_verify_method", user_id: 61000000003 });
      const code = { security_code: "123456" };
      expect((await client.send("POST", path, { signed: code })).status).toBe(400);
      expect((await client.send("POST", path, { signed: { choice: "7" } })).status).toBe(400);
      const sms = await client.send("POST", path, { signed: { choice: "0" } });
      expect(sms.json.step_data.contact_point).toStartWith("+1");
      const email = await client.send("POST", path, { signed: { choice: "1" } });
      expect(email.json.step_name).toBe("verify_email");

      const wrong = await client.send("POST", path, { signed: { security_code: "000000" } });
      expect(wrong.status).toBe(400);
      expect(wrong.json.message).toBe("Please check the code we sent you and try again.");
      const done = client.keep(await client.send("POST", path, { signed: code }));
      expect(done.json).toMatchObject({
        action: "close",
        status: "ok",
        logged_in_user: { username: "sandbox_challenge" },
      });
      expect((await client.get("accounts/current_user/")).status).toBe(200);
      expect((await client.login("sandbox_challenge")).status).toBe(200);
      const elsewhere = { guid: "cccccccc-0002-4bbb-8bbb-bbbbbbbbbbbb" };
      expect((await client.login("sandbox_challenge", "sandbox", elsewhere)).status).toBe(400);
    },
  );

  test("that nobody was sent into is not found", async () => {
    const client = new TestClient(emulator);
    expect((await client.get("challenge/61000000003/0123456789/")).status).toBe(404);
  });
});

describe("throttled account", () => {
  const message = "Please wait a few minutes before you try again.";

  test("is refused at its login", async () => {
    const answer = await new TestClient(emulator).login("sandbox_throttled");
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message, status: "fail" });
  });

  test("is refused with every request of a session", async () => {
    const client = new TestClient(emulator);
    const cookie = `sessionid=${sandboxSessionId("sandbox_throttled")}`;
    const answer = await client.send("GET", `/api/v1/users/${INSTAGRAM_PK}/info/`, {
      headers: { Cookie: cookie },
    });
    expect(answer.status).toBe(429);
    expect(answer.json).toEqual({ message, status: "fail" });
  });
});

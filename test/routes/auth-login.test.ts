import { afterAll, describe, expect, test } from "bun:test";
import { sandboxSessionId } from "../../src/emulator/index.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createTestService, type RequestOptions } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

const { testKey: key } = service;
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

const login = (form: Record<string, string>, more: RequestOptions = {}) =>
  service.request("POST", "/auth/login", { key, form, ...more });
const settingsOf = async (session: string, own = key) =>
  (await service.request("GET", "/auth/settings", { key: own, session })).body;
/** A key of a new tenant: the sandbox of nobody else. */
const newKey = async (fields = {}): Promise<string> =>
  (await service.createKey(await service.createTenant("Own", fields))).key;

describe("POST /auth/login", () => {
  const sandbox = { username: "sandbox", password: "sandbox" };

  test("answers with the session id as a JSON string, never with the upstream's cookie", async () => {
    const answer = await login(sandbox);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.text).toBe(JSON.stringify(answer.body));
    expect(answer.body).toMatch(ULID);
    const account = await service.request("GET", "/account", { key, session: answer.body });
    expect(account.body.username).toBe("sandbox");
  });

  test("makes a session each time that it is asked to", async () => {
    const first = (await login(sandbox)).body;
    const second = (await login({ ...sandbox, new_session: "true" })).body;
    expect(first).not.toBe(second);
    for (const session of [first, second])
      expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
  });

  test("keeps locale, time zone and proxy, and hands back no proxy in the settings", async () => {
    const proxy = "socks5://user:pass@proxy.example:1080";
    const options = { locale: "de_DE", timezone: "7200", proxy };
    const session = (await login({ ...sandbox, ...options })).body;
    const settings = await settingsOf(session);
    expect([settings.locale, settings.country]).toEqual(["de_DE", "DE"]);
    expect(settings.timezone_offset).toBe(7200);
    expect(settings.user_agent).toContain("de_DE");
    expect(JSON.stringify(settings)).not.toContain("proxy.example");
    const stored = await service.service.stores.sessions.find(service.tenantId, "test", session);
    expect(stored?.proxy).toBe(proxy);
  });

  test("treats empty optional fields as not given", async () => {
    const empty = { verification_code: "", proxy: "", locale: "", timezone: "" };
    expect((await login({ ...sandbox, ...empty })).status).toBe(200);
  });

  test("refuses a bad proxy, locale or time zone with 422, without quoting it", async () => {
    const wrong: [string, string][] = [
      ["proxy", "socks4://bob:s3cr3t@proxy.example:1080"],
      ["proxy", "http://bob:s3cr3t@proxy.example:99999"],
      ["proxy", "http://bob:s3cr3t@"],
      ["proxy", "http://bob:s3cr3t@host/path"],
      ["proxy", "ftp://bob:s3cr3t@host"],
      ["locale", "english"],
      ["locale", "en_us"],
      ["timezone", "Europe/Berlin"],
      ["timezone", "99999"],
    ];
    for (const [field, value] of wrong) {
      const answer = await login({ ...sandbox, [field]: value });
      expect(faultyFields(answer), value).toEqual([field]);
      expect(answer.text).not.toContain("s3cr3t");
      expect(answer.text).not.toContain(value);
    }
  });

  test("tells a wrong password and an unknown username apart, with hints", async () => {
    const bad = await login({ ...sandbox, password: "wr0ng-password" });
    expect(expectProblem(bad, "BadPassword").hint).toContain("proxy");
    expect(bad.text).not.toContain("wr0ng-password");
    const unknown = await login({ username: "nobody_at_all", password: "wr0ng-password" });
    expect(expectProblem(unknown, "UnknownUsername").hint).toContain("username");
    expect(unknown.text).not.toContain("wr0ng-password");
  });

  test.each([
    ["sandbox_suspended", "AccountSuspended"],
    ["sandbox_disabled", "AccountDisabled"],
  ])("of %s says what its owner can do, and waits for no code", async (username, type) => {
    const answer = await login({ username, password: "sandbox" });
    expect([answer.status, answer.body.exc_type]).toEqual([403, type]);
    expect(answer.body.hint).toContain("owner");
    expect([answer.body.session_id, answer.body.last_json]).toEqual([undefined, undefined]);
  });

  test("answers 429 to a throttled account, with a hint and when to come back", async () => {
    const answer = await login({ username: "sandbox_throttled", password: "sandbox" });
    const { hint } = expectProblem(answer, "PleaseWaitFewMinutes");
    expect(hint).toContain("throttling");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("counts its upstream calls", async () => {
    const answer = await login(sandbox);
    expect(Number(answer.headers.get("gramway-upstream-calls"))).toBeGreaterThan(2);
  });
});

describe("an account with two-factor authentication", () => {
  const account = { username: "sandbox_2fa", password: "sandbox" };

  test("is asked for the code, and let in with it, blanks or not", async () => {
    for (const code of ["123456", "123 456", " 123-456 "]) {
      const own = { key: await newKey() };
      const asked = expectProblem(await login(account, own), "TwoFactorRequired");
      expect(asked.hint).toContain("verification_code");
      expect(asked.session_id).toMatch(ULID);
      const answer = await login({ ...account, verification_code: code }, own);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body, "the session that waited").toBe(asked.session_id);
    }
  });

  test("comes with the code from the device that was asked", async () => {
    const own = await newKey();
    const asked = (await login(account, { key: own })).body;
    const before = await settingsOf(asked.session_id, own);
    const session = (await login({ ...account, verification_code: "123456" }, { key: own })).body;
    expect((await settingsOf(session, own)).uuids).toEqual(before.uuids);
  });

  test("with a wrong code is asked again", async () => {
    const own = { key: await newKey() };
    const answer = await login({ ...account, verification_code: "000000" }, own);
    expectProblem(answer, "TwoFactorRequired");
  });

  test("with something that is no code is refused before anything is sent", async () => {
    for (const verification_code of ["abcdef", "12", "1".repeat(20), "12345a"]) {
      const answer = await login({ ...account, verification_code });
      expect(faultyFields(answer)).toEqual(["verification_code"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBeNull();
    }
  });

  test("reads nothing while the code is missing", async () => {
    const own = await newKey();
    const { session_id: session } = (await login(account, { key: own })).body;
    const answer = await service.request("GET", "/account", { key: own, session });
    expectProblem(answer, "TwoFactorRequired");
  });
});

describe("POST /auth/login/by/sessionid", () => {
  const cookie = sandboxSessionId("sandbox") ?? "";
  const take = (form: Record<string, string>, own = key) =>
    service.request("POST", "/auth/login/by/sessionid", { key: own, form });

  test("takes a login over, in every spelling of its cookie, as one session", async () => {
    const ids = new Set<string>();
    const decoded = decodeURIComponent(cookie);
    for (const sessionid of [
      cookie,
      decoded,
      `"${cookie}"`,
      encodeURIComponent(cookie),
      ` ${cookie} `,
    ]) {
      const answer = await take({ sessionid });
      expect(answer.status, `${sessionid} ${answer.text}`).toBe(200);
      expect(answer.text).toBe(JSON.stringify(answer.body));
      expect(answer.body).toMatch(ULID);
      ids.add(answer.body);
    }
    expect(ids.size).toBe(1);
    const [session = ""] = ids;
    const account = await service.request("GET", "/account", { key, session });
    expect(account.body.username).toBe("sandbox");
  });

  test("gives another tenant a session of its own", async () => {
    const mine = (await take({ sessionid: cookie })).body;
    const own = await newKey();
    const theirs = (await take({ sessionid: cookie }, own)).body;
    expect(theirs).not.toBe(mine);
    expectProblem(
      await service.request("GET", "/account", { key: own, session: mine }),
      "SessionNotFound",
    );
  });

  test("refuses what is no session id, without quoting it", async () => {
    for (const sessionid of ["x", "12345", "abc%3Adefghijklmnopqrstuvwxyz%3A1%3Aabc", "1;2,3 4"]) {
      const answer = await take({ sessionid: `${sessionid}` });
      expect(faultyFields(answer), sessionid).toEqual(["sessionid"]);
    }
  });

  test("answers 401 to one that the upstream does not know, and keeps none", async () => {
    const before = await service.service.stores.sessions.countByState();
    const answer = await take({
      sessionid: `61000000001%3A${"a".repeat(20)}%3A1%3A${"b".repeat(20)}`,
    });
    expectProblem(answer, "LoginRequired");
    expect(await service.service.stores.sessions.countByState()).toEqual(before);
  });

  test("refuses a bad proxy before anything is sent", async () => {
    const answer = await take({ sessionid: cookie, proxy: "gopher://a:s3cr3t@b" });
    expect(faultyFields(answer)).toEqual(["proxy"]);
    expect(answer.text).not.toContain("s3cr3t");
  });
});

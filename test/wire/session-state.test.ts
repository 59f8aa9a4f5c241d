import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseExact } from "../../src/instagram/json.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { unblock } from "../support/guard.ts";
import { importSession, SESSION_COOKIE, savedSettings, USER_PK } from "../support/live.ts";
import { createTestService } from "../support/service.ts";
import { sessionText } from "../support/wire/trace.ts";

const instagram = new FakeInstagram();
const service = await createTestService({ instagram });
afterAll(() => service.close());
beforeEach(() => void instagram.takePaths());

const exportText = async (session: string): Promise<string> =>
  (await service.request("GET", "/auth/settings", { key: service.liveKey, session })).text;
const exported = async (session: string): Promise<any> => JSON.parse(await exportText(session));

const read = (session: string): ReturnType<typeof service.request> =>
  service.request("GET", "/account", { key: service.liveKey, session });

const account = { user: { pk: Number(USER_PK), username: "me.account" }, status: "ok" };

describe("saved settings", () => {
  test("come out as they went in, in the order other clients write them", async () => {
    const session = await importSession(service, sessionText);
    const original = JSON.parse(sessionText);
    const settings = await exported(session);
    expect(settings).toMatchObject(original);
    expect(Object.keys(settings).slice(0, Object.keys(original).length)).toEqual(
      Object.keys(original),
    );
    expect(Object.keys(settings).slice(Object.keys(original).length)).toEqual([
      "request_timeout",
      "public_request_retries_count",
      "public_request_retries_timeout",
      "session_retry_total",
      "session_retry_backoff_factor",
      "session_retry_statuses",
      "public_transport",
      "public_transport_impersonate",
    ]);
  });

  test("keep unknown keys, 64-bit numbers and floats, on every level", async () => {
    const unknown = {
      uuids: '{"uuid": "u-1", "extra": 3012345678901234567}',
      device_settings: '{"app_version": "999.0.0.1.1", "chipset": 9223372036854775807}',
      x_float: "0.1234567890123",
      x_small: "1e-7",
      x_id: "3012345678901234567",
      x_negative: "-9223372036854775808",
      x_list: '[1, "two", null, {"three": 18446744073709551615}]',
      request_timeout: "2.5",
      last_login: "1759999999.25",
    };
    const login = `"authorization_data": {"ds_user_id": "${USER_PK}", "sessionid": "${SESSION_COOKIE}x", "n": 3012345678901234567}`;
    const rest = Object.entries(unknown).map(([key, text]) => `"${key}": ${text}`);
    const text = `{${[login, ...rest].join(", ")}}`;
    const session = await importSession(service, text);
    const first = await exportText(session);
    for (const [key, value] of Object.entries(unknown))
      if (!value.startsWith("{"))
        expect(first).toContain(`"${key}":${value.replaceAll(", ", ",").replaceAll(": ", ":")}`);
    expect(first).toContain('"extra":3012345678901234567');
    expect(first).toContain('"chipset":9223372036854775807');
    expect(first).toContain('"app_version":"999.0.0.1.1"');
    expect(first).toContain('"n":3012345678901234567');
    // What was exported imports again, to the same session and without a change.
    expect(await importSession(service, first)).toBe(session);
    expect(await exportText(session)).toBe(first);
    // Some tools store the file's text as a JSON string once more.
    expect(await importSession(service, JSON.stringify(first))).toBe(session);
    expect(await exportText(session)).toBe(first);
  });

  test("survive whatever else is in them", async () => {
    const anything = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 });
    const known = fc.record(
      {
        mid: fc.jsonValue(),
        ig_u_rur: fc.jsonValue(),
        locale: fc.jsonValue(),
        country: fc.jsonValue(),
        country_code: fc.jsonValue(),
        timezone_offset: fc.jsonValue(),
        last_login: fc.jsonValue(),
        request_timeout: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        anything,
        known,
        anything,
        fc.bigInt(1n, (1n << 64n) - 1n),
        async (...given) => {
          const [other, some, inLogin, pk] = given;
          const sessionId = `${pk}%3AAbCdEfGhIjKlMnOp%3A12%3AAYdTail`;
          const login = { ...inLogin, ds_user_id: String(pk), sessionid: sessionId };
          const settings = { ...other, ...printable(some), authorization_data: login };
          const session = await importSession(service, settings);
          const first = await exportText(session);
          const result: any = parseExact(first);
          const sent: any = parseExact(JSON.stringify(settings));
          expect(result.authorization_data).toEqual(sent.authorization_data);
          for (const key of Object.keys(other).filter((name) => !KNOWN.has(name)))
            expect(result[key]).toEqual(sent[key]);
          await importSession(service, first);
          expect(await exportText(session)).toBe(first);
        },
      ),
      { numRuns: 60, seed: 20_261_124 },
    );
  });

  test("are refused where there is nothing to restore or a header could not carry them", async () => {
    const login = savedSettings().authorization_data;
    for (const settings of [
      "no json",
      "[]",
      '"text"',
      "{}",
      { authorization_data: { ds_user_id: USER_PK } },
      { authorization_data: [] },
      { authorization_data: login, uuids: "x" },
      { authorization_data: login, user_agent: "Instagram\r\nX-Evil: 1" },
      { authorization_data: login, mid: "é" },
      { authorization_data: login, cookies: { csrftoken: "a\nb" } },
      { authorization_data: login, uuids: { uuid: "b\u0000" } },
    ]) {
      const answer = await service.request("PATCH", "/auth/settings", {
        key: service.liveKey,
        form: { settings: typeof settings === "string" ? settings : JSON.stringify(settings) },
      });
      expect([answer.status, answer.body.exc_type]).toEqual([422, "ValidationError"]);
      expect(answer.body.errors[0].field).toBe("settings");
      expect(answer.text).not.toContain(SESSION_COOKIE);
    }
    expect(instagram.takePaths()).toEqual([]);
  });

  test("change by locale and time zone without touching the rest", async () => {
    const session = await importSession(service, sessionText);
    const before = await exported(session);
    const answer = await service.request("PATCH", "/auth/settings", {
      key: service.liveKey,
      session,
      form: { locale: "pt_BR", timezone: "-10800" },
    });
    expect(answer.body).toBe(session);
    expect(await exported(session)).toEqual({
      ...before,
      locale: "pt_BR",
      country: "BR",
      timezone_offset: -10800,
      user_agent: before.user_agent.replace("en_US", "pt_BR"),
    });
    expect(instagram.takePaths()).toEqual([]);
  });
});

describe("an answer's headers", () => {
  test("update mid, rur and claim: the newest goes along with the next request and is saved", async () => {
    const session = await importSession(service);
    const answers = [1, 2].map((n) =>
      reply(200, account, {
        "ig-set-x-mid": `mid-${n}`,
        "ig-set-ig-u-rur": `RVA,${n}`,
        "x-ig-set-www-claim": `hmac.${n}`,
      }),
    );
    instagram.on("accounts/current_user/", ...answers);
    for (let n = 0; n < 3; n++) await read(session);
    const headers = instagram.calls.map((call) => call.headers);
    expect(headers.map((sent) => sent["X-MID"])).toEqual(["aSessionMidValue", "mid-1", "mid-2"]);
    expect(headers[0]!["X-IG-WWW-Claim"]).toBe("0");
    expect(headers[0]!["IG-U-RUR"]).toStartWith(`RVA,${USER_PK},`);
    expect(headers[2]).toMatchObject({ "IG-U-RUR": '"RVA,2"', "X-IG-WWW-Claim": "hmac.2" });
    expect(await exported(session)).toMatchObject({
      mid: "mid-2",
      ig_u_rur: "RVA,2",
      ig_www_claim: "hmac.2",
    });
  });

  test("set, replace and remove cookies", async () => {
    const session = await importSession(service);
    const set = (cookie: string) => reply(200, account, { "Set-Cookie": cookie });
    const steps: [cookie: string, header: string][] = [
      ["csrftoken=new; Path=/; Secure; HttpOnly", `csrftoken=new; ds_user_id=${USER_PK}`],
      ['rur="RVA\\0541"; Path=/', `csrftoken=new; ds_user_id=${USER_PK}; rur="RVA\\0541"`],
      ["csrftoken=gone; max-age=0", `ds_user_id=${USER_PK}; rur="RVA\\0541"`],
      ['rur=""; Path=/', `ds_user_id=${USER_PK}`],
      ["ds_user_id=x; expires=Thu, 01-Jan-1970 00:00:00 GMT", ""],
      ["a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=3600", "a=b"],
      ["nonsense", "a=b"],
      ["=nameless", "a=b"],
    ];
    for (const [cookie, header] of steps) {
      instagram.on("accounts/current_user/", set(cookie));
      await read(session);
      instagram.takePaths();
      instagram.on("accounts/current_user/", reply(200, account));
      await read(session);
      expect([cookie, instagram.calls[0]!.headers.Cookie ?? ""]).toEqual([cookie, header]);
    }
    expect((await exported(session)).cookies).toEqual({ a: "b" });
  });

  test("of a refusal count as well", async () => {
    const session = await importSession(service);
    const refused = { message: "feedback_required", status: "fail" };
    instagram.on("accounts/current_user/", reply(400, refused, { "ig-set-x-mid": "afterwards" }));
    expect((await read(session)).status).toBe(429);
    expect((await exported(session)).mid).toBe("afterwards");
  });

  test("are on disk after the next save in the background", async () => {
    const directory = mkdtempSync(join(tmpdir(), "gramway-wire-"));
    const config = { database: { url: `file:${directory}/db/gramway.db` } };
    try {
      const first = await createTestService({ instagram, config });
      const session = await importSession(first);
      instagram.on(
        "accounts/current_user/",
        reply(200, account, { "ig-set-x-mid": "saved", "Set-Cookie": "csrftoken=saved" }),
      );
      const { liveKey: key } = first;
      await first.request("GET", "/account", { key, session });
      await first.close();
      const second = await createTestService({ instagram, config });
      const settings = await second.request("GET", "/auth/settings", { key, session });
      expect(settings.body).toMatchObject({ mid: "saved", cookies: { csrftoken: "saved" } });
      await second.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

test("a session that lives by cookies alone sends them and no Authorization", async () => {
  const cookies = { sessionid: `${SESSION_COOKIE}c`, ds_user_id: USER_PK, csrftoken: "t" };
  const session = await importSession(service, { cookies });
  await unblock(service, session, service.liveKey);
  instagram.on("accounts/current_user/", reply(200, account));
  expect((await read(session)).status).toBe(200);
  const { headers } = instagram.calls[0]!;
  expect(headers).not.toContainKey("Authorization");
  expect(headers).toMatchObject({
    Cookie: `sessionid=${SESSION_COOKIE}c; ds_user_id=${USER_PK}; csrftoken=t`,
    "IG-INTENDED-USER-ID": USER_PK,
    "IG-U-DS-USER-ID": USER_PK,
  });
  expect(await exported(session)).toMatchObject({ cookies, authorization_data: {} });
});

const KNOWN = new Set(Object.keys(JSON.parse(sessionText)).concat("request_timeout"));

/** Leaves out texts that no header can carry: those are refused, which has its own test. */
const printable = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).filter(
      ([, value]) => typeof value !== "string" || /^[\x20-\x7e]*$/.test(value),
    ),
  );

import { afterAll, describe, expect, test } from "bun:test";
import { faultyFields } from "../support/problems.ts";
import { createTestService, type RequestOptions } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

const { testKey: key } = service;
const patch = (form: Record<string, string>, options: RequestOptions = {}) =>
  service.request("PATCH", "/auth/settings", { key, form, ...options });
const get = (session: string, own = key) =>
  service.request("GET", "/auth/settings", { key: own, session });
const stored = (session: string) =>
  service.service.stores.sessions.find(service.tenantId, "test", session);
/** Settings of a login that no session of the tenant holds: they come from another tenant. */
async function foreignSettings(): Promise<any> {
  const other = (await service.createKey(await service.createTenant("Other"))).key;
  return (await get(await service.login("sandbox", other), other)).body;
}

describe("GET /auth/settings", () => {
  test("gives settings in the saved-settings format, login and device in them", async () => {
    const settings = (await get(await service.login())).body;
    for (const name of ["uuids", "authorization_data", "cookies", "device_settings"])
      expect(settings[name]).toBeObject();
    expect(settings.authorization_data.ds_user_id).toBe("61000000001");
    expect(settings.authorization_data.sessionid).toBeString();
    expect(settings.user_agent).toContain("Instagram ");
    expect(Object.keys(settings).slice(0, 7)).toEqual([
      "uuids",
      "mid",
      "ig_u_rur",
      "ig_www_claim",
      "authorization_data",
      "cookies",
      "last_login",
    ]);
  });

  test("costs no upstream call", async () => {
    const answer = await get(await service.login());
    expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
  });
});

describe("PATCH /auth/settings without a session", () => {
  test("imports settings as a new session and answers with its id as a JSON string", async () => {
    const settings = await foreignSettings();
    const answer = await patch({ settings: JSON.stringify(settings) });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify(answer.body));
    const account = await service.request("GET", "/account", { key, session: answer.body });
    expect(account.body.username).toBe("sandbox");
    expect((await get(answer.body)).body.uuids).toEqual(settings.uuids);
  });

  test("takes settings whose values are of odd types, and every object's names among them", async () => {
    const settings = await foreignSettings();
    const odd = { toString: 3, constructor: 2, valueOf: null };
    const names = ["android_version", "dpi", "model", "manufacturer", "cpu", "device"];
    for (const value of [odd, [odd], null, 7, true]) {
      const device_settings = Object.fromEntries(names.map((name) => [name, value]));
      const { user_agent: _made, ...others } = settings;
      const form = { settings: JSON.stringify({ ...others, device_settings }) };
      const answer = await patch({ ...form, new_session: "true" });
      expect(answer.status, answer.text).toBe(200);
      expect((await get(answer.body)).body.device_settings.model).toEqual(value);
    }
  });

  test("gives the same session to the same login", async () => {
    const settings = JSON.stringify(await foreignSettings());
    const first = (await patch({ settings })).body;
    const second = (await patch({ settings, locale: "fr_FR" })).body;
    expect(second).toBe(first);
    expect((await get(first)).body.locale).toBe("fr_FR");
  });

  test("gives the same session to the same login at the same time", async () => {
    const settings = JSON.stringify(await foreignSettings());
    const answers = await Promise.all(Array.from({ length: 5 }, () => patch({ settings })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  test("keeps what it does not know, digit for digit", async () => {
    const text = JSON.stringify({ ...(await foreignSettings()), my_note: "MARK" });
    const settings = text.replace('"MARK"', '{"big":3012345678901234567,"text":"ä💥"}');
    const session = (await patch({ settings })).body;
    expect((await get(session)).text).toContain(
      '"my_note":{"big":3012345678901234567,"text":"ä💥"}',
    );
  });

  test("takes JSON text that was stored as a JSON string once more", async () => {
    const settings = JSON.stringify(JSON.stringify(await foreignSettings()));
    expect((await patch({ settings })).status).toBe(200);
  });

  test("keeps the proxy that is given with it", async () => {
    const settings = JSON.stringify(await foreignSettings());
    const session = (await patch({ settings, proxy: "proxy.example:8080" })).body;
    expect((await stored(session))?.proxy).toBe("http://proxy.example:8080");
  });

  test("needs settings", async () => {
    const forms: Record<string, string>[] = [{}, { locale: "en_US" }, { proxy: "http://a:1" }];
    for (const form of forms) expect(faultyFields(await patch(form))).toEqual(["settings"]);
  });

  test("refuses settings that are broken or hold no login, without quoting them", async () => {
    const login = { authorization_data: { ds_user_id: "1", sessionid: "s3cr3t" } };
    const wrong = ["", "{", "[]", "1", "null", '"x"', "{}", '{"s3cr3t":1}', '{"cookies":[]}'];
    wrong.push(JSON.stringify({ ...login, uuids: "s3cr3t" }));
    wrong.push(JSON.stringify({ authorization_data: { sessionid: "s3cr3t" } }));
    wrong.push(JSON.stringify({ cookies: { ds_user_id: "1" }, note: "s3cr3t" }));
    for (const settings of wrong) {
      const answer = await patch({ settings });
      expect(faultyFields(answer), settings).toEqual(["settings"]);
      expect(answer.text).not.toContain("s3cr3t");
    }
  });
});

describe("PATCH /auth/settings with a session", () => {
  test("changes locale and time zone and answers with the same id", async () => {
    const session = await service.login();
    const answer = await patch({ locale: "pt-BR", timezone: "-10800" }, { session });
    expect([answer.status, answer.text]).toEqual([200, JSON.stringify(session)]);
    const settings = (await get(session)).body;
    expect(settings.locale).toBe("pt-BR");
    expect(settings.timezone_offset).toBe(-10800);
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
  });

  test("sets the proxy in its normal form, and an empty one clears it", async () => {
    const session = await service.login();
    const set = await patch({ proxy: " HTTP://us%65r:p%40ss@Proxy.Example:3128/ " }, { session });
    expect(set.text).toBe(JSON.stringify(session));
    expect((await stored(session))?.proxy).toBe("http://user:p%40ss@proxy.example:3128");
    await patch({ locale: "en_US" }, { session });
    expect((await stored(session))?.proxy, "another change leaves it").toContain("proxy.example");
    await patch({ proxy: "" }, { session });
    expect((await stored(session))?.proxy).toBeNull();
  });

  test("keeps the proxy where an empty one comes among fields that are filled in", async () => {
    const session = await service.login();
    const settings = (await get(session)).text;
    await patch({ proxy: "http://proxy.example:8080" }, { session });
    const ways: Record<string, string>[] = [{ locale: "en_US" }, { timezone: "0" }, { settings }];
    for (const filled of ways)
      for (const proxy of ["", "  "]) {
        const answer = await patch({ settings: "", locale: "", ...filled, proxy }, { session });
        expect(answer.status, answer.text).toBe(200);
        expect((await stored(session))?.proxy, JSON.stringify(filled)).toContain("proxy.example");
      }
  });

  test("clears the proxy with clear_proxy, whatever else is changed", async () => {
    const session = await service.login();
    const forms: Record<string, string>[] = [{}, { locale: "fr_FR" }, { proxy: "" }];
    for (const form of forms) {
      await patch({ proxy: "http://proxy.example:8080" }, { session });
      const cleared = await patch({ ...form, clear_proxy: "true" }, { session });
      expect(cleared.status, cleared.text).toBe(200);
      expect((await stored(session))?.proxy, JSON.stringify(form)).toBeNull();
    }
    const both = { proxy: "http://proxy.example:8080", clear_proxy: "true" };
    expect(faultyFields(await patch(both, { session }))).toEqual(["clear_proxy"]);
    const nothing = { locale: "", clear_proxy: "false" };
    expect(faultyFields(await patch(nothing, { session }))).toEqual(["settings"]);
  });

  test("takes settings as an object in JSON, every digit of their numbers kept", async () => {
    const settings = { ...(await foreignSettings()), other_id: "DIGITS" };
    const id = "3012345678901234567";
    const body = JSON.stringify({ settings }).replace('"DIGITS"', id);
    const headers = { "Content-Type": "application/json" };
    const answer = await service.request("PATCH", "/auth/settings", { key, body, headers });
    expect(answer.status, answer.text).toBe(200);
    const kept = (await get(answer.body)).text;
    expect(kept).toContain(`"other_id":${id}`);
    const again = { key, session: answer.body, json: { settings: JSON.parse(kept) } };
    expect((await service.request("PATCH", "/auth/settings", again)).status).toBe(200);
    for (const odd of [[], 1, true, [settings]]) {
      const json = { settings: odd };
      const refused = await service.request("PATCH", "/auth/settings", { key, json });
      expect(faultyFields(refused)).toEqual(["settings"]);
    }
  });

  test("replaces the settings, the id stays", async () => {
    const session = await service.login();
    const settings = await foreignSettings();
    const answer = await patch({ settings: JSON.stringify(settings) }, { session });
    expect([answer.status, answer.body]).toEqual([200, session]);
    expect((await get(session)).body.uuids).toEqual(settings.uuids);
    expect((await service.request("GET", "/account", { key, session })).status).toBe(200);
  });

  test("refuses bad values, changes nothing, and quotes no credentials", async () => {
    const session = await service.login();
    const before = (await get(session)).text;
    const wrong: [string, string][] = [
      ["proxy", "socks4://bob:s3cr3t@proxy.example"],
      ["proxy", "http://bob:s3cr3t@proxy.example:0"],
      ["locale", "s3cr3t"],
      ["timezone", "s3cr3t"],
      ["settings", '{"s3cr3t":1}'],
    ];
    for (const [field, value] of wrong) {
      const answer = await patch({ [field]: value, timezone: "0", [field]: value }, { session });
      expect(faultyFields(answer), value).toEqual([field]);
      expect(answer.text).not.toContain("s3cr3t");
    }
    expect((await get(session)).text).toBe(before);
    expect((await stored(session))?.proxy).toBeNull();
  });

  test("needs something to change", async () => {
    const session = await service.login();
    expect(faultyFields(await patch({}, { session }))).toEqual(["settings"]);
  });

  test("is durable: the settings are in the database when the answer is out", async () => {
    const session = await service.login();
    await patch({ locale: "it_IT" }, { session });
    expect(JSON.parse((await stored(session))?.settings ?? "{}").locale).toBe("it_IT");
  });
});

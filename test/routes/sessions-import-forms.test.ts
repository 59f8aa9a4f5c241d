import { afterAll, describe, expect, test } from "bun:test";
import { IgApiClient } from "instagram-private-api";
import {
  cookieList,
  cookieOf,
  importLines,
  importOne,
  netscape,
  settingsOf,
} from "../support/imports.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

let accounts = 5_000_000_000;
const newPk = (): string => String(++accounts);

const { testKey: key } = service;
const settings = async (session: string): Promise<any> =>
  (await service.request("GET", "/auth/settings", { key, session })).body;
const session = async (id: string): Promise<any> =>
  (await service.request("GET", "/session", { key, session: id })).body;

/** What instagram-private-api saves of a login. */
async function privateApiState(pk: string, given: { authorization?: string } = {}): Promise<any> {
  const { state } = new IgApiClient();
  state.generateDevice(pk);
  const cookies = {
    ...(given.authorization === undefined ? { sessionid: cookieOf(pk) } : {}),
    ds_user_id: pk,
    ds_user: "some.one",
    csrftoken: "aCsrfToken",
    mid: "aMid",
  };
  for (const [name, value] of Object.entries(cookies))
    await state.cookieJar.setCookie(
      `${name}=${value}; Domain=.instagram.com; Path=/; Secure; Expires=Wed, 21 Oct 2037 07:28:00 GMT`,
      "https://i.instagram.com/",
    );
  return JSON.parse(JSON.stringify({ ...(await state.serialize()), ...given }));
}

describe("settings of aiograpi", () => {
  test("come back as they were, byte for byte, whichever way a line holds them", async () => {
    for (const line of [
      (saved: object) => saved,
      (saved: object) => ({ settings: saved, label: "with more" }),
      (saved: object) => ({ settings: JSON.stringify(saved) }),
      (saved: object) => JSON.stringify(JSON.stringify(saved)),
    ]) {
      const saved = settingsOf(newPk());
      const id = await importOne(service, line(saved));
      const answer = await service.request("GET", "/auth/settings", { key, session: id });
      expect(answer.text).toBe(JSON.stringify(saved));
    }
  });

  test("keep ids beyond 2^53, and fields of the line are none of the settings", async () => {
    const saved = settingsOf(newPk(), { of_another_client: "PLACE" });
    const text = JSON.stringify({ ...saved, username: "some.one", label: "a" });
    const id = await importOne(service, text.replace('"PLACE"', "3012345678901234567"));
    const answer = await service.request("GET", "/auth/settings", { key, session: id });
    expect(answer.text).toBe(JSON.stringify(saved).replace('"PLACE"', "3012345678901234567"));
    expect(await session(id)).toMatchObject({ username: "some.one", label: "a", state: "active" });
  });

  test("may have their login in cookies, as older versions saved it", async () => {
    const pk = newPk();
    const { authorization_data: _none, ...saved } = settingsOf(pk);
    const id = await importOne(service, {
      ...saved,
      cookies: { sessionid: cookieOf(pk), csrftoken: "aCsrfToken" },
    });
    expect(await session(id)).toMatchObject({ user_pk: pk });
    expect((await settings(id)).uuids).toEqual(saved.uuids);
  });
});

describe("a state of instagram-private-api", () => {
  test("keeps the login, the phone's ids and hardware, and goes on with an app that is spoken here", async () => {
    const pk = newPk();
    const state = await privateApiState(pk);
    const id = await importOne(service, state);
    expect(await session(id)).toMatchObject({ user_pk: pk, username: "some.one", state: "active" });
    const saved = await settings(id);
    expect(saved.uuids).toMatchObject({
      uuid: state.uuid,
      phone_id: state.phoneId,
      advertising_id: state.adid,
      android_device_id: state.deviceId,
    });
    expect(saved.authorization_data).toMatchObject({ ds_user_id: pk, sessionid: cookieOf(pk) });
    expect(saved.cookies).toMatchObject({ csrftoken: "aCsrfToken", mid: "aMid" });
    expect(saved.mid).toBe("aMid");
    const { app_version, version_code } = saved.device_settings;
    expect(state.constants.APP_VERSION).not.toBe(app_version);
    expect(saved.user_agent).toBe(
      `Instagram ${app_version} Android (${state.deviceString}; ${state.language}; ${version_code})`,
    );
    expect(saved.timezone_offset).toBe(Number(state.timezoneOffset));
  });

  test("may lack its constants, and be text in a line with more", async () => {
    const pk = newPk();
    const { constants: _none, ...state } = await privateApiState(pk);
    const id = await importOne(service, { settings: JSON.stringify(state), label: "text" });
    expect(await session(id)).toMatchObject({ user_pk: pk, label: "text" });
    expect((await settings(id)).uuids.uuid).toBe(state.uuid);
  });

  test("may have its login in the header alone", async () => {
    const pk = newPk();
    const data = { ds_user_id: pk, sessionid: cookieOf(pk), should_use_header_over_cookies: "1" };
    const authorization = `Bearer IGT:2:${Buffer.from(JSON.stringify(data)).toString("base64")}`;
    const id = await importOne(service, await privateApiState(pk, { authorization }));
    expect((await settings(id)).authorization_data).toEqual(data);
  });

  test("without a login is refused", async () => {
    const { cookies: _none, ...state } = await privateApiState(newPk());
    const { body } = await importLines(service, [state]);
    expect(body.lines[0].error).toContain("log in");
  });
});

describe("cookies", () => {
  const logins: [name: string, make: (pk: string) => unknown][] = [
    ["a list, as extensions of browsers export it", cookieList],
    [
      "a list in an object, as Playwright has it",
      (pk) => ({ cookies: cookieList(pk), origins: [] }),
    ],
    ["a list beside other fields", (pk) => ({ settings: cookieList(pk), label: "x" })],
    ["names and values", (pk) => ({ sessionid: cookieOf(pk), csrftoken: "aCsrfToken" })],
    ["a file in Netscape's form", netscape],
    ["such a file as a text in a line", (pk) => ({ settings: netscape(pk), label: "x" })],
    [
      "such a file with the ends of lines of Windows",
      (pk) => netscape(pk).replaceAll("\n", "\r\n"),
    ],
  ];
  for (const [name, make] of logins)
    test(`${name} become a login with a phone that stays`, async () => {
      const pk = newPk();
      const id = await importOne(service, make(pk));
      expect(await session(id)).toMatchObject({ user_pk: pk, state: "active" });
      const saved = await settings(id);
      expect(saved.authorization_data.sessionid).toBe(cookieOf(pk));
      expect(saved.cookies).toMatchObject({ sessionid: cookieOf(pk), csrftoken: "aCsrfToken" });
      expect(JSON.stringify(saved)).not.toContain("another");
      expect(saved.uuids.android_device_id).toMatch(/^android-[0-9a-f]{16}$/);
      expect(await settings(id)).toEqual(saved);
    });

  test("several files and lines may follow each other", async () => {
    const pks = [newPk(), newPk(), newPk(), newPk()] as const;
    const body = [
      cookieOf(pks[0]),
      netscape(pks[1]),
      netscape(pks[2]),
      "",
      JSON.stringify(settingsOf(pks[3])),
    ].join("\n");
    const { body: answer } = await importLines(service, body);
    expect(answer).toMatchObject({ created: 4, failed: 0 });
    const lines = netscape("1").split("\n").length;
    expect(answer.lines.map(({ line }: any) => line)).toEqual([1, 2, 2 + lines, 3 + 2 * lines]);
    for (const [index, pk] of pks.entries())
      expect(await session(answer.lines[index].session_id)).toMatchObject({ user_pk: pk });
  });

  test("that have expired, or hold no login, are told of", async () => {
    const { body } = await importLines(service, [
      netscape(newPk(), "1000000000"),
      [{ domain: ".instagram.com", name: "csrftoken", value: "x" }],
      [{ domain: ".instagram.com.evil.example", name: "sessionid", value: cookieOf(newPk()) }],
      "# Netscape HTTP Cookie File\n.instagram.com\tTRUE\t/\tTRUE",
    ]);
    expect(body.failed).toBe(4);
    const errors = body.lines.map(({ error }: any) => error);
    expect(errors[0]).toContain("expired");
    expect(errors[1]).toContain("no sessionid");
    expect(errors[2]).toContain("no sessionid");
    expect(errors[3]).toContain("seven fields");
  });
});

describe("a session id", () => {
  test("may be encoded, decoded, quoted, or beside other fields", async () => {
    for (const line of [
      (id: string) => id,
      (id: string) => id.replaceAll("%3A", ":"),
      (id: string) => `"${id}"`,
      (id: string) => ({ sessionid: id.replaceAll("%3A", ":"), username: "some.one" }),
      (id: string) => ({ settings: id, region: "fra" }),
    ]) {
      const pk = newPk();
      const id = await importOne(service, line(cookieOf(pk)));
      expect(await session(id)).toMatchObject({ user_pk: pk });
      expect((await settings(id)).authorization_data.sessionid).toBe(cookieOf(pk));
    }
  });
});

describe("an imported session", () => {
  test("is used without another login: Instagram was not asked, and then sees the phone and the login", async () => {
    service.instagram.takePaths();
    const settings = settingsOf("61000000001", {
      authorization_data: {
        ds_user_id: "61000000001",
        // The sandbox accepts this one.
        sessionid: "61000000001%3AsandboxExample%3A28%3AAYH27CEJt2MX79hnrIoEI0BJ71bt",
      },
    });
    const id = await importOne(service, settings);
    expect(service.instagram.takePaths()).toEqual([]);
    service.instagram.calls.length = 0;
    const answer = await service.request("GET", "/account", { key, session: id });
    expect(answer.body.username).toBe("sandbox");
    const [call] = service.instagram.calls;
    expect(call?.headers).toMatchObject({
      "x-ig-device-id": settings.uuids.uuid,
      "x-ig-android-id": settings.uuids.android_device_id,
      "user-agent": settings.user_agent,
    });
  });

  test("of the Python package instagram_private_api is refused in plain words", async () => {
    const line = {
      uuid: "x",
      device_id: "android-1",
      cookie: { __class__: "bytes" },
      created_ts: 1,
    };
    const { body } = await importLines(service, [line]);
    expect(body.lines[0].error).toContain("instagram_private_api");
  });
});

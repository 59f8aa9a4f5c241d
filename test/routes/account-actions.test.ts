import { beforeEach, describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { photo, photoMetadata } from "../support/media-files.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

const sandbox = await sandboxOfFile();
const { get, testKey: key, session, instagram } = sandbox;
const other = await sandbox.login("sandbox_private");

const SANDBOX = "61000000001";

beforeEach(() => instagram.beginAnew());

const patch = (path: string, form: Record<string, string>): Promise<Answer> =>
  sandbox.request("PATCH", path, { key, session, form });
const callsOf = ({ headers }: Answer) => headers.get("gramway-upstream-calls");

describe("PATCH /account/picture", () => {
  const change = (picture: Uint8Array<ArrayBuffer> | string, headers = {}): Promise<Answer> => {
    const body = new FormData();
    body.append("picture", new File([picture], "me.png"));
    return sandbox.request("PATCH", "/account/picture", { key, session, body, headers });
  };
  const pictureOf = async (own = other) =>
    (await get("/user", { user_id: SANDBOX }, own)).body.profile_pic_url;

  test("shows the new picture to everybody, upright and as a JPEG", async () => {
    const before = await pictureOf();
    const turned = await photo(640, 480, { orientation: 6, withMetadata: true });
    const changed = await change(turned);
    expect([changed.status, changed.body.pk, callsOf(changed)]).toEqual([200, SANDBOX, "2"]);
    expect(changed.body.profile_pic_url).not.toBe(before);
    expect(await pictureOf()).toBe(changed.body.profile_pic_url);
    const { pathname, search } = new URL(changed.body.profile_pic_url);
    const shown = await sandbox.service.handle(new Request(`http://localhost${pathname}${search}`));
    const metadata = await photoMetadata(await shown.bytes());
    expect(metadata.format).toBe("jpeg");
    expect(metadata.exif).toBeUndefined();
    expect(Number(metadata.height)).toBeGreaterThanOrEqual(Number(metadata.width));
  });

  test("leaves the picture when the file is none, or Instagram does not take it", async () => {
    const before = await pictureOf();
    instagram.calls.length = 0;
    expectProblem(await change("hello"), "UnsupportedMedia");
    const broken = (await photo(640, 480)).slice(0, 1_000);
    expect(faultyFields(await change(broken))).toEqual(["picture"]);
    expect(instagram.calls).toEqual([]);
    const refusal = { message: "Please try again later.", status: "fail" };
    instagram.on("accounts/change_profile_picture/", reply(400, refusal));
    const refused = await change(await photo(640, 480));
    expect([refused.status, refused.body.detail]).toEqual([400, refusal.message]);
    expect(await pictureOf()).toBe(before);
    instagram.reset();
  });

  test("is the same again under the same key", async () => {
    const headers = { "Idempotency-Key": "picture" };
    const picture = await photo(640, 640);
    const first = await change(picture, headers);
    const again = await change(picture, headers);
    expect([again.body, again.headers.get("idempotency-replayed")]).toEqual([first.body, "true"]);
  });
});

describe("PATCH /account", () => {
  test("changes what is given, and the rest stays", async () => {
    const { body: before } = await get("/account");
    const edited = await patch("/account", { full_name: "Nachtschicht ❤", biography: "neu" });
    const after = { ...before, full_name: "Nachtschicht ❤", biography: "neu" };
    expect([edited.status, edited.body, callsOf(edited)]).toEqual([200, after, "3"]);
    expect((await get("/account")).body).toEqual(after);
    expect((await get("/user", { user_id: SANDBOX }, other)).body).toMatchObject({
      full_name: "Nachtschicht ❤",
      biography: "neu",
    });
  });

  test("asks for nothing first when both ways to reach the account are given", async () => {
    const { body: before } = await get("/account");
    const given = { email: "new@example.com", phone_number: "+491700000000" };
    const edited = await patch("/account/profile", given);
    expect([edited.body, callsOf(edited)]).toEqual([{ ...before, ...given }, "1"]);
  });

  test("takes an empty field as one that is left out", async () => {
    const { body: before } = await get("/account");
    const empty = { username: "", full_name: "", biography: "", external_url: "", email: "" };
    const edited = await patch("/account", { ...empty, phone_number: "" });
    expect([edited.status, edited.body]).toEqual([200, before]);
  });

  test("renames the account: it is found by its new username only", async () => {
    const edited = await patch("/account", { username: " @Night.Shift " });
    expect(edited.body.username).toBe("night.shift");
    expect((await get("/user", { username: "night.shift" }, other)).body.pk).toBe(SANDBOX);
    const old = await get("/user", { username: "sandbox" }, other);
    expect([old.status, old.body.exc_type]).toEqual([404, "UserNotFound"]);
    const login = (username: string) =>
      sandbox.request("POST", "/auth/login", { key, form: { username, password: "sandbox" } });
    expect((await login("night.shift")).status).toBe(200);
    expect((await login("sandbox")).status).toBe(401);
  });

  test.each([
    [{ username: "instagram" }, "This username isn't available. Please try another."],
    [{ biography: "x".repeat(151) }, "Your bio needs to be 150 characters or fewer."],
    [{ full_name: "x".repeat(65) }, "Enter a name under 64 characters."],
    [{ email: "nobody" }, "Enter a valid email address."],
    [{ phone_number: "call me" }, "Looks like your phone number may be incorrect."],
    [{ external_url: "no link" }, "The link that you entered isn't valid."],
  ])("hands on that Instagram refuses %p", async (fields, message) => {
    const { body: before } = await get("/account");
    const { status, body } = await patch("/account", { full_name: "Changed", ...fields });
    expect([status, body.detail]).toEqual([400, expect.stringContaining(message)]);
    expect((await get("/account")).body).toEqual(before);
  });

  test("asks nothing about a username that there cannot be", async () => {
    for (const username of ["a b", "größe", "x".repeat(31)]) {
      const answer = await patch("/account", { username });
      expect([answer.status, answer.body.errors[0].field]).toEqual([422, "username"]);
      expect(callsOf(answer) ?? "0").toBe("0");
    }
  });

  test.each(["username", "full_name", "biography"])(
    "sends nothing back of a profile that lacks its %s",
    async (field) => {
      const user: Record<string, unknown> = {
        pk: 1,
        username: "sandbox",
        full_name: "Sandbox",
        biography: "kept",
      };
      delete user[field];
      instagram.takePaths();
      instagram.on(/current_user/, reply(200, JSON.stringify({ user, status: "ok" })));
      const { status, body } = await patch("/account", { email: "new@example.com" });
      expect([status, body.exc_type]).toEqual([502, "UpstreamError"]);
      expect(body.detail).toContain(`it lacks ${field}`);
      expect(instagram.takePaths().filter((path) => path.includes("edit_profile"))).toEqual([]);
    },
  );
});

describe("PATCH /account/privacy", () => {
  test("closes the account to strangers, and opens it", async () => {
    const seen = async () => (await get("/user/medias", { user_id: SANDBOX }, other)).status;
    expect((await patch("/account/privacy", { is_private: "true" })).body).toBe(true);
    expect((await get("/account")).body.is_private).toBe(true);
    expect(await seen()).toBe(403);
    expect((await patch("/account/privacy", { is_private: "false" })).body).toBe(true);
    expect(await seen()).toBe(200);
  });
});

describe("PATCH /notifications/settings", () => {
  test("takes each setting that is listed, and no other", async () => {
    const { content_types, setting_values } = (await get("/notifications/settings")).body;
    for (const content_type of content_types)
      for (const setting_value of setting_values)
        expect((await patch("/notifications/settings", { content_type, setting_value })).body).toBe(
          true,
        );
    for (const [fields, field] of [
      [{ content_type: "mute_all", setting_value: "8_hour" }, "content_type"],
      [{ content_type: "Likes", setting_value: "off" }, "content_type"],
      [{ content_type: "likes", setting_value: "on" }, "setting_value"],
    ] as const) {
      const answer = await patch("/notifications/settings", fields);
      expect([answer.status, answer.body.errors[0].field]).toEqual([422, field]);
    }
  });
});

describe("/hashtag/follow", () => {
  const act = (method: string, fields: Record<string, string>) =>
    sandbox.request(method, "/hashtag/follow", {
      key,
      session,
      ...(method === "POST" ? { form: fields } : { query: fields }),
    });

  test("follows and unfollows in either way", async () => {
    for (const undo of [
      () => act("DELETE", { hashtag: "#Größe" }),
      () => act("POST", { hashtag: "größe", unfollow: "true" }),
    ]) {
      expect((await act("POST", { hashtag: " #GRÖSSE ".replace("SS", "ß") })).body).toBe(true);
      expect((await undo()).body).toBe(true);
    }
  });

  test("refuses hashtags that nobody uses", async () => {
    for (const method of ["POST", "DELETE"]) {
      const { status, body } = await act(method, { hashtag: "nobodyusedthis" });
      expect([status, body.exc_type]).toEqual([404, "HashtagNotFound"]);
    }
  });
});

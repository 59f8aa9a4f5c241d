import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn } from "./client.ts";

const emulator = createEmulator();
const me = await loggedIn(emulator);

describe("profiles", () => {
  test("are the same by id and by username, in any case", async () => {
    const byId = await me.get(`users/${INSTAGRAM_PK}/info/`);
    expect(byId.json.user).toMatchObject({
      pk: INSTAGRAM_PK,
      pk_id: String(INSTAGRAM_PK),
      id: String(INSTAGRAM_PK),
      strong_id__: String(INSTAGRAM_PK),
      username: "instagram",
      is_verified: true,
      is_private: false,
    });
    expect(byId.json.user.follower_count).toBeGreaterThan(600_000_000);
    expect(byId.json.user.hd_profile_pic_versions[0].url).toStartWith("https://scontent.");
    expect((await me.get("users/instagram/usernameinfo/")).text).toBe(byId.text);
    expect((await me.get("users/Instagram/usernameinfo/")).text).toBe(byId.text);
  });

  test.each([
    "users/3/info/",
    "users/99999999999999999999/info/",
    "users/0/info/",
    "users/-1/info/",
    "users/x/info/",
    "users/no.body/usernameinfo/",
    "users/anna.keller007/usernameinfo/",
    "users/%E0%A4%A/usernameinfo/",
  ])("%s is nobody's", async (path) => {
    const answer = await me.get(path);
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ message: "User not found", status: "fail" });
  });

  test("tell that an account is private", async () => {
    const answer = await me.get("users/sandbox_private/usernameinfo/");
    expect(answer.json.user).toMatchObject({ is_private: true, media_count: 12 });
  });

  test("of one's own come with what only oneself sees", async () => {
    const answer = await me.get("accounts/current_user/", { edit: "true" });
    expect(answer.json.user).toMatchObject({
      username: "sandbox",
      email: "sandbox@example.com",
      phone_number: "+15550100000",
    });
    const profile = (await me.get("users/sandbox/usernameinfo/")).json.user;
    expect(answer.json.user.external_url).toBe(profile.external_url);
    expect(answer.json.user.bio_links).toEqual(profile.bio_links);
    const posted = await me.post("accounts/current_user/", {});
    expect(posted.json).toEqual(answer.json);
  });
});

describe("search", () => {
  const found = async (q: string, count = 30) =>
    (await me.get("users/search/", { q, count })).json.users.map(
      (user: { username: string }) => user.username,
    );

  test("finds the exact username first", async () => {
    expect((await found("instagram"))[0]).toBe("instagram");
    expect((await found("SANDBOX_PRIVATE"))[0]).toBe("sandbox_private");
  });

  test("finds users by how their name begins, as many as asked for", async () => {
    const names = await found("ann", 10);
    expect(names).toHaveLength(10);
    expect(names.every((name: string) => name.startsWith("ann"))).toBe(true);
    expect(new Set(names).size).toBe(10);
  });

  test("takes the text under either name that clients use", async () => {
    const byQuery = await me.get("users/search/", { query: "anna", count: 3 });
    const byQ = await me.get("users/search/", { q: "anna", count: 3 });
    expect(byQuery.json).toEqual(byQ.json);
  });

  test("finds nothing where nothing is", async () => {
    expect(await found("qqqq")).toEqual([]);
    expect(await found("")).toEqual([]);
    expect((await me.get("users/search/")).status).toBe(400);
  });
});

describe("about this account", () => {
  const path = "bloks/apps/com.instagram.interactions.about_this_account/";
  const fields = {
    referer_type: "ProfileMore",
    target_user_id: String(INSTAGRAM_PK),
    bk_client_context: '{"bloks_version":"x","styles_id":"instagram"}',
    bloks_versioning_id: "x",
  };

  test("is a page whose texts follow each other", async () => {
    const { text, json } = await me.post(path, fields);
    const texts = [...text.matchAll(/"\)":"([^"]*)"/g)].map((found) => found[1]);
    expect(texts[0]).toBe("instagram");
    expect(texts[texts.indexOf("Date joined") + 1]).toMatch(/^[A-Z][a-z]+ 20\d\d$/);
    expect(texts).toContain("Verified");
    expect(json.layout.bloks_payload.data[0].data.initial).toBeString();
    expect((await me.post(path, fields)).text).toBe(text);
  });

  test("is refused without its fields, without a signature, and of nobody", async () => {
    for (const name of Object.keys(fields)) {
      const answer = await me.post(path, { ...fields, [name]: undefined });
      expect(answer.status, name).toBe(400);
    }
    const unsigned = await me.send("POST", `/api/v1/${path}`, { form: fields });
    expect(unsigned.status).toBe(400);
    const nobody = await me.post(path, { ...fields, target_user_id: "5" });
    expect([nobody.status, nobody.json.message]).toEqual([404, "User not found"]);
  });
});
